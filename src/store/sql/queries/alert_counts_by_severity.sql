-- Alerts per severity in a window, the end excluded.
SELECT a.severity_id, count(*)
FROM alerts AS a
WHERE a.timestamp_ns >= ?1 AND a.timestamp_ns < ?2
GROUP BY a.severity_id
ORDER BY a.severity_id
