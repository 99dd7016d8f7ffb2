-- The alerts whose latest verdict is that they were right, by the time of that verdict, newest first.
SELECT a.alert_type, a.rule_name, a.entity_type, a.alert_id, f.submitted_at_ns
FROM alert_feedback_events AS f
CROSS JOIN alerts AS a
WHERE f.feedback = 'tp'
  AND f.submitted_at_ns BETWEEN ?8 AND ?9
  AND a.alert_id = f.alert_id
  AND {alert_filters}
  AND NOT EXISTS (
        SELECT 1 FROM alert_feedback_events AS later
        WHERE later.alert_id = f.alert_id
          AND later.submitted_at_ns >= f.submitted_at_ns
          AND (later.submitted_at_ns > f.submitted_at_ns OR later.id > f.id))
ORDER BY f.submitted_at_ns DESC, f.id DESC
