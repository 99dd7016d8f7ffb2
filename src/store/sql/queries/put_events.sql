-- Adds events as they are; one whose event_id is there stays as it was.
INSERT INTO events ({names})
SELECT {values} FROM {rows} WHERE true
ON CONFLICT (event_id) DO NOTHING
