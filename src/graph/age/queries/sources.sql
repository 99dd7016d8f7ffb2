-- The next entities by name, with the number of edges that begin there.
SELECT v.name, (SELECT count(*) FROM {graph}._ag_label_edge AS e WHERE e.start_id = v.id)
FROM (
    SELECT id, (properties ->> 'name'::text) COLLATE "C" AS name
    FROM {graph}."Entity"
    WHERE (properties ->> 'name'::text) COLLATE "C" > $1::text
    ORDER BY (properties ->> 'name'::text) COLLATE "C"
    LIMIT $2
) AS v
