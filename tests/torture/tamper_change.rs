//! Changes a database file as a stranger might: its bytes, its text index, its values, its schema, the files beside it.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::types::Value;

use crate::random::Random;

/// Changes a closed database; returns what was changed.
pub fn change(path: &Path, neighbour: &Path, random: &mut Random) -> String {
    match random.below(10) {
        0..=2 => change_bytes(path, random),
        3 | 4 => change_text_index(path, random),
        5..=7 => change_values(path, random),
        8 => change_schema(path, random),
        _ => change_companion(path, neighbour, random),
    }
}

fn bytes(random: &mut Random, most: u64) -> Vec<u8> {
    let length = random.below(most + 1);
    (0..length).map(|_| random.below(256) as u8).collect()
}

fn change_bytes(path: &Path, random: &mut Random) -> String {
    let mut content = fs::read(path).unwrap();
    let size = usize::from(u16::from_be_bytes([content[16], content[17]]));
    let pages = content.len() / size;
    let mut what = Vec::new();
    for _ in 0..1 + random.below(3) {
        let page = random.below(pages as u64) as usize;
        let start = page * size;
        match random.below(7) {
            0 | 1 => {
                for _ in 0..1 + random.below(20) {
                    content[start + random.below(size as u64) as usize] ^= 1 << random.below(8);
                }
                what.push(format!("bits of page {}", page + 1));
            }
            // The header of the page, and its pointers to cells.
            2 | 3 => {
                let start = if page == 0 { 100 } else { start };
                for _ in 0..1 + random.below(6) {
                    content[start + random.below(48) as usize] = random.below(256) as u8;
                }
                what.push(format!("header of page {}", page + 1));
            }
            4 => {
                content[start..start + size].fill([0, 0xff, 0x0d][random.below(3) as usize]);
                what.push(format!("page {} filled", page + 1));
            }
            5 => {
                let other = random.below(pages as u64) as usize * size;
                content.copy_within(start..start + size, other);
                what.push(format!("page {} copied to {}", page + 1, other / size + 1));
            }
            _ => {
                // The header of the file; not its magic text, without which there is no database.
                let at = 16 + random.below(84) as usize;
                content[at] = random.below(256) as u8;
                what.push(format!("byte {at} of the file"));
            }
        }
    }
    if random.below(20) == 0 {
        content.truncate(random.below(content.len() as u64) as usize);
        what.push("the end".to_owned());
    }
    fs::write(path, content).unwrap();
    what.join(", ")
}

/// Opens the database without protection, for changes that SQLite would refuse.
fn raw(path: &Path) -> Connection {
    let raw = Connection::open(path).unwrap();
    let _ = raw.execute_batch(
        "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; PRAGMA recursive_triggers = ON;",
    );
    raw
}

/// Closes a connection; the log is part of the file then.
fn close(raw: Connection) {
    let _ = raw.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    drop(raw);
}

fn change_text_index(path: &Path, random: &mut Random) -> String {
    let raw = raw(path);
    let tables = ["data", "data", "data", "docsize", "idx", "config"];
    let table = format!("events_fts_{}", tables[random.below(6) as usize]);
    let mut what = Vec::new();
    for _ in 0..1 + random.below(4) {
        if table == "events_fts_config" {
            let keys = [
                "version",
                "rank",
                "pgsz",
                "automerge",
                "crisismerge",
                "usermerge",
                "hashsize",
                "deletemerge",
            ];
            let key = keys[random.below(8) as usize];
            let value = strange(random, &Value::Integer(4), 1 << 10);
            what.push(format!("{key} = {}", short(&value)));
            let _ = raw.execute(
                "INSERT OR REPLACE INTO events_fts_config (k, v) VALUES (?1, ?2)",
                (key, value),
            );
            continue;
        }
        what.push(change_cell(&raw, &table, random));
    }
    close(raw);
    what.join("; ")
}

