-- The events of one entity that match, to be counted; see events_by_entity.sql.
SELECT {counted}{searched}
FROM entity_events AS x
CROSS JOIN events AS e
WHERE x.entity_uuid = ?8
  AND x.timestamp_ns BETWEEN ?1 AND ?2
  AND e.event_id = x.event_id
  AND e.timestamp_ns BETWEEN x.timestamp_ns AND x.timestamp_ns
  AND {event_filters}
LIMIT ?11
