-- Sums up the times of a range of events. The plus keeps PostgreSQL from looking for the smallest time of all, along the index of
-- times, until it meets the range.
INSERT INTO event_ranges (first_seq, last_seq, min_ns, max_ns)
SELECT ?1, ?2, coalesce(min(+e.timestamp_ns), 9223372036854775807), coalesce(max(+e.timestamp_ns), -9223372036854775807 - 1)
FROM events AS e
WHERE e.{seq} BETWEEN ?1 AND ?2
