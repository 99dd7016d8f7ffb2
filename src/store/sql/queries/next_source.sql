-- The source that follows another one in the index.
SELECT e.source_type FROM events AS e WHERE e.source_type > ?1 ORDER BY e.source_type LIMIT 1
