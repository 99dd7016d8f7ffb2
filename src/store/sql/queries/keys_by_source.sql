-- Times and places of the events of one source and severity, in the order of time; the index alone answers if there is no other filter.
SELECT e.timestamp_ns, e.{seq}{searched}
FROM events AS e
WHERE e.source_type = ?4
  AND e.severity_id = ?6
  AND e.timestamp_ns BETWEEN ?1 AND ?2
  AND e.{seq} {beyond} ?3
  AND {event_filters}
  AND {entity_filter}
ORDER BY e.timestamp_ns {order}, e.{seq} {order}
LIMIT ?7
