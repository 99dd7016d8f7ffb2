// Seerflow's tables for events, without the trigger of the text index.
export const SCHEMA = `
  PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -64000; PRAGMA temp_store = MEMORY;
  CREATE TABLE events (event_id TEXT PRIMARY KEY, timestamp_ns INTEGER NOT NULL, observed_ns INTEGER NOT NULL, severity_id INTEGER NOT NULL,
    source_type TEXT NOT NULL, source_id TEXT NOT NULL, template_id INTEGER, message TEXT NOT NULL, entity_refs TEXT, data BLOB);
  CREATE INDEX idx_events_time ON events (timestamp_ns);
  CREATE INDEX idx_events_source_sev ON events (source_type, severity_id);
  CREATE INDEX idx_events_template ON events (template_id);
  CREATE TABLE entity_events (entity_uuid TEXT NOT NULL, timestamp_ns INTEGER NOT NULL, event_id TEXT NOT NULL, PRIMARY KEY (entity_uuid, timestamp_ns, event_id));
  CREATE VIRTUAL TABLE events_fts USING fts5 (message, content = 'events', tokenize = 'porter unicode61');`
export const TRIGGER = 'CREATE TRIGGER events_fts_insert AFTER INSERT ON events BEGIN INSERT INTO events_fts (rowid, message) VALUES (new.rowid, new.message); END;'

export const INSERT_EVENT = 'INSERT OR IGNORE INTO events VALUES (?,?,?,?,?,?,?,?,?,?)'
export const INSERT_ENTITY = 'INSERT OR IGNORE INTO entity_events VALUES (?,?,?)'
