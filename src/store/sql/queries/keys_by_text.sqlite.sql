-- Times and places of the events in a range of ingest_seq whose message matches, in the order of arrival.
SELECT e.timestamp_ns, e.rowid
FROM events_fts AS f
CROSS JOIN events AS e
WHERE f.events_fts MATCH ?10
  AND f.rowid BETWEEN ?11 AND ?12
  AND e.rowid = f.rowid
  AND e.timestamp_ns BETWEEN ?1 AND ?2
  AND e.rowid {beyond} ?3
  AND {column_filters}
  AND {entity_filter}
ORDER BY f.rowid {order}
LIMIT ?7
