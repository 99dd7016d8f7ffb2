-- One alert, with what only its columns know.
SELECT timestamp_ns, alert_id, dedup_count, feedback, data FROM alerts WHERE alert_id = ?1
