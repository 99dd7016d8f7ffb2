-- Alerts of a window are counted per rule and per severity from an index alone: 100,000 of them would be as many rows to look up.
CREATE INDEX IF NOT EXISTS idx_alerts_time_rule_severity ON alerts (timestamp_ns, rule_name, severity_id);
