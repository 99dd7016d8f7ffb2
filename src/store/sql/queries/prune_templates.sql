-- Removes the templates with fewer events than a bound.
DELETE FROM templates WHERE event_count < ?1
