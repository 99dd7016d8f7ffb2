-- Adds verdicts that are not in the audit trail, under new numbers.
INSERT INTO alert_feedback_events (alert_id, feedback, note, origin, submitted_at_ns)
SELECT r.alert_id, r.feedback, r.note, r.origin, r.submitted_at_ns
FROM {rows}
WHERE NOT EXISTS (
    SELECT 1 FROM alert_feedback_events AS f
    WHERE f.alert_id = r.alert_id AND f.submitted_at_ns = r.submitted_at_ns
      AND f.feedback = r.feedback AND f.note = r.note AND f.origin = r.origin)
ORDER BY r.id
