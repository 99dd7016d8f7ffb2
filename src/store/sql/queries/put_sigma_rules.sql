-- Adds states of Sigma rules; of one that is there the larger numbers stay, and the switch as it was set last.
INSERT INTO sigma_rule_state ({names})
SELECT {values} FROM {rows} WHERE true
ON CONFLICT (rule_id) DO UPDATE SET
    enabled = CASE WHEN excluded.updated_at_ns > sigma_rule_state.updated_at_ns THEN excluded.enabled ELSE sigma_rule_state.enabled END,
    match_count_lifetime = CASE WHEN excluded.match_count_lifetime > sigma_rule_state.match_count_lifetime
                                THEN excluded.match_count_lifetime ELSE sigma_rule_state.match_count_lifetime END,
    last_fired_ns = CASE WHEN sigma_rule_state.last_fired_ns IS NULL OR excluded.last_fired_ns > sigma_rule_state.last_fired_ns
                         THEN excluded.last_fired_ns ELSE sigma_rule_state.last_fired_ns END,
    updated_at_ns = CASE WHEN excluded.updated_at_ns > sigma_rule_state.updated_at_ns
                         THEN excluded.updated_at_ns ELSE sigma_rule_state.updated_at_ns END
WHERE excluded.updated_at_ns > sigma_rule_state.updated_at_ns
   OR excluded.match_count_lifetime > sigma_rule_state.match_count_lifetime
   OR excluded.last_fired_ns > coalesce(sigma_rule_state.last_fired_ns, -9223372036854775807 - 1)
