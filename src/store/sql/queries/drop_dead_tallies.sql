-- Forgets blocks before the first event that is left, but never the last block: it is the watermark.
DELETE FROM event_tallies
WHERE last_seq < (SELECT coalesce(min(e.{seq}), 0) FROM events AS e)
  AND last_seq < (SELECT max(last_seq) FROM event_tallies)
