-- Alerts per bucket of time, the end of the window excluded; the bucket is the floor, also before 1970.
SELECT a.timestamp_ns / ?3 - CASE WHEN a.timestamp_ns % ?3 < 0 THEN 1 ELSE 0 END AS bucket, count(*)
FROM alerts AS a
WHERE a.timestamp_ns >= ?1 AND a.timestamp_ns < ?2
GROUP BY 1
ORDER BY 1
