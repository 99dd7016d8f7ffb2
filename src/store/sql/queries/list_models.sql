-- Models whose keys lie between two bounds.
SELECT key, length(data), updated_at FROM model_state WHERE key >= ?1 AND key < ?2 ORDER BY key
