-- Dead letters, newest first.
SELECT id, received_ns, format, reason, payload FROM dead_letters WHERE id < ?1 ORDER BY id DESC LIMIT ?2
