-- The events that match, to be counted; found by their time.
SELECT {counted}
FROM events AS e
WHERE e.timestamp_ns BETWEEN ?1 AND ?2
  AND (?4 IS NULL OR e.source_type = ?4)
  AND (?5 IS NULL OR e.source_id = ?5)
  AND (?6 IS NULL OR e.severity_id >= ?6)
