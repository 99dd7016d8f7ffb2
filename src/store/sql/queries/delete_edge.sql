-- Removes an edge.
DELETE FROM graph_edges WHERE source_id = ?1 AND target_id = ?2 AND rel_type = ?3
