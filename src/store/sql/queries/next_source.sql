-- The source that follows another one in the index.
SELECT e.source_type FROM events AS e WHERE e.source_type{binary} > ?1 ORDER BY e.source_type{binary} LIMIT 1
