-- Events per bucket of whole minutes and per severity: the counts of the closed ranges, and the few events after them.
SELECT minute / ?6 - CASE WHEN minute % ?6 < 0 THEN 1 ELSE 0 END AS bucket, NULL, severity_id, CAST(sum(events) AS BIGINT)
FROM (
    SELECT c.minute, c.severity_id, c.events FROM event_counts AS c WHERE c.minute BETWEEN ?1 AND ?2
    UNION ALL
    SELECT e.timestamp_ns / 60000000000 - CASE WHEN e.timestamp_ns % 60000000000 < 0 THEN 1 ELSE 0 END, e.severity_id, 1
    FROM events AS e
    WHERE e.{seq} > ?3 AND +e.timestamp_ns BETWEEN ?4 AND ?5
) AS counted
GROUP BY bucket, severity_id
HAVING sum(events) > 0
