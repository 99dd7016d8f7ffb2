-- The tables of Seerflow's schema version 7, with the names, columns and keys that Seerflow 0.7.0 expects, hence it
-- adds nothing. In a database made by Seerflow, every statement finds its table and changes nothing.
--
-- Differences in our layout, with which Seerflow was tested:
--   ingest_seq       an explicit rowid, which VACUUM does not renumber, unlike the implicit one, hence the text index stays correct;
--   entity_events    WITHOUT ROWID, half the size; event_ts is the name the public documentation uses;
--   idx_events_source_sev, idx_events_template, idx_alerts_entity, idx_alerts_type   end in the time, hence the newest
--                    are read without a sort;
--   columnsize=0     no query ranks by relevance.

CREATE TABLE IF NOT EXISTS events (
    ingest_seq   INTEGER PRIMARY KEY,
    event_id     TEXT NOT NULL UNIQUE,
    timestamp_ns INTEGER NOT NULL,
    observed_ns  INTEGER NOT NULL,
    severity_id  INTEGER NOT NULL,
    source_type  TEXT NOT NULL,
    source_id    TEXT NOT NULL,
    template_id  INTEGER,
    message      TEXT NOT NULL,
    entity_refs  TEXT,
    data         BLOB
);

CREATE INDEX IF NOT EXISTS idx_events_time ON events (timestamp_ns);
CREATE INDEX IF NOT EXISTS idx_events_source_sev ON events (source_type, severity_id, timestamp_ns);
CREATE INDEX IF NOT EXISTS idx_events_template ON events (template_id, timestamp_ns) WHERE template_id IS NOT NULL;

CREATE VIRTUAL TABLE IF NOT EXISTS events_fts USING fts5 (
    message,
    content = 'events',
    content_rowid = 'ingest_seq',
    tokenize = 'porter unicode61',
    columnsize = 0
);

-- For other programs. Our writer switches triggers off and fills the index itself, because a trigger makes FTS5 flush its
-- hash table at every row.
CREATE TRIGGER IF NOT EXISTS events_fts_insert AFTER INSERT ON events BEGIN
    INSERT INTO events_fts (rowid, message) VALUES (new.rowid, new.message);
END;

CREATE TRIGGER IF NOT EXISTS events_fts_delete AFTER DELETE ON events BEGIN
    INSERT INTO events_fts (events_fts, rowid, message) VALUES ('delete', old.rowid, old.message);
END;

CREATE TRIGGER IF NOT EXISTS events_fts_update AFTER UPDATE ON events BEGIN
    INSERT INTO events_fts (events_fts, rowid, message) VALUES ('delete', old.rowid, old.message);
    INSERT INTO events_fts (rowid, message) VALUES (new.rowid, new.message);
END;

