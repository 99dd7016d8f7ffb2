-- Removes a model.
DELETE FROM model_state WHERE key = ?1
