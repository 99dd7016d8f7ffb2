-- Alerts per rule in a window, the end excluded.
SELECT a.rule_name, count(*) AS alerts
FROM alerts AS a
WHERE a.timestamp_ns >= ?1 AND a.timestamp_ns < ?2
GROUP BY a.rule_name
ORDER BY alerts DESC, a.rule_name{binary}