/// Changes a random cell, or deletes its row.
fn change_cell(raw: &Connection, table: &str, random: &mut Random) -> String {
    let columns: Vec<String> = raw
        .prepare(&format!("SELECT name FROM pragma_table_info('{table}')"))
        .and_then(|mut columns| columns.query_map([], |row| row.get(0))?.collect())
        .unwrap_or_default();
    let rows: i64 = raw
        .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
        .unwrap_or_default();
    if columns.is_empty() || rows == 0 {
        return format!("{table} is empty");
    }
    let column = &columns[random.below(columns.len() as u64) as usize];
    let offset = random.below(rows as u64);
    // Tables without a rowid are found by a value.
    let found = raw.query_row(
        &format!("SELECT {column} FROM {table} LIMIT 1 OFFSET {offset}"),
        [],
        |row| row.get::<_, Value>(0),
    );
    let Ok(before) = found else {
        return format!("{table}.{column} cannot be read");
    };
    if random.below(12) == 0 {
        let _ = raw.execute(&format!("DELETE FROM {table} WHERE {column} IS ?1"), [&before]);
        return format!("{table}: rows with {column} = {} deleted", short(&before));
    }
    // A large value in each of many rows would take minutes.
    let most = if rows < 20 { 1 << 20 } else { 4 << 10 };
    let after = strange(random, &before, most);
    let only = if random.below(4) == 0 { "TRUE" } else { "FALSE" };
    let set = format!("UPDATE OR REPLACE {table} SET {column} = ?1 WHERE {column} IS ?2 OR {only}");
    let done = raw.execute(&set, [&after, &before]);
    format!(
        "{table}.{column}: {} to {}: {done:?}",
        short(&before),
        short(&after)
    )
}

/// Makes a value of at most `most` bytes that its column does not expect.
fn strange(random: &mut Random, before: &Value, most: u64) -> Value {
    match random.below(14) {
        0 => Value::Null,
        1 => Value::Integer(i64::MAX),
        2 => Value::Integer(i64::MIN),
        3 => Value::Integer([-1, 0, 1, i64::MAX - 1, 1 << 62, -(1 << 62)][random.below(6) as usize]),
        4 => Value::Real([f64::MAX, f64::INFINITY, -0.5, 1e300][random.below(4) as usize]),
        5 => Value::Text(
            [
                "",
                "x",
                "\0",
                "9223372036854775808",
                "019cea80-8468-7d95-85e6-9c1966f2d9af",
            ][random.below(5) as usize]
                .into(),
        ),
        6 => Value::Text("long ".repeat(1 + random.below(most / 5) as usize)),
        7 => Value::Blob(bytes(random, 64)),
        8 => Value::Blob(vec![random.below(256) as u8; 1 + random.below(most) as usize]),
        // Arrays of msgpack in arrays; a map, a text and an array of four thousand million.
        9 => Value::Blob(vec![0x91; 1 + random.below(most) as usize]),
        10 => Value::Blob([&[0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1][..], &bytes(random, 64)].concat()),
        _ => match before {
            Value::Blob(blob) if !blob.is_empty() => {
                let mut blob = blob.clone();
                for _ in 0..1 + random.below(6) {
                    let at = random.below(blob.len() as u64) as usize;
                    match random.below(4) {
                        0 => blob.truncate(at.max(1)),
                        1 => blob.insert(at, random.below(256) as u8),
                        2 => blob[at] = [0, 0x7f, 0xcf, 0xd3, 0xdd, 0xff][random.below(6) as usize],
                        _ => blob[at] ^= 1 << random.below(8),
                    }
                }
                Value::Blob(blob)
            }
            Value::Integer(number) => {
                Value::Integer(number.wrapping_mul(random.below(1 << 40) as i64 - (1 << 39)))
            }
            Value::Text(text) => Value::Text(text.chars().rev().collect()),
            _ => Value::Integer(7),
        },
    }
}

fn short(value: &Value) -> String {
    let text = format!("{value:?}");
    text.chars().take(60).collect()
}

