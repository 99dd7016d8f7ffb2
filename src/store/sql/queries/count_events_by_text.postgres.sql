-- How many events a text search has in all, counted up to a bound.
SELECT count(*) FROM (
    SELECT 1
    FROM events AS e
    WHERE {matches} CAST(?8 AS tsquery)
      AND e.timestamp_ns BETWEEN ?1 AND ?2
      AND (?3 IS NULL OR e.source_type = ?3)
      AND (?4 IS NULL OR e.source_id = ?4)
      AND (?5 IS NULL OR e.severity_id >= ?5)
      AND (?6 IS NULL OR e.template_id = ?6)
      AND (?9 IS NULL OR EXISTS (
            SELECT 1 FROM entity_events AS x
            WHERE x.entity_uuid = ?9 AND x.timestamp_ns = e.timestamp_ns AND x.event_id = e.event_id))
    LIMIT ?7
) AS found
