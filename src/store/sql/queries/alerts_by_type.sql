-- Alerts of one type, in the order of time.
SELECT a.timestamp_ns, a.alert_id, a.dedup_count, a.feedback, a.data
FROM alerts AS a
WHERE a.alert_type = ?3
  AND {alert_filters}
  AND (?8 IS NULL OR a.alert_id{binary} < ?8)
ORDER BY a.timestamp_ns DESC, a.alert_id{binary} DESC
LIMIT ?9
