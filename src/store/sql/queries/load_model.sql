-- A model.
SELECT data, updated_at FROM model_state WHERE key = ?1
