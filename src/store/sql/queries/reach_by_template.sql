-- The time of an event of one template, by its number in the order of time; from the index alone.
SELECT e.timestamp_ns
FROM events AS e
WHERE e.template_id = ?4 AND e.timestamp_ns BETWEEN ?1 AND ?2
ORDER BY e.timestamp_ns {order}
LIMIT 1 OFFSET ?3
