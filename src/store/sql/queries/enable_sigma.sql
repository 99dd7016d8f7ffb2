-- Switches a Sigma rule on or off.
INSERT INTO sigma_rule_state (rule_id, enabled, updated_at_ns) VALUES (?1, ?2, ?3)
ON CONFLICT (rule_id) DO UPDATE SET enabled = excluded.enabled, updated_at_ns = excluded.updated_at_ns
