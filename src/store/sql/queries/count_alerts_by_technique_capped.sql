-- How many alerts have a technique or one of its sub-techniques, counted up to a bound.
SELECT count(*) FROM (
    SELECT 1 FROM alert_techniques AS t
    WHERE t.technique = ?1 OR (?1 NOT LIKE '%.%' AND t.technique{binary} >= ?1 || '.' AND t.technique{binary} < ?1 || '/')
    LIMIT ?2
) AS found
