-- The edges that begin at any of these.
SELECT given.name, b.properties ->> 'name'::text, coalesce(e.properties ->> 'rel_type'::text, l.name::text),
       (e.properties -> 'first_seen'::text)::int8, (e.properties -> 'last_seen'::text)::int8, (e.properties -> 'event_count'::text)::int8
FROM unnest($1::text[]) AS given (name)
JOIN {graph}."Entity" AS a ON (a.properties ->> 'name'::text) COLLATE "C" = given.name
JOIN {graph}._ag_label_edge AS e ON e.start_id = a.id
JOIN {graph}."Entity" AS b ON b.id = e.end_id
JOIN ag_catalog.ag_label AS l ON l.relation = e.tableoid
