-- The events that match, to be counted; found by their time.
SELECT {counted}{searched}
FROM events AS e
WHERE e.timestamp_ns BETWEEN ?1 AND ?2
  AND {event_filters}
  AND {entity_filter}
LIMIT ?11
