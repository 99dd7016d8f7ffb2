CASE WHEN (excluded.properties -> 'event_count'::text)::int8 > 9223372036854775807 - coalesce((old.properties -> 'event_count'::text)::int8, 0)
     THEN 9223372036854775807
     ELSE coalesce((old.properties -> 'event_count'::text)::int8, 0) + (excluded.properties -> 'event_count'::text)::int8 END
