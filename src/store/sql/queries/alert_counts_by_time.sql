-- Alerts that match, per bucket of time; the bucket is the floor, also before 1970.
SELECT a.timestamp_ns / ?8 - CASE WHEN a.timestamp_ns % ?8 < 0 THEN 1 ELSE 0 END AS bucket, count(*)
FROM alerts AS a
WHERE {alert_filters}
GROUP BY 1
ORDER BY 1
