-- Adds techniques of alerts that are there; the time is that of the alert that stayed. The conditions are on the rows: Citus accepts no
-- subquery in ON CONFLICT.
INSERT INTO alert_techniques ({names})
SELECT {values} FROM {rows}
WHERE EXISTS (SELECT 1 FROM alerts AS a WHERE a.dedup_key = r.dedup_key AND a.timestamp_ns = r.timestamp_ns)
   OR EXISTS (SELECT 1 FROM alerts AS a WHERE a.dedup_key = r.dedup_key)
      AND NOT EXISTS (SELECT 1 FROM alert_techniques AS t WHERE t.dedup_key = r.dedup_key AND t.technique = r.technique)
ON CONFLICT (dedup_key, technique) DO UPDATE SET timestamp_ns = excluded.timestamp_ns
WHERE alert_techniques.timestamp_ns <> excluded.timestamp_ns
