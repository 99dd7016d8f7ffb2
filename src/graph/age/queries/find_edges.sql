-- Whether these edges of one relation are there, in their order.
SELECT array_agg((SELECT count(*) > 0 FROM {graph}.{label} AS e WHERE e.start_id = given.source AND e.end_id = given.target) ORDER BY given.place)
FROM unnest($1::graphid[], $2::graphid[]) WITH ORDINALITY AS given (source, target, place)
