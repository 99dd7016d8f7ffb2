-- Tables of ours, which Seerflow leaves alone.

-- Records that could not become an event, kept whole with the reason.
CREATE TABLE dead_letters (
    id          INTEGER PRIMARY KEY,
    received_ns INTEGER NOT NULL,
    format      TEXT NOT NULL,
    reason      TEXT NOT NULL,
    payload     BLOB NOT NULL
);

CREATE INDEX idx_dead_letters_received ON dead_letters (received_ns);

-- Closed ranges of ingest_seq with the smallest and largest time among their events. A search that walks in order of
-- arrival knows from it when no further range can hold a newer event. Rows of any program are counted, since ranges
-- are summed up from the table after the fact.
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
