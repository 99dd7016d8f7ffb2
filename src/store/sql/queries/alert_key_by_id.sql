-- The key under which an alert's id is stored.
SELECT dedup_key FROM alerts WHERE alert_id = ?1
