-- How many edges there are, and how many of them a transaction wrote that is not older than one.
SELECT count(*), count(*) FILTER (WHERE age(xmin) BETWEEN 0 AND age(CAST(CAST(?1 AS xid8) AS xid)))
FROM graph_edges
