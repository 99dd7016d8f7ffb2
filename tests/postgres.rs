//! Behaviour specific to PostgreSQL: the same search results as SQLite, partitions, schemas, refusals, deadlines, arrival order,
//! concurrent commits. Adoption is tested in `interop.rs`, failures in `faults/`.

#[path = "services/database.rs"]
mod database;
#[path = "postgres/migrating.rs"]
mod migrating;
#[path = "postgres/partitions.rs"]
mod partitions;
#[path = "postgres/pooler.rs"]
mod pooler;
#[path = "postgres/refusals.rs"]
mod refusals;
mod services;
#[path = "postgres/sessions.rs"]
mod sessions;
#[path = "services/sound.rs"]
mod sound;

use std::time::{Duration, Instant};

use database::Database;
use seerflow::codec::msgpack;
use seerflow::record::{Control, Event, EventQuery, Order, Total};
use seerflow::transfer::{Format, export};
use seerflow::{Config, Engine, ErrorKind, Input, WriteOptions};
use sound::assert_sound;

/// Opens a store in a server's database with options.
fn open(url: &str, options: &[(&str, &str)]) -> Engine {
    let mut config = Config::new();
    config.set("storage.backend", "postgresql").unwrap();
    config.set("storage.postgresql_url", url).unwrap();
    for (key, value) in options {
        config.set(key, value).unwrap();
    }
    Engine::open(&config, Default::default()).unwrap()
}

fn database() -> Option<Database> {
    services::POSTGRES.url().map(|url| Database::new(&url))
}

fn anytime() -> Control {
    Control::unbounded()
}

fn put(engine: &Engine, events: Vec<Event<'_>>) -> u64 {
    let durable = WriteOptions {
        durable: true,
        complete: true,
        ..WriteOptions::default()
    };
    let events = Input::Events(Box::new(events.into_iter().map(Ok)));
    engine.write(events, durable, &anytime()).unwrap().duplicates
}

fn messages(engine: &Engine, query: &EventQuery) -> Vec<String> {
    let page = engine.query_events(query, &anytime()).unwrap();
    page.blobs()
        .map(|blob| msgpack::decode_event(blob).unwrap().message.into_owned())
        .collect()
}

/// Returns lines of real logs, and some that are difficult to tokenize.
fn lines() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/loghub");
    let mut lines = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .map(|files| files.map(|file| file.unwrap().path()).collect())
        .unwrap_or_default();
    files.sort();
    for file in files {
        let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
        lines.extend(text.lines().step_by(8).map(str::to_owned));
    }
    lines.extend(
        [
            "the and of to a is not",
            "possibly possible possibility apology apologies apologize psychology",
            "<b>bold</b> &amp; url=https://example.com/a/b.html?x=1&y=2#z user@host.example.org",
            "a-b_c.d/e\\f 1e5 0x1f -7 3.14 1,000,000 ::1 fe80::1%eth0",
            "Ünïcödé CAFÉ naïve ß ẞ İstanbul ΑΘΗΝΑ Москва 日本語 テスト e\u{301}te\u{301}",
            "tab\tnew\u{a0}space—dash “quoted” it's don't",
            "NUL\0inside and \u{1}control\u{7f}",
            "running runner runs ran easily ponies caresses generally generous news new",
        ]
        .map(str::to_owned),
    );
    lines
}

fn events(lines: &[String]) -> Vec<Event<'_>> {
    let event = |(n, line): (usize, &'_ String)| Event {
        event_id: Some(uuid::Uuid::from_u128(n as u128 + 1)),
        timestamp_ns: Some(1_700_000_000_000_000_000 + n as i64),
        observed_ns: Some(1),
        message: format!("{n} {line}").into(),
        source_type: "test".into(),
        ..Event::default()
    };
    lines.iter().enumerate().map(event).collect()
}

/// Returns words with each character of the alphabets that SQLite folds.
fn words_of_alphabets() -> Vec<String> {
    let alphabets = [
        0xaa..=0x24f,
        0x370..=0x52f,
        0x1e00..=0x1fff,
        0x2c60..=0x2c7f,
        0xa640..=0xa69f,
        0xa720..=0xa7ff,
    ];
    let characters: Vec<char> = alphabets
        .into_iter()
        .flatten()
        .filter_map(char::from_u32)
        .collect();
    characters
        .chunks(3)
        .map(|some| some.iter().fold("w".to_owned(), |word, c| format!("{word}{c}x")))
        .collect()
}

