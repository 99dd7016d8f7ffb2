-- The time of an event of one host, by its number in the order of time; from the index alone.
SELECT e.timestamp_ns
FROM events AS e
WHERE substr(e.source_id, 1, 500) = substr(?4, 1, 500) AND e.timestamp_ns BETWEEN ?1 AND ?2
ORDER BY e.timestamp_ns {order}
LIMIT 1 OFFSET ?3
