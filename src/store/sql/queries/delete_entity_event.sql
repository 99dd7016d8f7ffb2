-- Removes an entity of an event.
DELETE FROM entity_events WHERE entity_uuid = ?1 AND timestamp_ns = ?2 AND event_id = ?3
