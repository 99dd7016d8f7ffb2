-- The edges that begin at any of these. OFFSET 0 keeps the order of the joins: from the names to their edges.
SELECT near.source, b.properties ->> 'name'::text, coalesce(near.properties ->> 'rel_type'::text, l.name::text),
       (near.properties -> 'first_seen'::text)::int8, (near.properties -> 'last_seen'::text)::int8, (near.properties -> 'event_count'::text)::int8
FROM (
    SELECT a.source, e.end_id, e.label, e.properties
    FROM (
        SELECT given.name AS source, v.id
        FROM unnest($1::text[]) AS given (name)
        CROSS JOIN LATERAL (SELECT v.id FROM {graph}."Entity" AS v WHERE (v.properties ->> 'name'::text) COLLATE "C" = given.name OFFSET 0) AS v
    ) AS a
    CROSS JOIN LATERAL (SELECT e.end_id, e.tableoid AS label, e.properties FROM {graph}._ag_label_edge AS e WHERE e.start_id = a.id OFFSET 0) AS e
) AS near
CROSS JOIN LATERAL (SELECT v.properties FROM {graph}."Entity" AS v WHERE v.id = near.end_id OFFSET 0) AS b
JOIN ag_catalog.ag_label AS l ON l.relation = near.label
