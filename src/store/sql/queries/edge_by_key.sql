-- One edge.
SELECT source_id, target_id, rel_type, first_seen, last_seen, event_count
FROM graph_edges
WHERE source_id = ?1 AND target_id = ?2 AND rel_type = ?3
