-- The neighbours of an entity, whichever way the edge points. There are two edges of a relation between them at the most; their sum
-- stops at the largest number.
SELECT neighbour, rel_type,
       CASE WHEN count(*) = 1 OR min(event_count) < 0 THEN max(event_count)
            WHEN max(event_count) > 9223372036854775807 - min(event_count) THEN 9223372036854775807
            ELSE min(event_count) + max(event_count) END AS seen
FROM (
    SELECT target_id AS neighbour, rel_type, CAST(event_count AS BIGINT) AS event_count FROM graph_edges WHERE source_id = ?1
    UNION ALL
    SELECT source_id, rel_type, CAST(event_count AS BIGINT) FROM graph_edges WHERE target_id = ?1 AND source_id <> ?1
) AS edge
GROUP BY neighbour, rel_type
ORDER BY seen DESC, neighbour{binary}, rel_type{binary}
LIMIT ?2
