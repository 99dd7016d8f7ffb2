-- The block of an event.
SELECT t.first_seq, t.last_seq, t.events, t.hosts, t.templates, t.entities
FROM event_tallies AS t
WHERE t.first_seq <= ?1
ORDER BY t.first_seq DESC
LIMIT 1
