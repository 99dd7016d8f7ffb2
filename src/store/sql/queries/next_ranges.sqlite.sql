-- Closed ranges in the order of their latest times, or of their earliest ones, after a place in that order.
SELECT first_seq, last_seq, min_ns, max_ns
FROM event_ranges
WHERE ({edge}, first_seq) {beyond} (?1, ?2)
ORDER BY {edge} {order}, first_seq {order}
LIMIT ?3
