-- What an alert's occurrence is merged into.
SELECT timestamp_ns, dedup_count, alert_id FROM alerts WHERE dedup_key = ?1
