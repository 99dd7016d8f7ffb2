-- The blocks that may hold events between two times; the counts of those that lie between them whole.
SELECT t.first_seq, t.last_seq,
       CASE WHEN t.min_ns >= ?1 AND t.max_ns <= ?2 THEN CASE ?3 WHEN 1 THEN t.hosts WHEN 2 THEN t.templates ELSE t.entities END END
FROM event_tallies AS t
WHERE t.max_ns >= ?1 AND t.min_ns <= ?2
ORDER BY t.first_seq
