-- Alerts that match, per severity.
SELECT a.severity_id, count(*)
FROM alerts AS a
WHERE {alert_filters}
GROUP BY a.severity_id
ORDER BY a.severity_id
