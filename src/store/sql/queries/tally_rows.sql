-- What the events of a stretch of arrival are counted by: by one kind of value, or all three. The plus keeps SQLite from walking
-- through time.
SELECT e.timestamp_ns,
       CASE WHEN ?5 IS NULL OR ?5 = 1 THEN e.source_id END,
       CASE WHEN ?5 IS NULL OR ?5 = 2 THEN e.template_id END,
       CASE WHEN ?5 IS NULL OR ?5 = 3 THEN e.data END
FROM events AS e
WHERE e.{seq} BETWEEN ?1 AND ?2 AND +e.timestamp_ns BETWEEN ?3 AND ?4
