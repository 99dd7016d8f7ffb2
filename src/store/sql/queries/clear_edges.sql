-- Removes every edge.
DELETE FROM graph_edges
