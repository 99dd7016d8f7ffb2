-- Adds techniques of alerts that are there; the time is that of the alert that stayed.
INSERT INTO alert_techniques ({names})
SELECT {values} FROM {rows}
WHERE EXISTS (SELECT 1 FROM alerts AS a WHERE a.dedup_key = r.dedup_key)
ON CONFLICT (dedup_key, technique) DO UPDATE SET timestamp_ns = excluded.timestamp_ns
WHERE alert_techniques.timestamp_ns <> excluded.timestamp_ns
  AND EXISTS (SELECT 1 FROM alerts AS a WHERE a.dedup_key = excluded.dedup_key AND a.timestamp_ns = excluded.timestamp_ns)
