-- The entities next to any of these, whichever way the edges point.
SELECT other.properties ->> 'name'::text
FROM (
    SELECT DISTINCT e.id
    FROM unnest($1::text[]) AS given (name)
    JOIN {graph}."Entity" AS v ON (v.properties ->> 'name'::text) COLLATE "C" = given.name
    CROSS JOIN LATERAL ({around}) AS e (id)
) AS near
JOIN {graph}."Entity" AS other ON other.id = near.id
