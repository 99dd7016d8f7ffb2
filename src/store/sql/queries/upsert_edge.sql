-- Adds an edge, or widens its time and adds to its count, which stops at the largest number of its column.
INSERT INTO graph_edges (source_id, target_id, rel_type, first_seen, last_seen, event_count) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (source_id, target_id, rel_type) DO UPDATE SET
    first_seen = CASE WHEN excluded.first_seen < graph_edges.first_seen THEN excluded.first_seen ELSE graph_edges.first_seen END,
    last_seen = CASE WHEN excluded.last_seen > graph_edges.last_seen THEN excluded.last_seen ELSE graph_edges.last_seen END,
    event_count = graph_edges.event_count + CASE WHEN excluded.event_count > {most_counted} - graph_edges.event_count
                                          THEN {most_counted} - graph_edges.event_count ELSE excluded.event_count END
