//! The schema of a database: inspected for reading; or, for writing, migrated or adopted from Seerflow, including the indexes that must
//! be built outside of a migration's transaction.

use std::sync::Arc;
use std::time::Duration;

use super::conn::{NO_TIMEOUT, PgConn};
use super::dialect::{ADOPTED_SEQ, ADOPTED_STEP};
use super::kinds;
use super::layout::Layout;
use super::locks;
use super::partition_step::{self, Step};
use super::pool::PgPool;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, now_ns};
use crate::store::migrate::{self, Migration, POSTGRES, State, Target};
use crate::store::sql::{Conn, Param, Statements, absent, tally};

/// Rows of an adopted table that are counted together.
const ADOPTED_AT_ONCE: i64 = 20_000;

/// The column that Seerflow's own searches read, and its index.
const MESSAGE_FTS: &str = "message_fts TSVECTOR GENERATED ALWAYS AS (to_tsvector('english'::regconfig, left(message, 200000))) STORED,";
const MESSAGE_FTS_INDEX: &str =
    "CREATE INDEX IF NOT EXISTS idx_events_message_fts ON events USING gin (message_fts);";

/// The schema of an open database.
pub struct Schema {
    /// The layout of the tables.
    pub layout: Layout,
    /// The statements for these tables.
    pub statements: Arc<Statements>,
    /// The step of new partitions; `None` if none are created.
    pub step: Option<Step>,
    /// The answer of [`table_names`], if tables are missing or need a migration.
    pub incomplete: Option<String>,
}

/// Returns the names of the existing tables.
pub fn table_names(conn: &PgConn) -> Result<String> {
    let ours: Vec<String> = absent::tables().map(|(name, _)| format!("'{name}'")).collect();
    let names = format!(
        "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class \
         WHERE pg_table_is_visible(oid) AND relname IN ('libseerflow_migrations', {})",
        ours.join(", ")
    );
    Ok(conn.ask(&names)?.unwrap_or_default())
}

/// Inspects the schema for reading; changes nothing. Missing tables are read as empty ones.
pub fn inspect(conn: &PgConn) -> Result<Schema> {
    check_encoding(conn)?;
    kinds::check(conn)?;
    // Queried first: if tables are created meanwhile, the first transaction finds other names.
    let there = table_names(conn)?;
    let is_complete = migrate::check(&State::of(conn)?, POSTGRES)?;
    let layout = Layout::read(conn)?;
    let mut statements = Statements::postgres(layout.dialect());
    let mut incomplete = None;
    if !is_complete {
        let is_absent = |name: &&str| there.split(' ').all(|other| other != *name);
        let absent: Vec<&str> = absent::tables().map(|(name, _)| name).filter(is_absent).collect();
        statements = statements.without(&absent);
        incomplete = Some(there);
    }
    Ok(Schema {
        layout,
        statements: Arc::new(statements),
        step: None,
        incomplete,
    })
}

/// Creates or migrates the tables, or adopts those of Seerflow.
pub fn prepare(
    pool: &PgPool,
    conn: &PgConn,
    schema: &str,
    step: Option<Step>,
    control: &Control,
) -> Result<Schema> {
    check_encoding(conn)?;
    kinds::check(conn)?;
    if !schema.is_empty() && conn.ask("SELECT current_schema()")?.is_none() {
        // Only if it is missing: a role without that right can use an existing schema.
        conn.batch(&format!("CREATE SCHEMA IF NOT EXISTS {}", quoted(schema)))?;
        if conn.ask("SELECT current_schema()")?.is_none() {
            let name = quoted(schema);
            return Err(Error::new(
                ErrorKind::Permission,
                format!(
                    "the role may not use the schema {name}: GRANT USAGE, CREATE ON SCHEMA {name} TO the role"
                ),
            ));
        }
    }
    migrate::check(&State::of(conn)?, POSTGRES)?;
    migrate::run(&mut Migrating { conn, step }, POSTGRES)?;
    let mut layout = Layout::read(conn)?;
    if !layout.is_numbered() {
        return Err(Error::new(ErrorKind::Schema, "events.ingest_seq has no sequence"));
    }
    let step = partition_step::agree(conn, &layout, step)?;
    let statements = Arc::new(Statements::postgres(layout.dialect()));
    conn.set_statements(&statements);
    finish(pool, conn, &layout, control)?;
    layout.sql.has_host_index = true;
    Ok(Schema {
        layout,
        statements,
        step,
        incomplete: None,
    })
}

