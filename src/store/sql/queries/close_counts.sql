-- Adds a range of events to the counts. The minute is the floor, also before 1970.
INSERT INTO event_counts (minute, source_type, severity_id, events)
SELECT e.timestamp_ns / 60000000000 - CASE WHEN e.timestamp_ns % 60000000000 < 0 THEN 1 ELSE 0 END AS minute, e.source_type, e.severity_id, count(*)
FROM events AS e
WHERE e.{seq} BETWEEN ?1 AND ?2
GROUP BY 1, 2, 3
ON CONFLICT (minute, source_type, severity_id) DO UPDATE SET events = event_counts.events + excluded.events
