-- Adds an event unless its event_id is there. The column entity_refs stays empty: nothing reads it, the blob and
-- entity_events hold the same list.
INSERT INTO events ({seq}, event_id, timestamp_ns, observed_ns, severity_id, source_type, source_id, template_id, message, data)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (event_id) DO NOTHING
