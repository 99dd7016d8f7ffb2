-- Adds a verdict to the audit trail.
INSERT INTO alert_feedback_events (alert_id, feedback, note, origin, submitted_at_ns) VALUES (?1, ?2, ?3, ?4, ?5)
