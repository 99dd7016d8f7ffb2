-- Removes edges of one relation.
DELETE FROM {graph}.{label} AS e
USING unnest($1::text[], $2::text[]) AS gone (source, target)
JOIN {graph}."Entity" AS a ON (a.properties ->> 'name'::text) COLLATE "C" = gone.source
JOIN {graph}."Entity" AS b ON (b.properties ->> 'name'::text) COLLATE "C" = gone.target
WHERE e.start_id = a.id AND e.end_id = b.id
