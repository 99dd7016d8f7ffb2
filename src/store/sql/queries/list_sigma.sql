-- The state of every Sigma rule.
SELECT rule_id, enabled, match_count_lifetime, last_fired_ns, updated_at_ns FROM sigma_rule_state ORDER BY rule_id{binary}