/// Returns searches derived from the lines: single words, pairs that may be adjacent, and inflections.
fn searches(lines: &[String]) -> Vec<String> {
    let mut searches = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.is_empty() {
            continue;
        }
        let at = |k: usize| words[(n * 7 + k) % words.len()].replace('"', "");
        searches.push(match n % 5 {
            0 => at(0),
            1 => format!("\"{} {}\"", at(0), at(1)),
            2 => format!("{} {}", at(0), at(3)),
            3 => format!("{}ing", at(0).trim_end_matches("ed")),
            _ => at(0).to_lowercase().chars().rev().collect(),
        });
    }
    searches.extend(
        "the|of and|possibly|possible|possibility|apology|apologize|psychology|cafe|CAFÉ|unicode|1e5|0x1f|example com|\
         \"a b html\"|amp|b|nul|inside|it s|news|new|generous|generally|athhna|αθηνα|москва|istanbul|日本語|ete|ss|\"1 000 000\"|\
         größe|GROSSE|\"mise à jour\"|mise a jour|naïve"
            .split('|')
            .map(str::to_owned),
    );
    for (n, word) in words_of_alphabets().into_iter().enumerate() {
        searches.push(if n % 2 == 0 { word.to_uppercase() } else { word });
    }
    searches
}

/// Returns the searches whose results differ between two stores.
fn differences(sqlite: &Engine, postgres: &Engine, searches: &[String]) -> Vec<String> {
    let (mut differences, mut found) = (Vec::new(), 0);
    for search in searches {
        let query = EventQuery {
            text: Some(search.clone()),
            limit: 10_000,
            total: Total::Exact,
            ..EventQuery::default()
        };
        let theirs = sqlite.query_events(&query, &anytime()).unwrap();
        let ours = postgres.query_events(&query, &anytime()).unwrap();
        found += ours.len();
        if (ours.total, ours.data()) != (theirs.total, theirs.data()) {
            differences.push(format!("{search}: {} of {}", ours.len(), theirs.len()));
        }
    }
    println!(
        "{} searches, {found} events found, {} differences",
        searches.len(),
        differences.len()
    );
    assert!(found > searches.len(), "{found} of {}", searches.len());
    differences
}

#[test]
fn searches_find_the_same_events_as_in_sqlite() {
    let Some(database) = database() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new();
    let path = folder.path().join("seerflow.db");
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    let sqlite = Engine::open(&config, Default::default()).unwrap();
    let postgres = open(&database.url(), &[]);
    let mut lines = lines();
    lines.extend(words_of_alphabets());
    assert_eq!(put(&sqlite, events(&lines)), 0);
    assert_eq!(put(&postgres, events(&lines)), 0);
    let searches = searches(&lines);
    assert_eq!(differences(&sqlite, &postgres, &searches), [] as [String; 0]);
    assert_sound(&postgres);

    // As rows written by Seerflow: the server computes the words of the rows, which takes long. Every third search has some of each kind.
    database.run("UPDATE events SET message_terms = NULL; ANALYZE events");
    let some: Vec<String> = searches.iter().step_by(3).cloned().collect();
    let differences = differences(&sqlite, &postgres, &some);
    assert_eq!(differences, [] as [String; 0]);
}

#[test]
fn duplicates_do_not_change_the_arrival_order() {
    let Some(database) = database() else { return };
    // With more writers, parts of a call may arrive in another order.
    let engine = open(&database.url(), &[("storage.postgresql_writers", "1")]);
    // Of very different lengths, because short rows fill gaps in the server's pages.
    let lines: Vec<String> = (0..900usize).map(|n| "x".repeat(1 + n * 7919 % 3000)).collect();
    let all = events(&lines);
    assert_eq!(put(&engine, all[400..402].to_vec()), 0);
    assert_eq!(put(&engine, all.clone()), 2);
    let query = EventQuery {
        order: Order::Arrival,
        limit: 1000,
        ..EventQuery::default()
    };
    let mut expected: Vec<String> = all.iter().map(|event| event.message.to_string()).collect();
    let first: Vec<String> = expected.drain(400..402).collect();
    assert!(messages(&engine, &query) == [first, expected].concat());
    assert_sound(&engine);
}

