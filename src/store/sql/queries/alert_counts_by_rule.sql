-- The rules with most alerts among those that match.
SELECT a.rule_name, count(*) AS alerts
FROM alerts AS a
WHERE {alert_filters}
GROUP BY a.rule_name
ORDER BY alerts DESC, a.rule_name{binary}
LIMIT ?8
