-- Events of a closed block of ingest_seq, counted by what has too many values for a row each: hosts (source_id), templates
-- and entities. Each of the three is a msgpack map from the value to its number of events; entity ids are 16 bytes.
--
-- A block is written once, behind its events, whoever wrote them; only pruning changes it. A window of time is the sum of
-- the blocks that lie in it whole and of the events of the few blocks that it cuts through.
CREATE TABLE event_tallies (
    first_seq BIGINT PRIMARY KEY,
    last_seq  BIGINT NOT NULL,
    min_ns    BIGINT NOT NULL,
    max_ns    BIGINT NOT NULL,
    events    BIGINT NOT NULL,
    hosts     BYTEA NOT NULL,
    templates BYTEA NOT NULL,
    entities  BYTEA NOT NULL
);
