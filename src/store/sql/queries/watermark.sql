-- Up to which ingest_seq events are summed up in ranges and counts; the number before all events before the first range.
SELECT coalesce((SELECT r.last_seq FROM event_ranges AS r ORDER BY r.first_seq DESC LIMIT 1), {before_all})
