-- Adds a tactic of an alert.
INSERT INTO alert_tactics (dedup_key, tactic, timestamp_ns) VALUES (?1, ?2, ?3) ON CONFLICT (dedup_key, tactic) DO NOTHING
