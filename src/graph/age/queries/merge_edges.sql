-- Adds edges of one relation, or raises those that are there.
INSERT INTO {graph}.{label} AS old (start_id, end_id, properties)
SELECT e.source, e.target, agtype_build_map('first_seen'::text, e.first_seen, 'last_seen'::text, e.last_seen, 'event_count'::text, e.event_count{extra})
FROM unnest($1::graphid[], $2::graphid[], $3::int8[], $4::int8[], $5::int8[]) AS e (source, target, first_seen, last_seen, event_count)
ON CONFLICT (start_id, end_id) DO UPDATE SET properties = old.properties || agtype_build_map(
    'first_seen'::text, least((old.properties -> 'first_seen'::text)::int8, (excluded.properties -> 'first_seen'::text)::int8),
    'last_seen'::text, greatest((old.properties -> 'last_seen'::text)::int8, (excluded.properties -> 'last_seen'::text)::int8),
    'event_count'::text, greatest((old.properties -> 'event_count'::text)::int8, (excluded.properties -> 'event_count'::text)::int8))
