-- Deletes blocks before the first event that is left, but never the last block: it is the watermark.
DELETE FROM event_tallies
WHERE first_seq < (SELECT coalesce(min(e.{seq}), 0) FROM events AS e)
  AND last_seq < (SELECT coalesce(min(e.{seq}), 0) FROM events AS e)
  AND first_seq < (SELECT max(first_seq) FROM event_tallies)
