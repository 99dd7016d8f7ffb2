-- Adds dead letters, under their numbers.
INSERT INTO dead_letters ({names}){overriding}
SELECT {values} FROM {rows} WHERE true
ON CONFLICT (id) DO NOTHING
