-- Adds entities of events.
INSERT INTO entity_events ({names})
SELECT {values} FROM {rows} WHERE true
ON CONFLICT (entity_uuid, timestamp_ns, event_id) DO NOTHING
