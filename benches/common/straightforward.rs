//! A straightforward SQLite writer for comparison: Seerflow's schema with its triggers and complete blobs, random ids, rows inserted
//! one by one in transactions of 1,000.

use std::path::Path;

use rmp::encode::{write_array_len, write_f64, write_map_len, write_nil, write_sint, write_str};
use rusqlite::{Connection, params};
use seerflow::record::{EntityType, entity_id};
use uuid::Uuid;

use super::{Sshd, TEMPLATE};

pub const TRANSACTION: usize = 1000;

const SCHEMA: &str = "
    PRAGMA page_size = 8192;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA cache_size = -64000;
    PRAGMA mmap_size = 268435456;
    PRAGMA temp_store = MEMORY;
    CREATE TABLE events (event_id TEXT PRIMARY KEY, timestamp_ns INTEGER NOT NULL, observed_ns INTEGER NOT NULL,
        severity_id INTEGER NOT NULL, source_type TEXT NOT NULL, source_id TEXT NOT NULL, template_id INTEGER,
        message TEXT NOT NULL, entity_refs TEXT, data BLOB);
    CREATE INDEX idx_events_time ON events (timestamp_ns);
    CREATE INDEX idx_events_source_sev ON events (source_type, severity_id);
    CREATE INDEX idx_events_template ON events (template_id);
    CREATE TABLE entity_events (entity_uuid TEXT NOT NULL, timestamp_ns INTEGER NOT NULL, event_id TEXT NOT NULL,
        PRIMARY KEY (entity_uuid, timestamp_ns, event_id));
    CREATE VIRTUAL TABLE events_fts USING fts5 (message, content = 'events', tokenize = 'porter unicode61');
    CREATE TRIGGER events_fts_insert AFTER INSERT ON events BEGIN
        INSERT INTO events_fts (rowid, message) VALUES (new.rowid, new.message);
    END;";

/// Writes the events to a new file.
pub fn write(path: &Path, events: &[Sshd]) -> rusqlite::Result<()> {
    let mut conn = Connection::open(path)?;
    conn.execute_batch(SCHEMA)?;
    for chunk in events.chunks(TRANSACTION) {
        let transaction = conn.transaction()?;
        {
            let mut insert_event = transaction
                .prepare_cached("INSERT OR IGNORE INTO events VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)")?;
            let mut insert_entity = transaction.prepare_cached(
                "INSERT OR IGNORE INTO entity_events (entity_uuid, timestamp_ns, event_id) VALUES (?1,?2,?3)",
            )?;
            for event in chunk {
                let id = Uuid::new_v4().to_string();
                let refs: Vec<String> = [(EntityType::Ip, &event.address), (EntityType::User, &event.user)]
                    .into_iter()
                    .filter_map(|(kind, value)| entity_id(kind, value).map(|id| id.to_string()))
                    .collect();
                let refs_json = serde_json::to_string(&refs).unwrap_or_default();
                insert_event.execute(params![
                    id,
                    event.timestamp_ns,
                    event.timestamp_ns + 500_000,
                    3,
                    "sshd",
                    event.host,
                    1,
                    event.message,
                    refs_json,
                    blob(event, &id, &refs),
                ])?;
                for entity in &refs {
                    insert_entity.execute(params![entity, event.timestamp_ns, id])?;
                }
            }
        }
        transaction.commit()?;
    }
    Ok(())
}

/// Encodes all 44 keys, as Seerflow does.
pub fn blob(event: &Sshd, id: &str, refs: &[String]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    let text = |out: &mut Vec<u8>, key: &str, value: &str| {
        let _ = write_str(out, key);
        let _ = write_str(out, value);
    };
    let int = |out: &mut Vec<u8>, key: &str, value: i64| {
        let _ = write_str(out, key);
        let _ = write_sint(out, value);
    };
    let list = |out: &mut Vec<u8>, key: &str, values: &[&str]| {
        let _ = write_str(out, key);
        let _ = write_array_len(out, values.len() as u32);
        values.iter().for_each(|value| drop(write_str(out, value)));
    };
    let _ = write_map_len(&mut out, 44);
    text(&mut out, "type", "SeerflowEvent");
    text(&mut out, "event_id", id);
    int(&mut out, "timestamp_ns", event.timestamp_ns);
    int(&mut out, "observed_ns", event.timestamp_ns + 500_000);
    for key in ["trace_id", "span_id", "body"] {
        let _ = write_str(&mut out, key);
        let _ = write_nil(&mut out);
    }
    int(&mut out, "severity_id", 3);
    int(&mut out, "otel_severity", 13);
    text(&mut out, "event_kind", "event");
    for key in ["event_category", "event_type", "event_outcome", "event_action"] {
        text(&mut out, key, "");
    }
    for key in ["category_uid", "class_uid", "type_uid", "activity_id"] {
        int(&mut out, key, 0);
    }
    text(&mut out, "message", &event.message);
    text(&mut out, "source_type", "sshd");
    text(&mut out, "source_id", &event.host);
    for key in [
        "log_source_category",
        "log_source_product",
        "log_source_service",
        "raw_event",
    ] {
        text(&mut out, key, "");
    }
    int(&mut out, "template_id", 1);
    text(&mut out, "template_str", TEMPLATE);
    list(
        &mut out,
        "template_params",
        &[&event.user, &event.address, &event.port],
    );
    list(
        &mut out,
        "entity_refs",
        &refs.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    list(&mut out, "related_ips", &[&event.address]);
    list(&mut out, "related_users", &[&event.user]);
    for key in ["hosts", "files", "domains", "processes", "hashes"] {
        list(&mut out, &format!("related_{key}"), &[]);
    }
    for key in ["mitre_tactics", "mitre_techniques", "tags"] {
        list(&mut out, key, &[]);
    }
    for (key, value) in [("risk_score", 0.0), ("anomaly_score", 0.0), ("confidence", 1.0)] {
        let _ = write_str(&mut out, key);
        let _ = write_f64(&mut out, value);
    }
    for key in ["attributes", "resource_attrs"] {
        let _ = write_str(&mut out, key);
        let _ = write_map_len(&mut out, 0);
    }
    out
}
