-- Models whose keys lie between two bounds.
SELECT key, length(data), updated_at FROM model_state WHERE key{binary} >= ?1 AND key{binary} < ?2 ORDER BY key{binary}
