-- Keeps a note of a move.
INSERT INTO libseerflow_transfer (name, detail) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET detail = excluded.detail
