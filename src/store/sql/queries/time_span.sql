-- The times of the oldest and the newest event; nulls in an empty table.
SELECT (SELECT min(timestamp_ns) FROM events), (SELECT max(timestamp_ns) FROM events)
