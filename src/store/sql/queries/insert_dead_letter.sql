-- Keeps a record that could not become an event.
INSERT INTO dead_letters (received_ns, format, reason, payload) VALUES (?1, ?2, ?3, ?4)
