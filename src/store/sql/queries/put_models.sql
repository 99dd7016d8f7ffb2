-- Adds models; of two with one key the one that was saved later stays.
INSERT INTO model_state ({names})
SELECT {values} FROM {rows} WHERE true
ON CONFLICT (key) DO UPDATE SET data = excluded.data, updated_at = excluded.updated_at
WHERE excluded.updated_at > model_state.updated_at
