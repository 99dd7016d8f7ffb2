-- The audit trail of one alert, newest first.
SELECT id, alert_id, feedback, note, origin, submitted_at_ns
FROM alert_feedback_events
WHERE alert_id = ?1
  AND (submitted_at_ns, id) < (?4, ?5)
ORDER BY submitted_at_ns DESC, id DESC
LIMIT ?2 OFFSET ?3
