-- Adds edges; of one that is there the widest time and the larger count stay.
INSERT INTO graph_edges ({names})
SELECT {values} FROM {rows} WHERE true
ON CONFLICT (source_id, target_id, rel_type) DO UPDATE SET
    first_seen = CASE WHEN excluded.first_seen < graph_edges.first_seen THEN excluded.first_seen ELSE graph_edges.first_seen END,
    last_seen = CASE WHEN excluded.last_seen > graph_edges.last_seen THEN excluded.last_seen ELSE graph_edges.last_seen END,
    event_count = CASE WHEN excluded.event_count > graph_edges.event_count THEN excluded.event_count ELSE graph_edges.event_count END
WHERE excluded.first_seen < graph_edges.first_seen
   OR excluded.last_seen > graph_edges.last_seen
   OR excluded.event_count > graph_edges.event_count
