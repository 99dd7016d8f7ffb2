-- How many events of a source have a severity or a higher one, counted up to a bound from the index.
SELECT count(*) FROM (SELECT 1 FROM events AS e WHERE e.source_type = ?1 AND e.severity_id >= ?2 LIMIT ?3) AS found