fn change_values(path: &Path, random: &mut Random) -> String {
    let tables = [
        "events",
        "events",
        "events",
        "entity_events",
        "event_ranges",
        "event_counts",
        "event_tallies",
        "event_tallies",
        "alerts",
        "alert_tactics",
        "alert_techniques",
        "alert_feedback_events",
        "model_state",
        "sigma_rule_state",
        "templates",
        "graph_edges",
        "dead_letters",
        "schema_version",
        "libseerflow_migrations",
        "sqlite_sequence",
    ];
    let raw = raw(path);
    let mut what = Vec::new();
    if random.below(2) == 0 {
        // Otherwise many values would be refused.
        let free = "PRAGMA writable_schema = ON;
            UPDATE sqlite_master SET sql = replace(replace(sql, 'NOT NULL', ''), 'INTEGER', 'ANY')
            WHERE type = 'table' AND name NOT LIKE 'events_fts%' AND name NOT LIKE 'sqlite%' AND sql NOT LIKE '%INTEGER PRIMARY KEY%';
            PRAGMA writable_schema = RESET;";
        what.push(format!("columns of any type: {:?}", raw.execute_batch(free)));
    }
    for _ in 0..1 + random.below(4) {
        let table = tables[random.below(tables.len() as u64) as usize];
        what.push(change_cell(&raw, table, random));
    }
    close(raw);
    what.join("; ")
}

/// Changes of the schema; each may fail.
const SCHEMAS: [&str; 24] = [
    "CREATE TRIGGER t AFTER INSERT ON events BEGIN INSERT INTO events (event_id, timestamp_ns, observed_ns, severity_id, source_type, source_id, message, data) SELECT event_id || 'x', timestamp_ns, observed_ns, severity_id, source_type, source_id, message, data FROM events; END",
    "CREATE TRIGGER t BEFORE DELETE ON events BEGIN INSERT INTO model_state (key, data, updated_at_ns) VALUES (hex(randomblob(9)), zeroblob(100000), 1); SELECT RAISE(IGNORE); END",
    "CREATE TRIGGER t AFTER UPDATE ON alerts BEGIN UPDATE alerts SET dedup_count = dedup_count + 1; END; CREATE TRIGGER u AFTER INSERT ON alerts BEGIN UPDATE alerts SET dedup_count = 1; END",
    "DROP TABLE alerts; CREATE VIEW alerts AS WITH RECURSIVE r(alert_id) AS (VALUES (1) UNION ALL SELECT alert_id + 1 FROM r) SELECT * FROM r",
    "DROP TABLE event_ranges; CREATE VIEW event_ranges AS SELECT 1 AS first_seq, 2 AS last_seq, 3 AS min_ns, 4 AS max_ns",
    "ALTER TABLE model_state ADD COLUMN more BLOB AS (zeroblob(1000000000))",
    "ALTER TABLE events RENAME COLUMN message TO text",
    "ALTER TABLE events ADD COLUMN message_2 TEXT NOT NULL DEFAULT 'x'",
    "CREATE UNIQUE INDEX one ON events (severity_id) WHERE severity_id = 77; CREATE UNIQUE INDEX two ON entity_events (timestamp_ns, entity_uuid, event_id)",
    "CREATE INDEX slow ON events (message LIKE '%a%b%c%d%e%f%g%h%i%j%k%')",
    "CREATE INDEX large ON events (length(hex(zeroblob(20000 + severity_id))))",
    "DROP INDEX idx_events_time; CREATE INDEX idx_events_time ON events (message)",
    "DROP TABLE events_fts; CREATE TABLE events_fts (message)",
    "DROP TABLE events_fts; CREATE VIRTUAL TABLE events_fts USING fts5 (message, other, content = 'events', content_rowid = 'severity_id')",
    "DROP TABLE events_fts; CREATE VIRTUAL TABLE events_fts USING fts5 (message, tokenize = 'trigram', detail = none)",
    "DROP TABLE events_fts",
    "DROP TABLE schema_version",
    "UPDATE schema_version SET version = 1000000",
    "DELETE FROM libseerflow_migrations WHERE number = 2",
    "INSERT INTO libseerflow_migrations VALUES (99, 'x', 'y', 1)",
    "DROP TABLE event_tallies; CREATE TABLE event_tallies (first_seq, last_seq, min_ns, max_ns, events, hosts, templates, entities) ",
    "CREATE TABLE child (a REFERENCES events (event_id) ON DELETE CASCADE); CREATE TRIGGER c AFTER DELETE ON child BEGIN DELETE FROM alerts; END",
    "PRAGMA user_version = 77; PRAGMA application_id = 1196444487",
    "PRAGMA writable_schema = ON; UPDATE sqlite_master SET rootpage = 2 WHERE name = 'alerts'; UPDATE sqlite_master SET sql = 'CREATE TABLE' WHERE name = 'templates'",
];

