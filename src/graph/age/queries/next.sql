-- The entities next to any of these, whichever way the edges point. OFFSET 0 keeps the order of the joins.
SELECT other.properties ->> 'name'::text
FROM (
    SELECT DISTINCT e.id
    FROM (
        SELECT v.id
        FROM unnest($1::text[]) AS given (name)
        CROSS JOIN LATERAL (SELECT v.id FROM {graph}."Entity" AS v WHERE (v.properties ->> 'name'::text) COLLATE "C" = given.name OFFSET 0) AS v
    ) AS v
    CROSS JOIN LATERAL ({around}) AS e (id)
) AS near
CROSS JOIN LATERAL (SELECT v.properties FROM {graph}."Entity" AS v WHERE v.id = near.id OFFSET 0) AS other
