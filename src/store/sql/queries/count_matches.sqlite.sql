-- How many messages match a text search, counted up to a bound from the text index.
SELECT count(*) FROM (SELECT 1 FROM events_fts WHERE events_fts MATCH ?1 LIMIT ?2) AS found
