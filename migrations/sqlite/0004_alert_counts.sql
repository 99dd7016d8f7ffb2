-- Counts of alerts per rule and per severity in a window are read from this index only, without reading the rows of the alerts.
CREATE INDEX IF NOT EXISTS idx_alerts_time_rule_severity ON alerts (timestamp_ns, rule_name, severity_id);
