-- Removes a number of edges that were last seen before a time.
DELETE FROM graph_edges WHERE (source_id, target_id, rel_type) IN (
    SELECT source_id, target_id, rel_type FROM graph_edges WHERE last_seen < ?1 LIMIT ?2
) RETURNING source_id, target_id, rel_type
