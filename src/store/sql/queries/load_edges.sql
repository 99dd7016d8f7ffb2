-- Every edge after a place, in the order of its three parts.
SELECT source_id, target_id, rel_type, first_seen, last_seen, event_count
FROM graph_edges
WHERE (source_id{binary}, target_id{binary}, rel_type{binary}) > (?1, ?2, ?3)
ORDER BY source_id{binary}, target_id{binary}, rel_type{binary}
LIMIT ?4
