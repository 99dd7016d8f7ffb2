-- True positives by type, rule and kind of entity; only the latest verdict of an alert counts.
SELECT a.alert_type, a.rule_name, a.entity_type, count(*) AS alerts
FROM alerts AS a
WHERE (SELECT f.feedback FROM alert_feedback_events AS f WHERE f.alert_id = a.alert_id
       ORDER BY f.submitted_at_ns DESC, f.id DESC LIMIT 1) = 'tp'
GROUP BY a.alert_type, a.rule_name, a.entity_type
ORDER BY alerts DESC, a.alert_type{binary}, a.rule_name{binary}, a.entity_type{binary}
