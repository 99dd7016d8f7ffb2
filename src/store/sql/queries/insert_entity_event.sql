-- Adds an entity of an event.
INSERT INTO entity_events (entity_uuid, timestamp_ns, event_id) VALUES (?1, ?2, ?3)
ON CONFLICT (entity_uuid, timestamp_ns, event_id) DO NOTHING
