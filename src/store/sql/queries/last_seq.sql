-- The largest ingest_seq; 0 in an empty table.
SELECT coalesce(max(e.{seq}), 0) FROM events AS e
