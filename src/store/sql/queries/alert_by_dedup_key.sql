-- What an alert's occurrence is merged into.
SELECT timestamp_ns, alert_id, dedup_count, feedback, data FROM alerts WHERE dedup_key = ?1
