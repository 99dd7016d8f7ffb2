-- The closed ranges that may hold events between two times, in the order of arrival.
SELECT first_seq, last_seq FROM event_ranges WHERE max_ns >= ?1 AND min_ns <= ?2 ORDER BY first_seq
