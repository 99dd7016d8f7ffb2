//! The work of queries over two streams, in instructions of SQLite's virtual machine and in rows that PostgreSQL reads: it must not grow
//! with the store.

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use postgres::{Client, NoTls};
use rusqlite::ffi;
use seerflow::codec::msgpack::decode_event;
use seerflow::record::{Control, Event, EventPage, EventQuery};
use seerflow::{Config, Engine, Input, WriteOptions};
use tempfile::TempDir;

use super::common::two_streams;
use super::database::Database;
use super::services::POSTGRES;

/// The instructions of all finished statements of this process.
static INSTRUCTIONS: AtomicU64 = AtomicU64::new(0);

unsafe extern "C" fn count(_: c_uint, _: *mut c_void, statement: *mut c_void, _: *mut c_void) -> c_int {
    // SAFETY: SQLite passes the statement that has finished.
    let steps = unsafe { ffi::sqlite3_stmt_status(statement.cast(), ffi::SQLITE_STMTSTATUS_VM_STEP, 1) };
    INSTRUCTIONS.fetch_add(steps.max(0) as u64, Ordering::Relaxed);
    0
}

unsafe extern "C" fn observe(
    connection: *mut ffi::sqlite3,
    _: *mut *mut c_char,
    _: *const ffi::sqlite3_api_routines,
) -> c_int {
    // SAFETY: SQLite passes a connection that has just been opened.
    unsafe {
        ffi::sqlite3_trace_v2(
            connection,
            ffi::SQLITE_TRACE_PROFILE as c_uint,
            Some(count),
            std::ptr::null_mut(),
        )
    }
}

/// Opens a store and fills it with two streams.
fn filled(config: &Config, count: i64) -> Engine {
    let engine = Engine::open(config, Default::default()).unwrap();
    engine.start(&Control::unbounded()).unwrap();
    two_streams::fill(&engine, count);
    engine
}

/// Asserts that a page has the events that a scan of all events finds.
fn assert_right(name: &str, engine: &Engine, query: &EventQuery, all: &EventPage) {
    let page = engine.query_events(query, &Control::unbounded()).unwrap();
    let words: Vec<&str> = query.text.iter().flat_map(|text| text.split(' ')).collect();
    let is_match = |event: &Event<'_>| {
        let time = event.timestamp_ns.unwrap();
        let entities = event.entity_refs.iter().map(|id| id.to_string());
        words
            .iter()
            .all(|word| event.message.split(' ').any(|other| other == *word))
            && (query.window.from_ns..query.window.to_ns).contains(&time)
            && query
                .source_id
                .as_deref()
                .is_none_or(|host| host == event.source_id)
            && query.min_severity.is_none_or(|least| event.severity_id >= least)
            && query
                .entity
                .iter()
                .all(|wanted| entities.clone().any(|id| id == *wanted))
            && query.cursor.is_none_or(|cursor| time < cursor.timestamp_ns)
    };
    let events = |page: &EventPage| -> Vec<String> {
        let blobs = (0..page.len()).map(|place| decode_event(page.blob(place).unwrap()).unwrap());
        blobs
            .filter(is_match)
            .take(100)
            .map(|event| event.event_id.unwrap().to_string())
            .collect()
    };
    let (found, expected) = (events(&page), events(all));
    assert_eq!(found.len(), page.len(), "{name}: an event does not match");
    assert_eq!(found, expected, "{name}");
}

