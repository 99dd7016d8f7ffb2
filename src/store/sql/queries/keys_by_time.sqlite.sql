-- Times and places of the first events between two times, in the order of time; from the index alone.
SELECT e.timestamp_ns, e.rowid
FROM events AS e
WHERE e.timestamp_ns BETWEEN ?1 AND ?2
ORDER BY e.timestamp_ns {order}, e.rowid {order}
LIMIT ?3
