-- Adds dead letters that are not there, under new numbers.
INSERT INTO dead_letters (received_ns, format, reason, payload)
SELECT r.received_ns, r.format, r.reason, r.payload
FROM {rows}
WHERE NOT EXISTS (
    SELECT 1 FROM dead_letters AS d
    WHERE d.received_ns = r.received_ns AND d.format = r.format AND d.reason = r.reason AND d.payload = r.payload)
ORDER BY r.id
