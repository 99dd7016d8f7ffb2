-- Removes the edges between two places that were last seen before a time.
DELETE FROM graph_edges
WHERE (source_id, target_id, rel_type) > (?1, ?2, ?3)
  AND (source_id, target_id, rel_type) <= (?4, ?5, ?6)
  AND last_seen < ?7
RETURNING source_id, target_id, rel_type
