greatest((old.properties -> 'event_count'::text)::int8, (excluded.properties -> 'event_count'::text)::int8)
