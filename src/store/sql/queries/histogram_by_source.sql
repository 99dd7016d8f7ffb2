-- Events per bucket of whole minutes and per source: the counts of the closed ranges, and the few events after them.
SELECT minute / ?6 - CASE WHEN minute % ?6 < 0 THEN 1 ELSE 0 END AS bucket, source_type, NULL, CAST(sum(events) AS BIGINT)
FROM (
    SELECT c.minute, c.source_type, c.events FROM event_counts AS c WHERE c.minute BETWEEN ?1 AND ?2
    UNION ALL
    SELECT e.timestamp_ns / 60000000000 - CASE WHEN e.timestamp_ns % 60000000000 < 0 THEN 1 ELSE 0 END, e.source_type, 1
    FROM events AS e
    WHERE e.{seq} > ?3 AND +e.timestamp_ns BETWEEN ?4 AND ?5
) AS counted
GROUP BY bucket, source_type
HAVING sum(events) > 0