fn check(engine: &Engine, queries: &[(&'static str, EventQuery)]) {
    let everything = EventQuery {
        limit: 100_000,
        ..EventQuery::default()
    };
    let all = engine.query_events(&everything, &Control::unbounded()).unwrap();
    assert!(all.next.is_none());
    for (name, query) in queries {
        assert_right(name, engine, query, &all);
    }
}

/// Asserts that the work of each query is the same in two stores, the second of which is four times as large.
pub fn assert_bounded(small: &[(&str, u64)], large: &[(&str, u64)], allowance: u64) {
    for ((name, small), (_, large)) in small.iter().zip(large) {
        println!("{name}: {small}, {large}");
    }
    for ((name, small), (_, large)) in small.iter().zip(large) {
        assert!(
            *large <= small + small / 2 + allowance,
            "{name}: {small} became {large}"
        );
    }
}

/// Lets one test at a time count instructions.
pub fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Observes all connections to SQLite that this process opens from now on.
pub fn observe_sqlite() {
    static OBSERVED: Once = Once::new();
    OBSERVED.call_once(|| {
        // SAFETY: the function has the signature of an extension's entry point and may run on any connection.
        let code = unsafe { ffi::sqlite3_auto_extension(Some(observe)) };
        assert_eq!(code, ffi::SQLITE_OK);
    });
}

/// Returns the instructions of a query.
pub fn instructions(engine: &Engine, query: &EventQuery) -> u64 {
    instructions_of(|| {
        engine.query_events(query, &Control::unbounded()).unwrap();
    })
}

/// Returns the instructions of `work`.
pub fn instructions_of(work: impl FnOnce()) -> u64 {
    let before = INSTRUCTIONS.load(Ordering::Relaxed);
    work();
    INSTRUCTIONS.load(Ordering::Relaxed) - before
}

/// Returns a store in a file with two streams.
pub fn sqlite(count: i64) -> (TempDir, Engine) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seerflow.db");
    let mut config = Config::new();
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    let engine = filled(&config, count);
    (folder, engine)
}

#[test]
fn work_does_not_grow_on_sqlite() {
    let _turn = turn();
    observe_sqlite();
    let work = |count| -> Vec<(&'static str, u64)> {
        let (_folder, engine) = sqlite(count);
        let queries = two_streams::queries(&engine, count);
        check(&engine, &queries);
        let work = queries
            .iter()
            .map(|(name, query)| (*name, instructions(&engine, query)));
        work.collect()
    };
    assert_bounded(&work(10_000), &work(40_000), 20_000);
}

/// A store of a thousand million events has half a million ranges, and after a long backfill all of them overlap.
#[test]
fn rare_word_reads_few_of_many_ranges() {
    let _turn = turn();
    observe_sqlite();
    let (folder, engine) = sqlite(10_000);
    let rare = Event {
        message: "exfiltration".into(),
        ..Event::default()
    };
    let durable = WriteOptions {
        durable: true,
        ..WriteOptions::default()
    };
    let rare = Input::Events(Box::new([Ok(rare)].into_iter()));
    engine.write(rare, durable, &Control::unbounded()).unwrap();
    rusqlite::Connection::open(folder.path().join("seerflow.db"))
        .unwrap()
        .execute_batch(
            "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 500000)
             INSERT INTO event_ranges SELECT -2048 * n - 2047, -2048 * n, min_ns - n * 1000000, max_ns
             FROM r, (SELECT min(timestamp_ns) AS min_ns, max(timestamp_ns) AS max_ns FROM events)",
        )
        .unwrap();
    for (words, found) in [("exfiltration", 1), ("unheard", 0), ("connection", 100)] {
        let query = EventQuery {
            text: Some(words.to_owned()),
            ..EventQuery::default()
        };
        let page = engine.query_events(&query, &Control::unbounded()).unwrap();
        assert!(page.len() >= found, "{words}: {}", page.len());
        let work = instructions(&engine, &query);
        assert!(work < 100_000, "{words}: {work} instructions");
        println!("{words}: {work} instructions");
    }
}

/// Returns how many rows the server has read in all tables.
fn rows_read(client: &mut Client) -> u64 {
    let sql = "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_user_tables";
    client.query_one(sql, &[]).unwrap().get::<_, i64>(0) as u64
}

/// A database on a server with two streams.
pub struct Streams {
    config: Config,
    client: Client,
    _database: Database,
}

impl Streams {
    /// Makes the database; returns it with the store that filled it.
    pub fn new(server: &str, count: i64) -> (Self, Engine) {
        let database = Database::new(server);
        let mut config = Config::new();
        config.set("storage.backend", "postgresql").unwrap();
        config.set("storage.postgresql_url", &database.url()).unwrap();
        let engine = filled(&config, count);
        let is_summed_up = || {
            let summary = engine.maintenance().unwrap().summary(&Control::unbounded());
            let summary = summary.unwrap();
            summary.last_seq - summary.watermark < 2_048
        };
        while !is_summed_up() {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let mut streams = Self {
            config,
            client: Client::connect(&database.url(), NoTls).unwrap(),
            _database: database,
        };
        streams.analyze();
        (streams, engine)
    }

    /// Lets the planner know the tables as they are now.
    pub fn analyze(&mut self) {
        self.client.batch_execute("VACUUM (ANALYZE)").unwrap();
    }

    /// Returns how many rows the server reads while `work` uses a new store.
    pub fn rows_read(&mut self, work: impl FnOnce(&Engine)) -> u64 {
        let before = rows_read(&mut self.client);
        let engine = Engine::open(&self.config, Default::default()).unwrap();
        work(&engine);
        // The server counts the rows of a session at its end at the latest.
        engine.close(&Control::unbounded()).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(50));
        rows_read(&mut self.client) - before
    }

    /// Returns how many rows the server reads for a query.
    pub fn rows_of(&mut self, query: &EventQuery) -> u64 {
        self.rows_read(|engine| {
            engine.query_events(query, &Control::unbounded()).unwrap();
        })
    }
}

#[test]
fn work_does_not_grow_on_postgres() {
    let Some(server) = POSTGRES.url() else { return };
    let work = |count| -> Vec<(&'static str, u64)> {
        let (mut streams, engine) = Streams::new(&server, count);
        let queries = two_streams::queries(&engine, count);
        check(&engine, &queries);
        engine.close(&Control::unbounded()).unwrap();
        let work = queries
            .iter()
            .map(|(name, query)| (*name, streams.rows_of(query)));
        work.collect()
    };
    assert_bounded(&work(10_000), &work(40_000), 5_000);
}
