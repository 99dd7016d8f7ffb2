-- Events of one template, in the order of time.
SELECT e.timestamp_ns, e.{seq}, e.data{searched}
FROM events AS e
WHERE e.template_id = ?9
  AND e.timestamp_ns BETWEEN ?1 AND ?2
  AND e.{seq} {beyond} ?3
  AND {event_filters}
  AND {entity_filter}
ORDER BY e.timestamp_ns {order}, e.{seq} {order}
LIMIT ?7
