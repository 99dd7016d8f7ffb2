-- One event by its id.
SELECT e.data, e.{seq} FROM events AS e WHERE e.event_id = ?1