fn check_encoding(conn: &PgConn) -> Result<()> {
    let encoding = conn.ask("SHOW server_encoding")?.unwrap_or_default();
    if encoding == "UTF8" {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Unsupported,
        format!("the database has the encoding {encoding}; create one with ENCODING 'UTF8'"),
    ))
}

/// Quotes an identifier.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Builds the indexes that a migration must not build, because that would block the writes of a running Seerflow, and counts the rows
/// of an adopted table.
fn finish(pool: &PgPool, conn: &PgConn, layout: &Layout, control: &Control) -> Result<()> {
    let is_finished = |conn: &PgConn| -> Result<bool> {
        let indexes = "SELECT count(*) FROM pg_index WHERE indexrelid IN (to_regclass('idx_events_words'), to_regclass('idx_events_host'), to_regclass('idx_events_ingest_seq')) AND indisvalid";
        Ok(conn.int(indexes)? == 3 && (!layout.is_adopted || is_counted(conn)?))
    };
    if is_finished(conn)? {
        return Ok(());
    }
    // A transaction of another connection holds the lock, because CREATE INDEX CONCURRENTLY cannot run in one. At READ COMMITTED that
    // transaction has no snapshot for which the build would wait.
    let guard = pool.connect(control)?;
    let lock = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = 0; \
         {}",
        locks::try_acquire(locks::BUILD_INDEXES)
    );
    // Polled instead of waited for: CREATE INDEX CONCURRENTLY waits for every transaction that waits for a lock.
    while guard.begin(&lock)?.as_deref() != Some("1") {
        guard.roll_back();
        control.check()?;
        std::thread::sleep(Duration::from_millis(100));
    }
    let done = conn.without_timeout(|conn| {
        build(conn, layout)?;
        if layout.is_adopted {
            count_adopted(conn)?;
        }
        conn.batch(&format!("{NO_TIMEOUT}; ANALYZE events"))
    });
    guard.roll_back();
    done
}

fn build(conn: &PgConn, layout: &Layout) -> Result<()> {
    // A partitioned index cannot be built concurrently; its tables are new and empty.
    let beside = if layout.is_partitioned { "" } else { "CONCURRENTLY" };
    let seq = if layout.is_adopted {
        format!("({})", ADOPTED_SEQ)
    } else {
        "ingest_seq".to_owned()
    };
    for (name, what) in [
        ("idx_events_ingest_seq", format!("({seq})")),
        (
            "idx_events_host",
            "(substr(source_id, 1, 500), timestamp_ns)".to_owned(),
        ),
        ("idx_events_words", format!("USING gin (({}))", layout.terms())),
    ] {
        let invalid = format!(
            "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('{name}') AND NOT indisvalid"
        );
        if conn.int(&invalid)? > 0 {
            // A process died while it built the index.
            conn.batch(&format!("{NO_TIMEOUT}; DROP INDEX {name}"))?;
        }
        conn.outside_transaction(&format!(
            "CREATE INDEX {beside} IF NOT EXISTS {name} ON {}.events {what}",
            layout.schema
        ))?;
    }
    Ok(())
}

/// Returns whether the rows of an adopted table are counted: an empty block after them says so.
fn is_counted(conn: &PgConn) -> Result<bool> {
    Ok(conn.int("SELECT count(*) FROM event_tallies WHERE last_seq = 0")? > 0)
}

