-- One event by its id.
SELECT e.timestamp_ns, e.{seq}, e.data FROM events AS e WHERE e.event_id = ?1
