-- Times and places of the events in a range of arrival numbers whose message matches, in the order of arrival.
SELECT e.timestamp_ns, e.{seq}{message}
FROM events AS e
WHERE {matches} CAST(?10 AS tsquery)
  AND e.{seq} BETWEEN ?11 AND ?12
  AND e.timestamp_ns BETWEEN ?1 AND ?2
  AND e.{seq} {beyond} ?3
  AND {column_filters}
  AND {entity_filter}
ORDER BY e.{seq} {order}
LIMIT ?7
