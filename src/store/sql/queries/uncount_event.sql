-- Takes events out of the counts.
UPDATE event_counts SET events = events - ?4 WHERE minute = ?1 AND source_type = ?2 AND severity_id = ?3
