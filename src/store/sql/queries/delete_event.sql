-- Removes an event.
DELETE FROM events WHERE {seq} = ?1
