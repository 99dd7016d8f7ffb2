-- Events per source in a window of whole minutes: the counts of the closed ranges, and the few events after them.
SELECT NULL, source_type, NULL, CAST(sum(events) AS BIGINT)
FROM (
    SELECT c.source_type, c.events FROM event_counts AS c WHERE c.minute BETWEEN ?1 AND ?2
    UNION ALL
    SELECT e.source_type, 1 FROM events AS e WHERE e.{seq} > ?3 AND +e.timestamp_ns BETWEEN ?4 AND ?5
) AS counted
GROUP BY source_type
HAVING sum(events) > 0
