-- Times and places of the events in a range of arrival numbers whose message matches, in the order of arrival.
SELECT e.timestamp_ns, e.{seq}{message}
FROM events AS e
WHERE {matches} CAST(?8 AS tsquery)
  AND e.{seq} BETWEEN ?9 AND ?10
  AND e.timestamp_ns BETWEEN ?1 AND ?2
  AND e.{seq} {beyond} ?3
  AND (?4 IS NULL OR e.source_type = ?4)
  AND (?5 IS NULL OR e.source_id = ?5)
  AND (?6 IS NULL OR e.severity_id >= ?6)
  AND (?7 IS NULL OR e.template_id = ?7)
  AND (?11 IS NULL OR EXISTS (
        SELECT 1 FROM entity_events AS x
        WHERE x.entity_uuid = ?11 AND x.timestamp_ns = e.timestamp_ns AND x.event_id = e.event_id))
ORDER BY e.{seq} {order}
LIMIT ?12
