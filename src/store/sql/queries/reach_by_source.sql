-- The time of an event of one source and severity, by its number in the order of time; from the index alone.
SELECT e.timestamp_ns
FROM events AS e
WHERE e.source_type = ?4 AND e.severity_id = ?5 AND e.timestamp_ns BETWEEN ?1 AND ?2
ORDER BY e.timestamp_ns {order}
LIMIT 1 OFFSET ?3
