-- The audit trail of all alerts, newest first.
SELECT id, alert_id, feedback, note, origin, submitted_at_ns
FROM alert_feedback_events
WHERE (submitted_at_ns, id) < (?3, ?4)
ORDER BY submitted_at_ns DESC, id DESC
LIMIT ?1 OFFSET ?2
