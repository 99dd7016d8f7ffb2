-- Puts a new occurrence in an alert's place. What it is filtered by stays that of the first occurrence, and so does a verdict.
UPDATE alerts SET alert_id = ?2, timestamp_ns = ?3, dedup_count = ?4, data = ?5 WHERE dedup_key = ?1
