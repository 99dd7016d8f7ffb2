-- Alerts with a tactic, in the order of time. To an equation inside of CASE no planner gives odds: PostgreSQL multiplies those of two
-- columns that say the same, expects a single alert and sorts them all.
SELECT a.timestamp_ns, a.alert_id, a.dedup_count, a.feedback, a.data
FROM alert_tactics AS j
CROSS JOIN alerts AS a
WHERE j.tactic = ?6
  AND a.dedup_key = j.dedup_key
  AND CASE WHEN j.timestamp_ns = a.timestamp_ns THEN 1 = 1 END
  AND j.timestamp_ns BETWEEN ?1 AND ?2
  AND (?8 IS NULL OR a.alert_id{binary} < ?8)
  AND (?3 IS NULL OR a.alert_type = ?3)
  AND (?4 IS NULL OR a.severity_id >= ?4)
  AND (?5 IS NULL OR a.entity_uuid = ?5)
  AND (?7 IS NULL OR EXISTS (
        SELECT 1 FROM alert_techniques AS t
        WHERE t.dedup_key = a.dedup_key
          AND (t.technique = ?7 OR (?7 NOT LIKE '%.%' AND t.technique{binary} >= ?7 || '.' AND t.technique{binary} < ?7 || '/'))))
ORDER BY j.timestamp_ns DESC, a.alert_id{binary} DESC
LIMIT ?9
