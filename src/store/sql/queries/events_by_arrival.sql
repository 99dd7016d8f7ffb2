-- Events in the order of arrival, after a place. The filters are checked row by row; the plus keeps SQLite from walking
-- through time and sorting.
SELECT e.timestamp_ns, e.{seq}, e.data
FROM events AS e
WHERE e.{seq} > ?3
  AND e.{seq} <= ?10
  AND +e.timestamp_ns BETWEEN ?1 AND ?2
  AND (?4 IS NULL OR e.source_type = ?4)
  AND (?5 IS NULL OR e.source_id = ?5)
  AND (?6 IS NULL OR e.severity_id >= ?6)
  AND (?8 IS NULL OR EXISTS (
        SELECT 1 FROM entity_events AS x
        WHERE x.entity_uuid = ?8 AND x.timestamp_ns = e.timestamp_ns AND x.event_id = e.event_id))
  AND (?9 IS NULL OR e.template_id = ?9)
ORDER BY e.{seq}
LIMIT ?7
