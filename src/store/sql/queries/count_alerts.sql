-- How many alerts a query has in all.
SELECT count(*)
FROM alerts AS a
WHERE a.timestamp_ns BETWEEN ?1 AND ?2
  AND (?3 IS NULL OR a.alert_type = ?3)
  AND (?4 IS NULL OR a.severity_id >= ?4)
  AND (?5 IS NULL OR a.entity_uuid = ?5)
  AND (?6 IS NULL OR EXISTS (SELECT 1 FROM alert_tactics AS t WHERE t.dedup_key = a.dedup_key AND t.tactic = ?6))
  AND (?7 IS NULL OR EXISTS (
        SELECT 1 FROM alert_techniques AS t
        WHERE t.dedup_key = a.dedup_key
          AND (t.technique = ?7 OR (?7 NOT LIKE '%.%' AND t.technique{binary} >= ?7 || '.' AND t.technique{binary} < ?7 || '/'))))
