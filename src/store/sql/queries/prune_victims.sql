-- The oldest events before a time. The newest arrival stays, so that no ingest_seq is given out twice.
SELECT e.{seq}, e.event_id, e.timestamp_ns, e.message, e.data, e.source_type, e.severity_id, e.source_id, e.template_id
FROM events AS e
WHERE e.timestamp_ns < ?1 AND e.{seq} < ?2
ORDER BY e.timestamp_ns
LIMIT ?3
