-- Deletes ranges before the first event that is left, but never the last range: it is the watermark.
DELETE FROM event_ranges
WHERE first_seq < (SELECT coalesce(min(e.{seq}), 0) FROM events AS e)
  AND last_seq < (SELECT coalesce(min(e.{seq}), 0) FROM events AS e)
  AND first_seq < (SELECT max(first_seq) FROM event_ranges)
