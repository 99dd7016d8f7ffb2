-- Saves a model, whatever was there.
INSERT INTO model_state (key, data, updated_at) VALUES (?1, ?2, ?3)
ON CONFLICT (key) DO UPDATE SET data = excluded.data, updated_at = excluded.updated_at
