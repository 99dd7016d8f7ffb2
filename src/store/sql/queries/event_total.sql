-- How many events there are, from the counts and the events after them.
SELECT (SELECT CAST(coalesce(sum(events), 0) AS BIGINT) FROM event_counts) + (SELECT count(*) FROM events AS e WHERE e.{seq} > ?1)