#[test]
fn characters_that_text_cannot_hold_are_kept_in_the_event() {
    let Some(database) = database() else { return };
    let engine = open(&database.url(), &[]);
    let long = "s".repeat(100_000);
    let words: String = (0..200_000).map(|n| format!("w{n} ")).collect();
    let event = |message: String, source: String| Event {
        message: message.into(),
        source_type: source.into(),
        ..Event::default()
    };
    let given = vec![
        event("nul\0here".into(), "a\0b".into()),
        event("long".into(), long.clone()),
        event(words.clone(), String::new()),
    ];
    let big = WriteOptions {
        durable: true,
        complete: true,
        ..WriteOptions::default()
    };
    let outcome = engine
        .write(
            Input::Events(Box::new(given.into_iter().map(Ok))),
            big,
            &anytime(),
        )
        .unwrap();
    // The last one exceeds the limit of an event.
    assert_eq!((outcome.accepted, outcome.rejected.len()), (2, 1));
    for (text, source, message) in [("here", "a\0b", "nul\0here"), ("long", &long, "long")] {
        let query = EventQuery {
            text: Some(text.into()),
            source_type: Some(source.into()),
            ..EventQuery::default()
        };
        assert_eq!(messages(&engine, &query), [message], "{text}");
    }
    assert_eq!(
        engine
            .dead_letters()
            .unwrap()
            .dead_letters(None, 10, &anytime())
            .unwrap()
            .len(),
        1
    );
    assert_sound(&engine);
}

