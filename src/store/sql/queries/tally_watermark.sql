-- Up to which ingest_seq events are in blocks; the number before all events before the first block.
SELECT coalesce((SELECT t.last_seq FROM event_tallies AS t ORDER BY t.first_seq DESC LIMIT 1), {before_all})
