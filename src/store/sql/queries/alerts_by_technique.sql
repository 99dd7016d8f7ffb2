-- The few alerts with a technique or one of its sub-techniques, sorted by time.
SELECT a.timestamp_ns, a.alert_id, a.dedup_count, a.feedback, a.data
FROM (
    SELECT DISTINCT t.dedup_key FROM alert_techniques AS t
    WHERE t.technique = ?7 OR (?7 NOT LIKE '%.%' AND t.technique{binary} >= ?7 || '.' AND t.technique{binary} < ?7 || '/')
) AS j
CROSS JOIN alerts AS a
WHERE a.dedup_key = j.dedup_key
  AND a.timestamp_ns BETWEEN ?1 AND ?2
  AND (?8 IS NULL OR a.alert_id{binary} < ?8)
  AND (?3 IS NULL OR a.alert_type = ?3)
  AND (?4 IS NULL OR a.severity_id >= ?4)
  AND (?5 IS NULL OR a.entity_uuid = ?5)
  AND (?6 IS NULL OR EXISTS (SELECT 1 FROM alert_tactics AS t WHERE t.dedup_key = a.dedup_key AND t.tactic = ?6))
ORDER BY a.timestamp_ns DESC, a.alert_id{binary} DESC
LIMIT ?9
