-- One event by its place.
SELECT e.timestamp_ns, e.{seq}, e.data FROM events AS e WHERE e.{seq} = ?1
