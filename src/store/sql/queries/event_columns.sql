-- The columns of one event, for a row without a blob.
SELECT e.event_id, e.timestamp_ns, e.observed_ns, e.severity_id, e.source_type, e.source_id, e.template_id, e.message
FROM events AS e
WHERE e.{seq} = ?1
