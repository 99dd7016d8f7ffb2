-- The ids of these entities, in their order; NULL for one that is not there.
SELECT array_agg((SELECT v.id FROM {graph}."Entity" AS v WHERE (v.properties ->> 'name'::text) COLLATE "C" = given.name) ORDER BY given.place)
FROM unnest($1::text[]) WITH ORDINALITY AS given (name, place)