/// Sums up the rows of an adopted table in steps of their numbers. Rows that are inserted meanwhile have other numbers.
fn count_adopted(conn: &PgConn) -> Result<()> {
    let last_counted = "SELECT coalesce(max(last_seq), (-9223372036854775808)::bigint) FROM event_tallies";
    if is_counted(conn)? {
        return Ok(());
    }
    let seq = ADOPTED_SEQ;
    let begin = format!("BEGIN; {NO_TIMEOUT}");
    loop {
        conn.begin(&begin)?;
        let after = conn.int(last_counted)?;
        let next =
            format!("SELECT {seq} FROM events WHERE {seq} > {after} AND {seq} < 0 ORDER BY {seq} LIMIT 1");
        let Some(next) = conn.ask(&next)?.and_then(|text| text.parse::<i64>().ok()) else {
            break;
        };
        let first = next.div_euclid(ADOPTED_STEP).saturating_mul(ADOPTED_STEP);
        let last = first + (ADOPTED_STEP - 1);
        let rows = conn.int(&format!(
            "SELECT count(*) FROM events WHERE {seq} BETWEEN {first} AND {last}"
        ))?;
        let parts = rows / ADOPTED_AT_ONCE + 1;
        let part = ADOPTED_STEP / parts;
        for number in 0..parts {
            let from = first + number * part;
            let to = if number + 1 == parts {
                last
            } else {
                from + part - 1
            };
            sum_up(conn, from, to)?;
        }
        conn.commit()?;
    }
    sum_up(conn, 0, 0)?;
    conn.commit()
}

fn sum_up(conn: &PgConn, first: i64, last: i64) -> Result<()> {
    let bounds: [Param<'_>; 2] = [first.into(), last.into()];
    conn.execute(&conn.statements().close_range, &bounds)?;
    conn.execute(&conn.statements().close_counts, &bounds)?;
    tally::close_block(conn, first, last)
}

impl State {
    /// Reads the state of a database.
    pub(super) fn of(conn: &PgConn) -> Result<State> {
        let has = |table: &str| conn.int(&format!("SELECT (to_regclass('{table}') IS NOT NULL)::int"));
        let mut state = State::default();
        if has("schema_version")? > 0 {
            state.seerflow = conn.int("SELECT coalesce(max(version), 0) FROM schema_version")?;
        }
        if has("libseerflow_migrations")? > 0 {
            let rows =
                conn.list("SELECT number || ' ' || checksum FROM libseerflow_migrations ORDER BY number")?;
            state.applied = rows
                .iter()
                .filter_map(|row| row.split_once(' '))
                .filter_map(|(number, checksum)| Some((number.parse().ok()?, checksum.to_owned())))
                .collect();
        }
        Ok(state)
    }
}

/// A database during a migration.
struct Migrating<'c> {
    conn: &'c PgConn,
    step: Option<Step>,
}

impl Target for Migrating<'_> {
    fn state(&mut self) -> Result<State> {
        State::of(self.conn)
    }

    fn begin(&mut self) -> Result<()> {
        let begun = self.conn.begin(&format!(
            "BEGIN;
            SET LOCAL client_min_messages = warning;
            SET LOCAL statement_timeout = 0;
            {};
            CREATE TABLE IF NOT EXISTS libseerflow_migrations (
                number     BIGINT PRIMARY KEY,
                name       TEXT NOT NULL,
                checksum   TEXT NOT NULL,
                applied_ns BIGINT NOT NULL
            );",
            locks::acquire(locks::MIGRATE)
        ));
        begun.map(|_| ())
    }

    fn apply(&mut self, migration: &Migration) -> Result<()> {
        let [event_key, by_time, message_fts, its_index] = match self.step {
            Some(_) => [
                "event_id, timestamp_ns",
                "PARTITION BY RANGE (timestamp_ns)",
                "",
                "",
            ],
            None => ["event_id", "", MESSAGE_FTS, MESSAGE_FTS_INDEX],
        };
        let script = migration
            .script
            .replace("{event_key}", event_key)
            .replace("{by_time}", by_time)
            .replace("{message_fts}", message_fts)
            .replace("{message_fts_index}", its_index);
        // Building an index has no timeout; waiting for a lock has.
        self.conn.without_timeout(|conn| conn.batch(&script))?;
        self.conn.batch(&format!(
            "INSERT INTO libseerflow_migrations (number, name, checksum, applied_ns) VALUES ({}, '{}', '{}', {})",
            migration.number,
            migration.name,
            migration.checksum(),
            now_ns()
        ))
    }

    fn end(&mut self, commit: bool) -> Result<()> {
        if commit {
            return self.conn.commit();
        }
        self.conn.roll_back();
        Ok(())
    }
}
