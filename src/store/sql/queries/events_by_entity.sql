-- Events of one entity, in the order of time. The times of both tables must agree: Seerflow leaves junction rows behind
-- when it is given an event_id again with another time. They are compared by BETWEEN: PostgreSQL would take two equalities for so
-- rare a match that it reads all events.
SELECT e.timestamp_ns, e.{seq}, e.data{searched}
FROM entity_events AS x
CROSS JOIN events AS e
WHERE x.entity_uuid = ?8
  AND x.timestamp_ns BETWEEN ?1 AND ?2
  AND e.event_id = x.event_id
  AND e.timestamp_ns BETWEEN x.timestamp_ns AND x.timestamp_ns
  AND e.{seq} {beyond} ?3
  AND {event_filters}
ORDER BY x.timestamp_ns {order}, e.{seq} {order}
LIMIT ?7
