-- Tables of libseerflow, which Seerflow ignores.

-- Records that could not become an event, complete, with the reason.
CREATE TABLE dead_letters (
    id          INTEGER PRIMARY KEY,
    received_ns INTEGER NOT NULL,
    format      TEXT NOT NULL,
    reason      TEXT NOT NULL,
    payload     BLOB NOT NULL
);

CREATE INDEX idx_dead_letters_received ON dead_letters (received_ns);

-- Closed ranges of ingest_seq with the smallest and largest time among their events. A search in arrival
-- order stops when no other range can contain a newer event. Rows of all programs are included, because ranges are
-- summarised from the table afterwards.
CREATE TABLE event_ranges (
    first_seq INTEGER PRIMARY KEY,
    last_seq  INTEGER NOT NULL,
    min_ns    INTEGER NOT NULL,
    max_ns    INTEGER NOT NULL
);

-- Events of the closed ranges per minute (floor of timestamp_ns / 60e9), source and severity.
CREATE TABLE event_counts (
    minute      INTEGER NOT NULL,
    source_type TEXT NOT NULL,
    severity_id INTEGER NOT NULL,
    events      INTEGER NOT NULL,
    PRIMARY KEY (minute, source_type, severity_id)
) WITHOUT ROWID;
