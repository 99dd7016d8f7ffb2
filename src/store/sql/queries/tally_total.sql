-- How many events there are, from the blocks and the events after them.
SELECT (SELECT coalesce(CAST(sum(t.events) AS BIGINT), 0) FROM event_tallies AS t)
     + (SELECT count(*) FROM events AS e WHERE e.{seq} > ?1)
