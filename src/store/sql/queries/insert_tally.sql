-- Keeps what the events of a block were counted by.
INSERT INTO event_tallies (first_seq, last_seq, min_ns, max_ns, events, hosts, templates, entities)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
