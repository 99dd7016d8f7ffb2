-- The neighbours of an entity, whichever way the edge points.
SELECT neighbour, rel_type, CAST(sum(event_count) AS BIGINT) AS seen
FROM (
    SELECT target_id AS neighbour, rel_type, event_count FROM graph_edges WHERE source_id = ?1
    UNION ALL
    SELECT source_id, rel_type, event_count FROM graph_edges WHERE target_id = ?1 AND source_id <> ?1
) AS edge
GROUP BY neighbour, rel_type
ORDER BY seen DESC, neighbour{binary}, rel_type{binary}
LIMIT ?2
