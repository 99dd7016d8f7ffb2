-- The events in a range of arrival numbers whose message matches, to be counted.
SELECT {counted}{message}
FROM events AS e
WHERE {matches} CAST(?10 AS tsquery)
  AND e.{seq} BETWEEN ?12 AND ?13
  AND e.timestamp_ns BETWEEN ?1 AND ?2
  AND {column_filters}
  AND {entity_filter}
LIMIT ?11
