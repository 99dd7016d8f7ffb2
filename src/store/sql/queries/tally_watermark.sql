-- Up to which ingest_seq events are in blocks; the number before all events before the first block.
SELECT coalesce(max(last_seq), {before_all}) FROM event_tallies
