-- Times and places of the events of one source and severity, in the order of time; the index alone answers.
SELECT e.timestamp_ns, e.{seq}
FROM events AS e
WHERE e.source_type = ?4
  AND e.severity_id = ?6
  AND e.timestamp_ns BETWEEN ?1 AND ?2
  AND e.{seq} {beyond} ?3
  AND (?5 IS NULL OR e.source_id = ?5)
ORDER BY e.timestamp_ns {order}, e.{seq} {order}
LIMIT ?7