/// Values that other writers of PostgreSQL lose: longer than an index entry, NUL, surrogates, times out of range.
#[test]
fn values_beyond_the_limits_of_postgresql_are_stored() {
    let Some(database) = database() else { return };
    let engine = open(&database.url(), &[]);
    // Text that the database cannot compress.
    let noise = |length: usize| -> String {
        let mut state = 1_u64;
        let mut letter = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from(
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                    [(state >> 33) as usize % 62],
            )
        };
        (0..length).map(|_| letter()).collect()
    };
    let words: String = noise(800_000)
        .as_bytes()
        .chunks(10)
        .map(|word| format!("{} ", String::from_utf8_lossy(word)))
        .collect();
    let lines = [
        format!(
            r#"{{"source_type":"{}","message":"long source type"}}"#,
            noise(3_000)
        ),
        format!(
            r#"{{"source_type":"app","source_id":"{}","message":"long source id"}}"#,
            noise(9_000)
        ),
        format!(
            r#"{{"source_type":"app","message":"long user","related_users":["{}"]}}"#,
            noise(9_000)
        ),
        format!(r#"{{"source_type":"app","message":"x {}"}}"#, noise(5_000)),
        format!(r#"{{"source_type":"app","message":"{words}"}}"#),
        r#"{"source_type":"app","message":"nul \u0000 inside","attributes":{"a\u0000b":"c\u0000d"}}"#
            .to_owned(),
        r#"{"source_type":"app\u0000x","message":"nul in source"}"#.to_owned(),
        r#"{"source_type":"app","message":"lone \ud800 surrogate"}"#.to_owned(),
        r#"{"source_type":"app","message":"far","timestamp_ns":"2262-04-11T23:47:16Z"}"#.to_owned(),
        r#"{"source_type":"app","message":"windows epoch","timestamp_ns":"1601-01-01T00:00:00Z"}"#.to_owned(),
        r#"{"@timestamp":"0001-01-01T00:00:00Z","source_type":"app","message":"go zero time"}"#.to_owned(),
        r#"{"@timestamp":"1601-01-01T00:00:00Z","source_type":"app","message":"filetime zero"}"#.to_owned(),
        r#"{"source_type":"app","message":"neighbour ok","timestamp_ns":1705320000000000008}"#.to_owned(),
    ];
    let options = WriteOptions {
        durable: true,
        complete: true,
        ..WriteOptions::default()
    };
    let written = engine
        .write(Input::Ndjson(lines.join("\n").as_bytes()), options, &anytime())
        .unwrap();
    assert_eq!(
        (written.accepted, written.rejected.len()),
        (13, 0),
        "{:?}",
        written.rejected
    );
    let stored = messages(&engine, &EventQuery::default());
    assert_eq!(stored.len(), 13);
    assert!(stored.contains(&words) && stored.iter().any(|message| message == "nul \0 inside"));
    for text in ["neighbour", "surrogate", "inside", "filetime"] {
        let query = EventQuery {
            text: Some(text.into()),
            ..EventQuery::default()
        };
        assert_eq!(messages(&engine, &query).len(), 1, "{text}");
    }
    assert_sound(&engine);
}

#[test]
fn row_refused_by_the_database_becomes_a_dead_letter() {
    let Some(database) = database() else { return };
    let engine = open(&database.url(), &[]);
    engine.start(&Control::unbounded()).unwrap();
    database.run("ALTER TABLE events ADD CONSTRAINT odd CHECK (message NOT LIKE '%refuse me%')");
    let lines: Vec<String> = (0..50)
        .map(|n| {
            if n % 20 == 7 {
                "refuse me".to_owned()
            } else {
                format!("fine {n}")
            }
        })
        .collect();
    assert_eq!(put(&engine, events(&lines)), 0);
    let stats = engine.stats();
    assert_eq!((stats.buffer.committed, stats.buffer.rejected), (47, 3));
    let letters = engine
        .dead_letters()
        .unwrap()
        .dead_letters(None, 10, &anytime())
        .unwrap();
    assert!(
        letters.iter().all(|letter| letter.reason.contains("odd")),
        "{letters:?}"
    );
    assert_eq!(letters.len(), 3);
    assert_sound(&engine);
}

#[test]
fn tables_are_created_in_the_configured_schema() {
    let Some(database) = database() else { return };
    let engine = open(&database.url(), &[("storage.postgresql_schema", "Of \"mine\"")]);
    assert_eq!(put(&engine, events(&["in a schema".to_owned()])), 0);
    let query = EventQuery {
        text: Some("schema".into()),
        order: Order::Arrival,
        ..EventQuery::default()
    };
    assert_eq!(messages(&engine, &query), ["0 in a schema"]);
    assert_eq!(
        database.run("SELECT count(*) FROM \"Of \"\"mine\"\"\".events"),
        ["1"]
    );
    assert_eq!(
        database.run("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"),
        ["0"]
    );
    assert_sound(&engine);
}

#[test]
fn errors_give_the_reason_and_no_password() {
    let Some(database) = database() else { return };
    let role = format!("{}_role", database.name());
    database.run_on_server(&format!("CREATE ROLE {role} LOGIN PASSWORD 's3cret'"));
    let url = database.url().replace("postgres@", &format!("{role}:s3cret@"));
    database.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    let error = open(&url, &[]).start(&Control::unbounded()).unwrap_err();
    database.run_on_server(&format!("DROP ROLE {role}"));
    assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
    let text = error.to_string();
    assert!(
        text.contains("permission denied") && text.contains("42501") && !text.contains("s3cret"),
        "{text}"
    );

    let error = open("postgresql://me:s3cret@127.0.0.1:1/x", &[])
        .start(&Control::unbounded())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert!(!error.to_string().contains("s3cret"), "{error}");
    let error = open(&format!("{}_missing", database.url()), &[])
        .start(&Control::unbounded())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let error = open(&format!("{}?sslmode=require", database.url()), &[])
        .start(&Control::unbounded())
        .unwrap_err();
    assert!(error.to_string().to_lowercase().contains("tls"), "{error}");
}

#[test]
fn query_ends_at_its_deadline_and_keeps_the_connection() {
    let Some(database) = database() else { return };
    let engine = open(&database.url(), &[]);
    engine.start(&Control::unbounded()).unwrap();
    // Another session locks the table.
    let url = database.url();
    let holder = std::thread::spawn(move || {
        database::run(
            &url,
            "BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(3); COMMIT",
        )
    });
    std::thread::sleep(Duration::from_millis(500));
    let began = Instant::now();
    let error = engine
        .query_events(
            &EventQuery::default(),
            &Control::within(Duration::from_millis(300)),
        )
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    holder.join().unwrap();
    assert_eq!(messages(&engine, &EventQuery::default()), [] as [String; 0]);
    let idle = database.run("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'");
    assert_eq!(idle, ["0"]);
}

/// Accepts connections but never sends anything.
fn silent_server() -> (std::net::TcpListener, String) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (
        listener,
        format!("postgresql://me@127.0.0.1:{port}/x?sslmode=disable"),
    )
}

