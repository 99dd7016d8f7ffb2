//! A hand-tuned SQLite writer of ready rows, as an upper bound: the tables and settings of libseerflow, triggers off, rows of entities
//! sorted, a thread for checkpoints. It neither decodes nor encodes, and derives nothing.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use seerflow::record::Control;
use seerflow::{Config, Engine};

use super::straightforward::TRANSACTION;

const EVENTS: &str = "ingest_seq, event_id, timestamp_ns, observed_ns, severity_id, source_type, source_id, template_id, message, data";
const ENTITIES: &str = "entity_uuid, timestamp_ns, event_id";

/// The rows of one transaction.
pub struct Rows {
    events: Vec<Vec<Value>>,
    entities: Vec<Vec<Value>>,
}

/// Reads the rows that libseerflow wrote, in its order, in portions of 1,000 events.
pub fn rows(path: &Path) -> rusqlite::Result<Vec<Rows>> {
    let conn = Connection::open(path)?;
    let mut events = all(&conn, &format!("SELECT {EVENTS} FROM events ORDER BY ingest_seq"))?.into_iter();
    let mut entities = all(
        &conn,
        "SELECT entity_uuid, x.timestamp_ns, event_id FROM entity_events AS x JOIN events USING (event_id) ORDER BY ingest_seq",
    )?
    .into_iter();
    let mut portions = Vec::new();
    while events.len() > 0 {
        let mut portion = Rows {
            events: events.by_ref().take(TRANSACTION).collect(),
            entities: entities.by_ref().take(2 * TRANSACTION).collect(),
        };
        let text = |value: &Value| match value {
            Value::Text(text) => text.clone(),
            _ => String::new(),
        };
        portion.entities.sort_by_cached_key(|row| text(&row[0]));
        portions.push(portion);
    }
    Ok(portions)
}

fn all(conn: &Connection, sql: &str) -> rusqlite::Result<Vec<Vec<Value>>> {
    let mut statement = conn.prepare(sql)?;
    let columns = statement.column_count();
    statement
        .query_map([], |row| (0..columns).map(|column| row.get(column)).collect())?
        .collect()
}

/// Creates a database with libseerflow's tables, and opens it as libseerflow's writer does.
pub fn open(path: &Path) -> rusqlite::Result<Connection> {
    let mut config = Config::new();
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    engine.start(&Control::unbounded()).unwrap();
    engine.close(&Control::unbounded()).unwrap();
    connect(path)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open(path)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -64000; PRAGMA mmap_size = 268435456; \
         PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 0;",
    )?;
    Ok(conn)
}

/// Writes the rows; returns the duration of each transaction.
pub fn write(conn: &mut Connection, path: &Path, portions: &[Rows]) -> rusqlite::Result<Vec<Duration>> {
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let checkpoints = scope.spawn(|| -> rusqlite::Result<()> {
            let conn = connect(path)?;
            while !is_done.load(Ordering::Acquire) {
                std::thread::sleep(Duration::from_millis(100));
                conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
            }
            Ok(())
        });
        let mut times = Vec::with_capacity(portions.len());
        let written = portions.iter().try_for_each(|portion| {
            let started = Instant::now();
            write_one(conn, portion)?;
            times.push(started.elapsed());
            Ok(())
        });
        is_done.store(true, Ordering::Release);
        checkpoints.join().unwrap()?;
        written.map(|()| times)
    })
}

fn write_one(conn: &mut Connection, portion: &Rows) -> rusqlite::Result<()> {
    let transaction = conn.transaction()?;
    {
        let mut event = transaction.prepare_cached(&format!(
            "INSERT INTO events ({EVENTS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (event_id) DO NOTHING"
        ))?;
        let mut text =
            transaction.prepare_cached("INSERT INTO events_fts (rowid, message) VALUES (?1, ?2)")?;
        for row in &portion.events {
            event.execute(params_from_iter(row))?;
            text.execute([&row[0], &row[8]])?;
        }
        let mut entity = transaction.prepare_cached(&format!(
            "INSERT INTO entity_events ({ENTITIES}) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"
        ))?;
        for row in &portion.entities {
            entity.execute(params_from_iter(row))?;
        }
    }
    transaction.commit()
}
