-- When a model was saved.
SELECT updated_at FROM model_state WHERE key = ?1
