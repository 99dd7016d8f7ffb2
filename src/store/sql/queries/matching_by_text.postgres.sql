-- The events in a range of arrival numbers whose message matches, to be counted.
SELECT {counted}{message}
FROM events AS e
WHERE {matches} CAST(?10 AS tsquery)
  AND e.{seq} BETWEEN ?11 AND ?12
  AND e.timestamp_ns BETWEEN ?1 AND ?2
  AND (?4 IS NULL OR e.source_type = ?4)
  AND (?5 IS NULL OR e.source_id = ?5)
  AND (?6 IS NULL OR e.severity_id >= ?6)
  AND (?9 IS NULL OR e.template_id = ?9)
  AND (?8 IS NULL OR EXISTS (
        SELECT 1 FROM entity_events AS x
        WHERE x.entity_uuid = ?8 AND x.timestamp_ns = e.timestamp_ns AND x.event_id = e.event_id))
