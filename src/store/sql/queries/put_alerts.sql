-- Adds alerts as they are. Of two with one dedup_key the later one stays, and a verdict stays in any case. An alert whose id
-- is there under another key is left out.
INSERT INTO alerts ({names})
SELECT {values} FROM {rows}
WHERE NOT EXISTS (SELECT 1 FROM alerts AS a WHERE a.alert_id = r.alert_id AND a.dedup_key <> r.dedup_key)
ON CONFLICT (dedup_key) DO UPDATE SET
    alert_id = excluded.alert_id,
    alert_type = excluded.alert_type,
    timestamp_ns = excluded.timestamp_ns,
    severity_id = excluded.severity_id,
    rule_name = excluded.rule_name,
    entity_uuid = excluded.entity_uuid,
    entity_type = excluded.entity_type,
    entity_value = excluded.entity_value,
    dedup_count = excluded.dedup_count,
    risk_score = excluded.risk_score,
    feedback = coalesce(nullif(excluded.feedback, ''), alerts.feedback),
    data = excluded.data
WHERE excluded.timestamp_ns > alerts.timestamp_ns