CREATE TABLE IF NOT EXISTS entity_events (
    entity_uuid  TEXT NOT NULL,
    timestamp_ns INTEGER NOT NULL,
    event_id     TEXT NOT NULL,
    event_ts     INTEGER GENERATED ALWAYS AS (timestamp_ns) VIRTUAL,
    PRIMARY KEY (entity_uuid, timestamp_ns, event_id)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS alerts (
    alert_id     TEXT PRIMARY KEY,
    alert_type   TEXT NOT NULL,
    timestamp_ns INTEGER NOT NULL,
    severity_id  INTEGER NOT NULL,
    rule_name    TEXT NOT NULL,
    entity_uuid  TEXT NOT NULL,
    entity_type  TEXT NOT NULL,
    entity_value TEXT NOT NULL,
    dedup_key    TEXT NOT NULL,
    dedup_count  INTEGER NOT NULL DEFAULT 1,
    risk_score   REAL NOT NULL DEFAULT 0.0,
    feedback     TEXT,
    data         BLOB
);

CREATE UNIQUE INDEX IF NOT EXISTS idx_alerts_dedup ON alerts (dedup_key);
CREATE INDEX IF NOT EXISTS idx_alerts_time ON alerts (timestamp_ns);
CREATE INDEX IF NOT EXISTS idx_alerts_entity ON alerts (entity_uuid, timestamp_ns);
CREATE INDEX IF NOT EXISTS idx_alerts_type ON alerts (alert_type, timestamp_ns);
CREATE INDEX IF NOT EXISTS idx_alerts_type_rule_time ON alerts (alert_type, rule_name, timestamp_ns);

CREATE TABLE IF NOT EXISTS alert_tactics (
    dedup_key    TEXT NOT NULL REFERENCES alerts (dedup_key) ON DELETE CASCADE,
    tactic       TEXT NOT NULL,
    timestamp_ns INTEGER NOT NULL,
    PRIMARY KEY (dedup_key, tactic)
);

CREATE INDEX IF NOT EXISTS idx_alert_tactics_tactic_time ON alert_tactics (tactic, timestamp_ns DESC);

CREATE TABLE IF NOT EXISTS alert_techniques (
    dedup_key    TEXT NOT NULL REFERENCES alerts (dedup_key) ON DELETE CASCADE,
    technique    TEXT NOT NULL,
    timestamp_ns INTEGER NOT NULL,
    PRIMARY KEY (dedup_key, technique)
);

CREATE INDEX IF NOT EXISTS idx_alert_techniques_technique_time ON alert_techniques (technique, timestamp_ns DESC);

CREATE TABLE IF NOT EXISTS alert_feedback_events (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    alert_id        TEXT NOT NULL,
    feedback        TEXT NOT NULL CHECK (feedback IN ('tp', 'fp')),
    note            TEXT NOT NULL DEFAULT '',
    origin          TEXT NOT NULL CHECK (origin IN ('dashboard', 'cli', 'api')),
    submitted_at_ns INTEGER NOT NULL
);

CREATE INDEX IF NOT EXISTS idx_feedback_alert_time ON alert_feedback_events (alert_id, submitted_at_ns DESC);

CREATE TABLE IF NOT EXISTS model_state (
    key        TEXT PRIMARY KEY,
    data       BLOB NOT NULL,
    updated_at INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS templates (
    template_id     INTEGER PRIMARY KEY,
    template_str    TEXT NOT NULL,
    first_seen_ns   INTEGER NOT NULL,
    last_seen_ns    INTEGER NOT NULL,
    event_count     INTEGER NOT NULL DEFAULT 1,
    example_message TEXT
);

CREATE TABLE IF NOT EXISTS graph_edges (
    source_id   TEXT NOT NULL,
    target_id   TEXT NOT NULL,
    rel_type    TEXT NOT NULL,
    first_seen  INTEGER NOT NULL,
    last_seen   INTEGER NOT NULL,
    event_count INTEGER NOT NULL DEFAULT 1,
    UNIQUE (source_id, target_id, rel_type)
);

CREATE INDEX IF NOT EXISTS idx_graph_edges_source ON graph_edges (source_id);
CREATE INDEX IF NOT EXISTS idx_graph_edges_target ON graph_edges (target_id);

CREATE TABLE IF NOT EXISTS sigma_rule_state (
    rule_id              TEXT PRIMARY KEY,
    enabled              INTEGER NOT NULL DEFAULT 1,
    match_count_lifetime INTEGER NOT NULL DEFAULT 0,
    last_fired_ns        INTEGER,
    updated_at_ns        INTEGER NOT NULL
);

CREATE INDEX IF NOT EXISTS idx_sigma_rule_state_enabled ON sigma_rule_state (enabled);

CREATE TABLE IF NOT EXISTS schema_version (
    version    INTEGER NOT NULL UNIQUE,
    applied_at TEXT DEFAULT (datetime('now'))
);

INSERT OR IGNORE INTO schema_version (version) VALUES (1), (2), (3), (4), (5), (6), (7);
