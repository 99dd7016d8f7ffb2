-- Puts a new occurrence in an alert's place.
UPDATE alerts SET
    alert_id = ?1, alert_type = ?2, timestamp_ns = ?3, severity_id = ?4, rule_name = ?5, entity_uuid = ?6, entity_type = ?7,
    entity_value = ?8, dedup_count = ?10, risk_score = ?11, feedback = ?12, data = ?13
WHERE dedup_key = ?9
