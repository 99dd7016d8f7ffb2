-- The events in a range of ingest_seq whose message matches, to be counted.
SELECT {counted}
FROM events_fts AS f
CROSS JOIN events AS e
WHERE f.events_fts MATCH ?10
  AND f.rowid BETWEEN ?12 AND ?13
  AND e.rowid = f.rowid
  AND e.timestamp_ns BETWEEN ?1 AND ?2
  AND {column_filters}
  AND {entity_filter}
LIMIT ?11
