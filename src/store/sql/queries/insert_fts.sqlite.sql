-- Adds an event's message to the text index.
INSERT INTO events_fts (rowid, message) VALUES (?1, ?2)
