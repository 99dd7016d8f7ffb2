-- Forgets an alert's techniques.
DELETE FROM alert_techniques WHERE dedup_key = ?1
