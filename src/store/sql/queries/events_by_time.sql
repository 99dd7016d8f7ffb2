-- Events in the order of time. The filters that the index does not serve are checked on the rows it leads to.
SELECT e.timestamp_ns, e.{seq}, e.data
FROM events AS e
WHERE e.timestamp_ns BETWEEN ?1 AND ?2
  AND e.{seq} {beyond} ?3
  AND (?4 IS NULL OR e.source_type = ?4)
  AND (?5 IS NULL OR e.source_id = ?5)
  AND (?6 IS NULL OR e.severity_id >= ?6)
ORDER BY e.timestamp_ns {order}, e.{seq} {order}
LIMIT ?7
