-- Removes every template.
DELETE FROM templates
