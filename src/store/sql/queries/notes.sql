-- The notes of a move.
SELECT name, detail FROM libseerflow_transfer ORDER BY name
