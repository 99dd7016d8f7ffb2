-- Removes the edges that were last seen before a time.
DELETE FROM graph_edges WHERE last_seen < ?1
