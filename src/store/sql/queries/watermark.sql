-- Up to which ingest_seq events are summed up in ranges and counts; 0 before the first range.
SELECT coalesce(max(last_seq), 0) FROM event_ranges
