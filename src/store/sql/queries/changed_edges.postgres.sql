-- The edges that a transaction wrote that is not older than one.
SELECT source_id, target_id, rel_type, first_seen, last_seen, event_count
FROM graph_edges
WHERE age(xmin) BETWEEN 0 AND age(CAST(CAST(?1 AS xid8) AS xid))
