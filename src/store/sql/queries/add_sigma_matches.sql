-- Adds matches of a Sigma rule; the last time it fired only moves forward.
INSERT INTO sigma_rule_state (rule_id, match_count_lifetime, last_fired_ns, updated_at_ns) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (rule_id) DO UPDATE SET
    match_count_lifetime = sigma_rule_state.match_count_lifetime + CASE WHEN excluded.match_count_lifetime > 9223372036854775807 - sigma_rule_state.match_count_lifetime
                                THEN 9223372036854775807 - sigma_rule_state.match_count_lifetime ELSE excluded.match_count_lifetime END,
    last_fired_ns = CASE WHEN sigma_rule_state.last_fired_ns > excluded.last_fired_ns
                         THEN sigma_rule_state.last_fired_ns ELSE excluded.last_fired_ns END,
    updated_at_ns = excluded.updated_at_ns
