-- Adds vertices. The names come sorted, so that two writers wait for each other in one order.
INSERT INTO {graph}."Entity" (properties)
SELECT agtype_build_map('name'::text, name)
FROM unnest($1::text[]) AS name
ON CONFLICT (((properties ->> 'name'::text)) COLLATE "C") DO NOTHING
