-- Removes some of the dead letters that arrived before a time.
DELETE FROM dead_letters
WHERE id IN (SELECT d.id FROM dead_letters AS d WHERE d.received_ns < ?1 ORDER BY d.received_ns LIMIT ?2)
