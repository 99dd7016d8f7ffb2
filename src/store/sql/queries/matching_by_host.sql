-- The events of one host that match, to be counted.
SELECT {counted}{searched}
FROM events AS e
WHERE substr(e.source_id, 1, 500) = substr(?5, 1, 500)
  AND e.timestamp_ns BETWEEN ?1 AND ?2
  AND {event_filters}
  AND {entity_filter}
LIMIT ?11
