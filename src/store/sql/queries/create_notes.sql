-- Makes room for the notes of a move.
CREATE TABLE IF NOT EXISTS libseerflow_transfer (name TEXT PRIMARY KEY, detail TEXT NOT NULL)
