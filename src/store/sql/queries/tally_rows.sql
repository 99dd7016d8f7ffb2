-- What the events of a stretch of arrival are counted by. The plus keeps SQLite from walking through time.
SELECT e.timestamp_ns, e.source_id, e.template_id, e.data
FROM events AS e
WHERE e.{seq} BETWEEN ?1 AND ?2 AND +e.timestamp_ns BETWEEN ?3 AND ?4
