-- The edges that end at this entity and begin at another one.
SELECT a.properties ->> 'name'::text, $1::text, coalesce(e.properties ->> 'rel_type'::text, l.name::text),
       (e.properties -> 'first_seen'::text)::int8, (e.properties -> 'last_seen'::text)::int8, (e.properties -> 'event_count'::text)::int8
FROM {graph}."Entity" AS b
JOIN {graph}._ag_label_edge AS e ON e.end_id = b.id
JOIN {graph}."Entity" AS a ON a.id = e.start_id
JOIN ag_catalog.ag_label AS l ON l.relation = e.tableoid
WHERE (b.properties ->> 'name'::text) COLLATE "C" = $1::text AND a.id <> b.id
