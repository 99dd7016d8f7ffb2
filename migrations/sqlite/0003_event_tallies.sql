-- Events of a closed block of ingest_seq, counted by what has too many values for a row each: hosts (source_id), templates
-- and entities. Each of the three is a msgpack map from the value to its number of events; entity ids are 16 bytes.
--
-- A block is written once, behind its events, whoever wrote them; only pruning changes it. A window of time is the sum of
-- the blocks that lie in it whole and of the events of the few blocks that it cuts through.
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
