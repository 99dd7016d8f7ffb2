-- How many events there are, from the counts and the events after them.
SELECT (SELECT coalesce(sum(events), 0) FROM event_counts) + (SELECT count(*) FROM events AS e WHERE e.{seq} > ?1)
