-- Removes an event's message from the text index; the text must be the one that was added.
INSERT INTO events_fts (events_fts, rowid, message) VALUES ('delete', ?1, ?2)
