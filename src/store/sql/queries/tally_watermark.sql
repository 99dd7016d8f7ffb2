-- Up to which ingest_seq events are in blocks; 0 before the first block.
SELECT coalesce(max(last_seq), 0) FROM event_tallies
