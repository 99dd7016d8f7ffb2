//! Opening a database: to read it as it is; or to write to it, migrated or adopted from Seerflow, with all that must be done outside of
//! a migration's transaction.

use std::sync::Arc;
use std::time::Duration;

use super::conn::{NO_TIMEOUT, PgConn};
use super::layout::{self, Layout};
use super::partition::{self, Step};
use super::pool::Pool;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, now_ns};
use crate::store::migrate::{self, Migration, POSTGRES, State, Target};
use crate::store::sql::{Conn, Param, Statements, absent, tally};

/// Key of the advisory locks: the bytes "seerflow".
const LOCK: i64 = 0x7365_6572_666c_6f77;

/// Held by who migrates.
const MIGRATING: i64 = LOCK;

/// Held by who builds indexes after that.
const FINISHING: i64 = LOCK + 2;

/// Held by who sums up or prunes.
pub const SUMMING: i64 = LOCK + 1;

/// Rows of an adopted table that are counted at once.
const ADOPTED_AT_ONCE: i64 = 20_000;

/// A database as it is found.
pub struct Found {
    /// How the tables are laid out.
    pub layout: Layout,
    /// The statements for these tables.
    pub statements: Arc<Statements>,
    /// What the partitions span that are made.
    pub step: Option<Step>,
    /// What [`names`] said, if tables are missing or must be brought up to date.
    pub incomplete: Option<String>,
}

/// Returns the names of the tables that are there.
pub fn names(conn: &PgConn) -> Result<String> {
    let ours: Vec<String> = absent::tables().map(|(name, _)| format!("'{name}'")).collect();
    let names = format!(
        "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class \
         WHERE pg_table_is_visible(oid) AND relname IN ('libseerflow_migrations', {})",
        ours.join(", ")
    );
    Ok(conn.ask(&names)?.unwrap_or_default())
}

/// Looks at a database to read it; changes nothing. Tables that are missing are read as empty ones.
pub fn look(conn: &PgConn) -> Result<Found> {
    check_encoding(conn)?;
    // Asked first: if tables are made meanwhile, the first transaction finds other names.
    let there = names(conn)?;
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
    Ok(Found {
        layout,
        statements: Arc::new(statements),
        step: None,
        incomplete,
    })
}

/// Migrates and adopts.
pub fn open(
    pool: &Pool,
    conn: &PgConn,
    schema: &str,
    step: Option<Step>,
    control: &Control,
) -> Result<Found> {
    check_encoding(conn)?;
    if !schema.is_empty() && conn.ask("SELECT current_schema()")?.is_none() {
        // Only when it is missing: who may not create one can have it created.
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
    let layout = Layout::read(conn)?;
    if !layout.is_numbered() {
        return Err(Error::new(ErrorKind::Schema, "events.ingest_seq has no sequence"));
    }
    let step = partition::agree(conn, &layout, step)?;
    let statements = Arc::new(Statements::postgres(layout.dialect()));
    conn.speak(&statements);
    finish(pool, conn, &layout, control)?;
    Ok(Found {
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

/// Quotes a name.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Builds the indexes that a migration must not build, since that would keep a running Seerflow from writing, and counts the
/// rows that were there before.
fn finish(pool: &Pool, conn: &PgConn, layout: &Layout, control: &Control) -> Result<()> {
    let is_finished = |conn: &PgConn| -> Result<bool> {
        let indexes = "SELECT count(*) FROM pg_index WHERE indexrelid IN (to_regclass('idx_events_words'), to_regclass('idx_events_ingest_seq')) AND indisvalid";
        Ok(conn.int(indexes)? == 2 && (!layout.is_adopted || is_counted(conn)?))
    };
    if is_finished(conn)? {
        return Ok(());
    }
    // A transaction of another connection holds the lock, because an index cannot be built beside writers within one. At READ COMMITTED it
    // has no snapshot that the building would wait for.
    let guard = pool.connect(control)?;
    let lock = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = 0; \
         SELECT pg_try_advisory_xact_lock({FINISHING})::int"
    );
    // Looked at again and again instead of waited for: building an index beside writers waits for all who wait.
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
    // An index on partitions cannot be built beside writers; those tables are new and empty.
    let beside = if layout.is_partitioned { "" } else { "CONCURRENTLY" };
    let seq = if layout.is_adopted {
        format!("({})", layout::ADOPTED_SEQ)
    } else {
        "ingest_seq".to_owned()
    };
    for (name, what) in [
        ("idx_events_ingest_seq", format!("({seq})")),
        ("idx_events_words", format!("USING gin (({}))", layout.terms())),
    ] {
        let invalid = format!(
            "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('{name}') AND NOT indisvalid"
        );
        if conn.int(&invalid)? > 0 {
            // Somebody died while building it.
            conn.batch(&format!("{NO_TIMEOUT}; DROP INDEX {name}"))?;
        }
        conn.outside_transaction(&format!(
            "CREATE INDEX {beside} IF NOT EXISTS {name} ON {}.events {what}",
            layout.schema
        ))?;
    }
    Ok(())
}

/// The empty block behind the rows without a number says that they are counted.
fn is_counted(conn: &PgConn) -> Result<bool> {
    Ok(conn.int("SELECT count(*) FROM event_tallies WHERE last_seq = 0")? > 0)
}

/// Sums up the rows that were there before the database was adopted, step by step of their numbers. Rows that come meanwhile
/// have numbers of their own.
fn count_adopted(conn: &PgConn) -> Result<()> {
    let last_counted = "SELECT coalesce(max(last_seq), (-9223372036854775808)::bigint) FROM event_tallies";
    if is_counted(conn)? {
        return Ok(());
    }
    let seq = layout::ADOPTED_SEQ;
    let begin = format!("BEGIN; {NO_TIMEOUT}");
    loop {
        conn.begin(&begin)?;
        let after = conn.int(last_counted)?;
        let next =
            format!("SELECT {seq} FROM events WHERE {seq} > {after} AND {seq} < 0 ORDER BY {seq} LIMIT 1");
        let Some(next) = conn.ask(&next)?.and_then(|text| text.parse::<i64>().ok()) else {
            break;
        };
        let first = next
            .div_euclid(layout::ADOPTED_STEP)
            .saturating_mul(layout::ADOPTED_STEP);
        let last = first + (layout::ADOPTED_STEP - 1);
        let rows = conn.int(&format!(
            "SELECT count(*) FROM events WHERE {seq} BETWEEN {first} AND {last}"
        ))?;
        let parts = rows / ADOPTED_AT_ONCE + 1;
        let part = layout::ADOPTED_STEP / parts;
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
    /// Reads the state of a database; writes nothing.
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

/// A database that is migrated.
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
            SELECT pg_advisory_xact_lock({MIGRATING});
            CREATE TABLE IF NOT EXISTS libseerflow_migrations (
                number     BIGINT PRIMARY KEY,
                name       TEXT NOT NULL,
                checksum   TEXT NOT NULL,
                applied_ns BIGINT NOT NULL
            );"
        ));
        begun.map(|_| ())
    }

    fn apply(&mut self, migration: &Migration) -> Result<()> {
        let by_time = match self.step {
            Some(_) => ("event_id, timestamp_ns", "PARTITION BY RANGE (timestamp_ns)"),
            None => ("event_id", ""),
        };
        let script = migration
            .script
            .replace("{event_key}", by_time.0)
            .replace("{by_time}", by_time.1);
        // An index of a table with many rows takes the time that it takes; a lock is waited for as long as ever.
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
