-- The places of a number of edges after a place that were last seen before a time. The order is that of the primary key.
SELECT source_id, target_id, rel_type
FROM graph_edges
WHERE (source_id, target_id, rel_type) > (?1, ?2, ?3) AND last_seen < ?4
ORDER BY source_id, target_id, rel_type
LIMIT ?5
