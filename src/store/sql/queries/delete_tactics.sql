-- Forgets an alert's tactics.
DELETE FROM alert_tactics WHERE dedup_key = ?1
