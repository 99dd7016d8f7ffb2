-- Adds tactics of alerts that are there; the time is that of the alert that stayed. The conditions are on the rows: Citus accepts no
-- subquery in ON CONFLICT.
INSERT INTO alert_tactics ({names})
SELECT {values} FROM {rows}
WHERE EXISTS (SELECT 1 FROM alerts AS a WHERE a.dedup_key = r.dedup_key AND a.timestamp_ns = r.timestamp_ns)
   OR EXISTS (SELECT 1 FROM alerts AS a WHERE a.dedup_key = r.dedup_key)
      AND NOT EXISTS (SELECT 1 FROM alert_tactics AS t WHERE t.dedup_key = r.dedup_key AND t.tactic = r.tactic)
ON CONFLICT (dedup_key, tactic) DO UPDATE SET timestamp_ns = excluded.timestamp_ns
WHERE alert_tactics.timestamp_ns <> excluded.timestamp_ns
