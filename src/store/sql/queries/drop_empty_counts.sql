-- Forgets counts that reached nothing, up to a minute.
DELETE FROM event_counts WHERE minute <= ?1 AND events <= 0