fn change_schema(path: &Path, random: &mut Random) -> String {
    if random.below(12) == 0 {
        fs::remove_file(path).unwrap();
        let raw = Connection::open(path).unwrap();
        raw.execute_batch("PRAGMA encoding = 'UTF-16le'; CREATE TABLE x (a); DROP TABLE x")
            .unwrap();
        return "an empty database in UTF-16".to_owned();
    }
    let schema = SCHEMAS[random.below(SCHEMAS.len() as u64) as usize];
    let raw = raw(path);
    let done = raw.execute_batch(schema);
    close(raw);
    format!("{schema}: {done:?}")
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A rollback journal begins and the name of the file that commits several databases at once ends with these bytes.
const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

fn change_companion(path: &Path, neighbour: &Path, random: &mut Random) -> String {
    match random.below(6) {
        0 => {
            let magic = [0x37, 0x7f, 0x06, 0x82, 0x00, 0x2d, 0xe2, 0x18];
            fs::write(beside(path, "-wal"), [&magic[..], &bytes(random, 5_000)].concat()).unwrap();
            "a log".to_owned()
        }
        1 => {
            fs::write(beside(path, "-wal"), bytes(random, 50_000)).unwrap();
            fs::write(beside(path, "-shm"), bytes(random, 40_000)).unwrap();
            "a log and its index".to_owned()
        }
        2 => {
            let mut journal = [&MAGIC[..], &bytes(random, 3_000)].concat();
            journal.resize(4_096, 0);
            fs::write(beside(path, "-journal"), journal).unwrap();
            "a journal".to_owned()
        }
        3 => {
            // SQLite deletes the named file when it has rolled back the journal.
            let name = neighbour.as_os_str().as_encoded_bytes();
            let sum: u32 = name.iter().map(|byte| u32::from(*byte)).sum();
            let mut journal = [&MAGIC[..], &[0; 4], &1_u32.to_be_bytes(), &1_u32.to_be_bytes()].concat();
            journal.extend(512_u32.to_be_bytes());
            journal.extend(8192_u32.to_be_bytes());
            journal.resize(512, 0);
            // No page has this number: the name of a file follows.
            journal.extend(((1_u32 << 30) / 8192 + 1).to_be_bytes());
            journal.extend(name);
            journal.extend((name.len() as u32).to_be_bytes());
            journal.extend(sum.to_be_bytes());
            journal.extend(MAGIC);
            fs::write(beside(path, "-journal"), journal).unwrap();
            "a journal that names a neighbour".to_owned()
        }
        4 => {
            let suffix = ["-wal", "-shm", "-journal"][random.below(3) as usize];
            std::os::unix::fs::symlink(neighbour, beside(path, suffix)).unwrap();
            format!("{suffix} is a link to a neighbour")
        }
        _ => {
            let suffix = ["-wal", "-shm", "-journal"][random.below(3) as usize];
            fs::create_dir(beside(path, suffix)).unwrap();
            format!("{suffix} is a folder")
        }
    }
}
