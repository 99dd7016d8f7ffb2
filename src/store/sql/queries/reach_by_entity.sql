-- The time of an event of one entity, by its number in the order of time; from the index alone.
SELECT x.timestamp_ns
FROM entity_events AS x
WHERE x.entity_uuid = ?4 AND x.timestamp_ns BETWEEN ?1 AND ?2
ORDER BY x.timestamp_ns {order}
LIMIT 1 OFFSET ?3
