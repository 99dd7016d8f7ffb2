-- Events by their places.
SELECT e.timestamp_ns, e.{seq}, e.data FROM events AS e WHERE e.{seq} = ANY(?1)
