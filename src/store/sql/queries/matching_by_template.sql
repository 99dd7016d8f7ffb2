-- The events of one template that match, to be counted.
SELECT {counted}{searched}
FROM events AS e
WHERE e.template_id = ?9
  AND e.timestamp_ns BETWEEN ?1 AND ?2
  AND {event_filters}
  AND {entity_filter}
LIMIT ?11
