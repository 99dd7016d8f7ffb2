-- Which table of which server this is, and the oldest transaction that this state of it may lack. No row where the rows do not
-- tell which transaction wrote them.
SELECT CAST(pg_postmaster_start_time() AS TEXT) || ' ' || CAST(c.oid AS TEXT), CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT)
FROM pg_class AS c
JOIN pg_am AS a ON a.oid = c.relam
WHERE c.oid = to_regclass('graph_edges') AND c.relkind = 'r' AND a.amname = 'heap'
  AND NOT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')
