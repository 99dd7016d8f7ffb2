-- How many events a query without text and entity has in all, counted up to a bound.
SELECT count(*) FROM (
    SELECT 1
    FROM events AS e
    WHERE e.timestamp_ns BETWEEN ?1 AND ?2
      AND (?3 IS NULL OR e.source_type = ?3)
      AND (?4 IS NULL OR e.source_id = ?4)
      AND (?5 IS NULL OR e.severity_id >= ?5)
      AND (?6 IS NULL OR e.template_id = ?6)
    LIMIT ?7
) AS found
