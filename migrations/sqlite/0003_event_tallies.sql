-- Numbers of events of a closed block of ingest_seq, by host (source_id), template and entity, which have too many values for one row each.
-- Each of the three is a msgpack map from the value to its number of events; entity ids are 16 bytes.
--
-- A block is written once, after its events, whichever program wrote these; only pruning changes it. A time window is the sum of the
-- blocks inside it and of the events of the few blocks that it cuts.
CREATE TABLE event_tallies (
    first_seq INTEGER PRIMARY KEY,
    last_seq  INTEGER NOT NULL,
    min_ns    INTEGER NOT NULL,
    max_ns    INTEGER NOT NULL,
    events    INTEGER NOT NULL,
    hosts     BLOB NOT NULL,
    templates BLOB NOT NULL,
    entities  BLOB NOT NULL
);
