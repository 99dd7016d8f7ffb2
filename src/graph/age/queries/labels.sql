-- The labels of edges.
SELECT l.name::text
FROM ag_catalog.ag_label AS l JOIN ag_catalog.ag_graph AS g ON g.graphid = l.graph
WHERE g.name::text = $1::text AND l.kind = 'e' AND l.name <> '_ag_label_edge'
