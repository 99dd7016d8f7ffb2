-- Adds a technique of an alert.
INSERT INTO alert_techniques (dedup_key, technique, timestamp_ns) VALUES (?1, ?2, ?3) ON CONFLICT (dedup_key, technique) DO NOTHING
