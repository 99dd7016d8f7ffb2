-- The events of one source and severity that match, to be counted.
SELECT {counted}{searched}
FROM events AS e
WHERE e.source_type = ?4
  AND e.severity_id = ?6
  AND e.timestamp_ns BETWEEN ?1 AND ?2
  AND {event_filters}
  AND {entity_filter}
LIMIT ?11
