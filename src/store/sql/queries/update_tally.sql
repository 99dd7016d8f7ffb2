-- Puts what is left of a block in its place.
UPDATE event_tallies SET events = ?2, hosts = ?3, templates = ?4, entities = ?5 WHERE first_seq = ?1