#[test]
fn opening_respects_the_callers_deadline() {
    let (_listener, url) = silent_server();
    let engine = open(&url, &[]);
    let began = Instant::now();
    let soon = Control::within(Duration::from_millis(200));
    let error = engine.query_events(&EventQuery::default(), &soon).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    let events = Input::Events(Box::new(std::iter::once(Ok(Event::default()))));
    let at_once = Control::within(Duration::ZERO);
    let error = engine
        .write(events, WriteOptions::default(), &at_once)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Again, "{error}");
    let interrupt = seerflow::record::Interrupt::new();
    interrupt.raise();
    let interrupted = Control {
        deadline: None,
        interrupt: Some(interrupt),
    };
    let error = engine
        .query_events(&EventQuery::default(), &interrupted)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
    engine.close(&anytime()).unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn silent_replica_costs_a_part_of_the_deadline_once() {
    let Some(database) = database() else { return };
    let (_listener, silent) = silent_server();
    let engine = open(&database.url(), &[("storage.postgresql_read_url", &silent)]);
    put(
        &engine,
        vec![Event {
            message: "here".into(),
            ..Event::default()
        }],
    );
    for most in [1_500, 300] {
        let began = Instant::now();
        let soon = Control::within(Duration::from_secs(4));
        let page = engine.query_events(&EventQuery::default(), &soon).unwrap();
        assert_eq!(page.blobs().count(), 1);
        assert!(
            began.elapsed() < Duration::from_millis(most),
            "{:?}",
            began.elapsed()
        );
    }
}

#[test]
fn arrival_order_waits_for_transactions_with_smaller_numbers() {
    let Some(database) = database() else { return };
    let engine = open(&database.url(), &[]);
    engine.start(&Control::unbounded()).unwrap();
    let url = database.url();
    // Another program takes a number and commits later.
    let slow = std::thread::spawn(move || {
        database::run(
            &url,
            "BEGIN; INSERT INTO events (event_id, timestamp_ns, observed_ns, severity_id, source_type, source_id, message)
             VALUES ('00000000-0000-0000-0000-0000000000ff', 5, 5, 1, '', '', 'slow'); SELECT pg_sleep(1); COMMIT",
        )
    });
    std::thread::sleep(Duration::from_millis(400));
    assert_eq!(put(&engine, events(&["quick".to_owned()])), 0);
    let query = EventQuery {
        order: Order::Arrival,
        ..EventQuery::default()
    };
    // Both events, in the order of their numbers, although the second was committed first.
    assert_eq!(messages(&engine, &query), ["slow", "0 quick"]);
    slow.join().unwrap();
}

/// A page that ends before such a transaction is not the last one; an export must not end there.
#[test]
fn open_transaction_does_not_end_an_export_early() {
    let Some(database) = database() else { return };
    let engine = open(&database.url(), &[]);
    let lines: Vec<String> = (0..3_000).map(|n| format!("before {n}")).collect();
    assert_eq!(put(&engine, events(&lines)), 0);
    let is_summed_up = || {
        engine
            .maintenance()
            .unwrap()
            .summary(&anytime())
            .unwrap()
            .watermark
            > 0
    };
    while !is_summed_up() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let url = database.url();
    let idle = std::thread::spawn(move || {
        let nothing = "BEGIN; DELETE FROM events WHERE event_id = ''; SELECT pg_sleep(6); COMMIT";
        database::run(&url, nothing)
    });
    std::thread::sleep(Duration::from_millis(400));
    // As a process without any earlier state.
    let fresh = open(&database.url(), &[]);
    let export = || {
        let mut out = Vec::new();
        let query = EventQuery::default();
        let mut events = 0;
        let done = export(
            &fresh,
            &query,
            (Format::Ndjson, false),
            &mut out,
            &anytime(),
            &mut |now| {
                events = now.events;
            },
        );
        (events, done)
    };
    let (events, done) = export();
    assert_eq!(done.unwrap_err().kind(), ErrorKind::Busy);
    assert_eq!(events, 2_048);
    idle.join().unwrap();
    assert_eq!(export().1.unwrap().events, 3_000);
}

