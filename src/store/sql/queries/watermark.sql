-- Up to which ingest_seq events are summed up in ranges and counts; the number before all events before the first range.
SELECT coalesce(max(last_seq), {before_all}) FROM event_ranges
