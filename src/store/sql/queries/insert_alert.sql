-- Adds an alert.
INSERT INTO alerts (alert_id, alert_type, timestamp_ns, severity_id, rule_name, entity_uuid, entity_type, entity_value,
                    dedup_key, dedup_count, risk_score, feedback, data)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