/// Without Citus, which CI does not have: compares the script with the tables, and the tables with the requirements of Citus.
#[test]
fn citus_script_covers_every_table() {
    let Some(database) = database() else { return };
    open(&database.url(), &[]).start(&anytime()).unwrap();
    database.run(
        "CREATE TABLE placed (name text, key text, beside text);
         CREATE FUNCTION create_reference_table(t regclass) RETURNS void LANGUAGE sql AS
            $$ INSERT INTO placed VALUES (t::text, NULL, NULL) $$;
         CREATE FUNCTION create_distributed_table(t regclass, key text, colocate_with text DEFAULT NULL) RETURNS void LANGUAGE sql AS
            $$ INSERT INTO placed VALUES (t::text, key, colocate_with) $$",
    );
    let script = include_str!("../migrations/postgres/distribute_citus.sql");
    database.run(&script.replace("CREATE EXTENSION IF NOT EXISTS citus;", ""));
    let distributed = database
        .run("SELECT concat_ws(' ', name, key, beside) FROM placed WHERE key IS NOT NULL ORDER BY name");
    assert_eq!(distributed, ["entity_events event_id events", "events event_id"]);
    let forgotten = database.run(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
         AND relname NOT IN (SELECT name FROM placed) AND relname NOT IN ('placed', 'libseerflow_migrations', 'schema_version')",
    );
    assert_eq!(forgotten, [] as [String; 0]);
    let without_the_key = database.run(
        "SELECT indexrelid::regclass FROM pg_index
         WHERE indrelid IN ('events'::regclass, 'entity_events'::regclass) AND indisunique AND NOT EXISTS (
            SELECT FROM pg_attribute WHERE attrelid = indrelid AND attname = 'event_id' AND attnum = ANY (indkey))",
    );
    assert_eq!(without_the_key, [] as [String; 0]);
    let triggers = database.run(
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN ('events'::regclass, 'entity_events'::regclass)",
    );
    assert_eq!(triggers, [] as [String; 0]);
}

/// Stores an event in a transaction of another program, which stays open for two seconds.
fn held(url: String) -> std::thread::JoinHandle<Vec<String>> {
    let other = std::thread::spawn(move || {
        database::run(
            &url,
            "BEGIN; INSERT INTO events (event_id, timestamp_ns, observed_ns, severity_id, source_type, source_id, message)
             VALUES ('00000000-0000-0000-0000-000000000001', 5, 5, 1, '', '', 'theirs'); SELECT pg_sleep(2); COMMIT",
        )
    });
    std::thread::sleep(Duration::from_millis(500));
    other
}

#[test]
fn waiting_commit_does_not_delay_others() {
    let Some(database) = database() else { return };
    let engine = open(&database.url(), &[("storage.postgresql_writers", "2")]);
    engine.start(&anytime()).unwrap();
    let other = held(database.url());
    let started = Instant::now();
    std::thread::scope(|scope| {
        let same = scope.spawn(|| (put(&engine, events(&["ours".to_owned()])), started.elapsed()));
        std::thread::sleep(Duration::from_millis(100));
        let free: Vec<Event<'_>> = (0..100).map(|_| Event::default()).collect();
        assert_eq!(put(&engine, free), 0);
        assert!(
            started.elapsed() < Duration::from_secs(1),
            "{:?}",
            started.elapsed()
        );
        let buffer = engine.stats().buffer;
        assert_eq!((buffer.committed, buffer.queue_events), (100, 1));
        // Some accepted events are not settled yet.
        let soon = Control {
            deadline: Some(Instant::now() + Duration::from_millis(50)),
            interrupt: None,
        };
        assert_eq!(engine.flush(&soon).unwrap_err().kind(), ErrorKind::Timeout);
        engine.flush(&anytime()).unwrap();
        assert!(
            started.elapsed() > Duration::from_secs(1),
            "{:?}",
            started.elapsed()
        );
        assert_eq!(same.join().unwrap().0, 1, "the other program was first");
    });
    other.join().unwrap();
    let buffer = engine.stats().buffer;
    assert_eq!(
        (buffer.committed, buffer.duplicates, buffer.queue_events),
        (100, 1, 0)
    );
    assert_sound(&engine);
}

