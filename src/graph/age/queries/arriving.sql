-- The edges that end at this entity and begin at another one. OFFSET 0 keeps the order of the joins.
SELECT a.properties ->> 'name'::text, $1::text, coalesce(near.properties ->> 'rel_type'::text, l.name::text),
       (near.properties -> 'first_seen'::text)::int8, (near.properties -> 'last_seen'::text)::int8, (near.properties -> 'event_count'::text)::int8
FROM (
    SELECT b.id, e.start_id, e.label, e.properties
    FROM {graph}."Entity" AS b
    CROSS JOIN LATERAL (SELECT e.start_id, e.tableoid AS label, e.properties FROM {graph}._ag_label_edge AS e WHERE e.end_id = b.id OFFSET 0) AS e
    WHERE (b.properties ->> 'name'::text) COLLATE "C" = $1::text
) AS near
CROSS JOIN LATERAL (SELECT v.properties FROM {graph}."Entity" AS v WHERE v.id = near.start_id OFFSET 0) AS a
JOIN ag_catalog.ag_label AS l ON l.relation = near.label
WHERE near.start_id <> near.id
