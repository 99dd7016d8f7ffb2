SELECT end_id FROM {graph}.{label} WHERE start_id = v.id UNION ALL SELECT start_id FROM {graph}.{label} WHERE end_id = v.id