#[test]
fn concurrent_commits_store_the_same_events_once() {
    const THREADS: usize = 8;
    const EVENTS: usize = 500;
    let Some(database) = database() else { return };
    let options = [
        ("storage.postgresql_writers", "4"),
        ("storage.infer_edges", "true"),
        ("storage.track_templates", "true"),
    ];
    let engine = open(&database.url(), &options);
    let event = |n: usize| Event {
        timestamp_ns: Some(1_700_000_000_000_000_000 + n as i64),
        message: format!("event {n}").into(),
        template_id: 1 + n as i64 % 7,
        related_users: vec![format!("user{}", n % 5).into()],
        related_hosts: vec![format!("host{}", n % 3).into()],
        ..Event::default()
    };
    // Every thread sends the same batches, in a different order.
    let written = |thread: usize| -> (u64, u64) {
        let mut sum = (0, 0);
        for turn in 0..THREADS {
            let batch = (turn * 3 + thread) % THREADS;
            let events = (0..EVENTS).map(move |n| Ok(event(batch * EVENTS + n)));
            let options = WriteOptions {
                durable: true,
                complete: true,
                batch_key: Some(format!("batch {batch}").into_bytes()),
                ..WriteOptions::default()
            };
            let outcome = engine.write(Input::Events(Box::new(events)), options, &anytime());
            let outcome = outcome.unwrap();
            sum = (sum.0 + outcome.accepted, sum.1 + outcome.duplicates);
        }
        sum
    };
    let sums: Vec<(u64, u64)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| scope.spawn(move || written(thread)))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (accepted, duplicates) = sums.iter().fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    let stored = (THREADS * EVENTS) as u64;
    assert_eq!(
        (accepted, duplicates),
        (stored * THREADS as u64, stored * (THREADS as u64 - 1))
    );
    let summary = engine.maintenance().unwrap().summary(&anytime()).unwrap();
    assert_eq!(summary.events, stored);
    let templates = engine.templates().unwrap().templates(100, &anytime()).unwrap();
    assert_eq!(
        templates.iter().map(|one| one.event_count as u64).sum::<u64>(),
        stored
    );
    let edges = engine.edges().unwrap().edges(None, 1000, &anytime()).unwrap();
    assert_eq!(
        edges.iter().map(|edge| edge.event_count as u64).sum::<u64>(),
        stored
    );
    assert_sound(&engine);
}

#[test]
fn concurrent_commits_keep_the_arrival_order() {
    const EVENTS: usize = 20_000;
    let Some(database) = database() else { return };
    let options = [
        ("storage.postgresql_writers", "4"),
        // Many small transactions.
        ("storage.commit_events", "1000"),
    ];
    let engine = open(&database.url(), &options);
    // All have the same time; another program takes numbers of the sequence too.
    let event = |n: usize| Event {
        timestamp_ns: Some(1_700_000_000_000_000_000),
        message: format!("{n:05}").into(),
        ..Event::default()
    };
    engine.start(&anytime()).unwrap();
    let url = database.url();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..20 {
                database::run(
                    &url,
                    "SELECT count(nextval('events_ingest_seq_seq')) FROM generate_series(1, 50)",
                );
            }
        });
        let events = (0..EVENTS).map(|n| Ok(event(n)));
        engine
            .write(
                Input::Events(Box::new(events)),
                WriteOptions::default(),
                &anytime(),
            )
            .unwrap();
        engine.flush(&anytime()).unwrap();
    });
    assert!(engine.stats().buffer.commits > 4);
    let stored: Vec<String> = database.run("SELECT message FROM events ORDER BY ingest_seq");
    assert_eq!(stored.len(), EVENTS);
    assert!(stored.is_sorted());
}
