//! Moves from SQLite to a real PostgreSQL and back.

use std::path::Path;
use std::sync::Arc;

use seerflow::record::{Control, EventQuery, Interrupt, Total, now_ns};
use seerflow::store::Store;
use seerflow::store::table::Table;
use seerflow::transfer::{MoveOptions, MoveReport, Phase, RestoreOptions, move_storage, restore};
use seerflow::{Config, Engine, ErrorKind, Input, WriteOptions};

use crate::command::Place;
use crate::database::Database;
use crate::services::POSTGRES;
use crate::source::{anytime, assert_same, config, dumped, fill, full, rows, sqlite};

fn on(database: &Database) -> Config {
    let mut config = Config::new();
    config.set("storage.backend", "postgresql").unwrap();
    config.set("storage.postgresql_url", &database.url()).unwrap();
    config
}

pub fn postgres(database: &Database) -> Arc<dyn Store> {
    seerflow::store::open(&on(database), &seerflow::log::Logger::default()).unwrap()
}

fn engine(config: &Config) -> Engine {
    Engine::open(config, Default::default()).unwrap()
}

fn moved(from: &dyn Store, to: &dyn Store, options: MoveOptions) -> MoveReport {
    let report = move_storage(from, to, &options, &anytime(), &mut |_| {}).unwrap();
    assert!(report.verified, "{:#?}", report.tables);
    assert!(report.source_changes.is_empty(), "{:?}", report.source_changes);
    report
}

fn findings(engine: &Engine) -> Vec<String> {
    let mut findings = engine.maintenance().unwrap().check(&anytime()).unwrap();
    findings.extend(engine.maintenance().unwrap().check_text(&anytime()).unwrap());
    findings
}

#[test]
fn merge_without_new_rows_uses_no_numbers() {
    let Some(url) = POSTGRES.url() else { return };
    let database = Database::new(&url);
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.db", "b.db"].map(|name| folder.path().join(name));
    full(&a, 500);
    let from = sqlite(&a);
    let merge = MoveOptions {
        merge: true,
        ..MoveOptions::default()
    };
    for to in [config(&b), on(&database)] {
        let store = seerflow::store::open(&to, &Default::default()).unwrap();
        moved(&*from, &*store, MoveOptions::default());
        let again = moved(&*from, &*store, merge);
        assert_eq!(again.tables.iter().map(|table| table.stored).sum::<u64>(), 0);
        let engine = engine(&to);
        let durable = WriteOptions {
            durable: true,
            complete: true,
            ..WriteOptions::default()
        };
        engine
            .write(Input::Lines(b"the next one"), durable, &anytime())
            .unwrap();
        engine.close(&anytime()).unwrap();
        let mut numbers = rows(&*store)[1]
            .1
            .iter()
            .map(|row| row[0].int().unwrap())
            .collect::<Vec<_>>();
        numbers.sort_unstable();
        let [.., before, last] = numbers[..] else {
            panic!("{numbers:?}")
        };
        assert_eq!(last, before + 1, "{}", store.location());
    }
}

#[test]
fn rows_are_unchanged_after_a_move_there_and_back() {
    let Some(url) = POSTGRES.url() else { return };
    let database = Database::new(&url);
    let folder = tempfile::tempdir().unwrap();
    let [a, c] = ["a.db", "c.db"].map(|name| folder.path().join(name));
    full(&a, 5_000);
    let (from, server, back) = (sqlite(&a), postgres(&database), sqlite(&c));
    let report = moved(
        &*from,
        &*server,
        MoveOptions {
            batch_rows: 700,
            ..MoveOptions::default()
        },
    );
    assert!(
        report.tables.iter().map(|table| table.cleaned).sum::<u64>() >= 2,
        "NUL characters were there"
    );
    let returned = moved(&*server, &*back, MoveOptions::default());
    for (there, back) in report.tables.iter().zip(&returned.tables) {
        assert_eq!(
            (there.rows, &there.sha256),
            (back.rows, &back.sha256),
            "{}",
            there.table.name()
        );
    }
    assert_same(&*from, &*back);
    assert!(dumped(&*from) == dumped(&*back), "the dumps differ");
    // Arrival numbers are kept by both back ends.
    let numbers = |store: &dyn Store| -> Vec<i64> {
        rows(store)[1].1.iter().map(|row| row[0].int().unwrap()).collect()
    };
    assert_eq!(numbers(&*from), numbers(&*server));
    drop((from, server, back));

    let [first, server, back] = [config(&a), on(&database), config(&c)].map(|config| engine(&config));
    assert_eq!(findings(&server), [""; 0]);
    assert_eq!(findings(&back), [""; 0]);
    for text in [
        "accepted password",
        "without a blob",
        "\"no header\"",
        "user3 203.0.113.66",
    ] {
        let query = EventQuery {
            text: Some(text.into()),
            total: Total::Exact,
            ..EventQuery::default()
        };
        let pages = [&first, &server, &back].map(|engine| engine.query_events(&query, &anytime()).unwrap());
        assert!(!pages[0].is_empty(), "{text}");
        for page in &pages[1..] {
            assert_eq!((page.total, page.next), (pages[0].total, pages[0].next), "{text}");
            assert!(page.blobs().eq(pages[0].blobs()), "{text}");
        }
    }
    // New rows on the server get new numbers, in every table that assigns them, and are found.
    let before = server.maintenance().unwrap().summary(&anytime()).unwrap();
    fill(&server, 50);
    let after = server.maintenance().unwrap().summary(&anytime()).unwrap();
    assert!(after.events >= before.events + 50 && after.last_seq > before.last_seq);
    assert_eq!(findings(&server), [""; 0]);
}

#[test]
fn loghub_samples_are_unchanged_after_a_move_there_and_back() {
    let Some(url) = POSTGRES.url() else { return };
    let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/loghub");
    if !logs.exists() {
        println!("skipped: no sample logs at {}", logs.display());
        return;
    }
    let database = Database::new(&url);
    let place = Place::new();
    let mut files: Vec<String> = std::fs::read_dir(&logs)
        .unwrap()
        .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
        .collect();
    files.sort();
    assert_eq!(files.len(), 8);
    let mut ingest = vec!["ingest", "-q", "--keep-raw", "--set", "storage.infer_edges=true"];
    ingest.extend(files.iter().map(String::as_str));
    place.ok(&ingest);
    // With alerts, verdicts, models, templates, Sigma state and edges.
    let file = place.path("seerflow.db");
    fill(&engine(&config(&file)), 10);

    let url = database.url();
    let export = |name: &str, settings: &[&str]| -> [Vec<u8>; 2] {
        ["all", "events"].map(|what| {
            let output = place.path(&format!("{name}-{what}"));
            let mut args = vec!["export", what, "-q", "-o", output.to_str().unwrap()];
            args.extend(settings.iter().flat_map(|setting| ["--set", setting]));
            place.ok(&args);
            std::fs::read(&output).unwrap()
        })
    };
    let first = export("first", &[]);
    place.ok(&["migrate", "storage", "--from", "sqlite", "--to", &url]);
    let server = [
        format!("storage.postgresql_url={url}"),
        "storage.backend=postgresql".to_owned(),
    ];
    let server: Vec<&str> = server.iter().map(String::as_str).collect();
    let on_server = export("server", &server);
    place.ok(&["migrate", "storage", "--from", &url, "--to", "sqlite:back.db"]);
    let back = export("back", &["storage.sqlite_path=back.db"]);
    let lines = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
    assert!(lines(&first[1]) > 16_000, "{}", lines(&first[1]));
    assert!(
        first[1] == on_server[1] && first[1] == back[1],
        "export events differs"
    );
    assert!(first[0] == back[0], "export all differs after the way back");
    // The server's texts have no NUL; otherwise its file is equal too.
    let plain = |bytes: &[u8]| {
        String::from_utf8(bytes.to_vec())
            .unwrap()
            .replace("\\u0000", "\u{fffd}")
    };
    assert!(
        plain(&first[0]) == plain(&on_server[0]),
        "export all differs on the server"
    );
    println!(
        "{} events, {} lines of all tables, {} bytes",
        lines(&first[1]),
        lines(&first[0]),
        first[0].len()
    );
}

#[test]
fn dump_of_one_back_end_restores_into_the_other() {
    let Some(url) = POSTGRES.url() else { return };
    let (database, other) = (Database::new(&url), Database::new(&url));
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.db", "b.db"].map(|name| folder.path().join(name));
    full(&a, 1_000);
    let first = dumped(&*sqlite(&a));
    let load = |dump: &[u8], to: &dyn Store, merge: bool| {
        restore(
            &mut &dump[..],
            to,
            RestoreOptions { merge },
            &Control::unbounded(),
            &mut |_| {},
        )
        .unwrap()
    };
    let server = postgres(&database);
    assert_eq!(load(&first, &*server, false).different, []);
    let second = dumped(&*server);
    assert_eq!(load(&second, &*postgres(&other), false).different, []);
    assert!(dumped(&*postgres(&other)) == second);
    let back = sqlite(&b);
    assert_eq!(load(&second, &*back, false).different, []);
    assert!(dumped(&*back) == first);
    let again = load(&first, &*server, true);
    assert_eq!(again.rows.values().map(|(_, stored)| stored).sum::<u64>(), 0);
    assert!(dumped(&*server) == second);
}

#[test]
fn interrupted_move_to_the_server_resumes() {
    let Some(url) = POSTGRES.url() else { return };
    let database = Database::new(&url);
    let folder = tempfile::tempdir().unwrap();
    let a = folder.path().join("a.db");
    full(&a, 3_000);
    let (from, to) = (sqlite(&a), postgres(&database));
    let options = MoveOptions {
        batch_rows: 150,
        resume: true,
        ..MoveOptions::default()
    };
    let (mut reached, mut rounds) = (0, 0);
    loop {
        let interrupt = Interrupt::new();
        let control = Control {
            interrupt: Some(interrupt.clone()),
            ..Control::default()
        };
        let done = move_storage(&*from, &*to, &options, &control, &mut |now| {
            if now.rows > reached + 1_200 && now.phase == Phase::Copy {
                reached = now.rows;
                interrupt.raise();
            }
        });
        match done {
            Ok(report) => {
                assert!(report.verified && report.resumed, "{report:?}");
                break;
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}"),
        }
        rounds += 1;
    }
    assert!(rounds > 3, "{rounds}");
    let server = rows(&*to);
    for ((table, there), (_, here)) in server.iter().zip(&rows(&*from)) {
        assert_eq!(there.len(), here.len(), "{}", table.name());
    }
    assert_eq!(
        database.run("SELECT count(*) FROM pg_class WHERE relname = 'libseerflow_transfer'"),
        ["0"]
    );
}

#[test]
fn merge_into_a_server_in_use_is_repeatable() {
    let Some(url) = POSTGRES.url() else { return };
    let database = Database::new(&url);
    let folder = tempfile::tempdir().unwrap();
    let a = folder.path().join("a.db");
    full(&a, 500);
    let server = engine(&on(&database));
    fill(&server, 300);
    let from = sqlite(&a);
    let to = postgres(&database);
    let error = move_storage(&*from, &*to, &MoveOptions::default(), &anytime(), &mut |_| {}).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    let merge = MoveOptions {
        merge: true,
        batch_rows: 90,
        ..MoveOptions::default()
    };
    moved(&*from, &*to, merge);
    let after = rows(&*to);
    assert_eq!(
        moved(&*from, &*to, merge)
            .tables
            .iter()
            .map(|table| table.stored)
            .sum::<u64>(),
        0
    );
    assert_eq!(rows(&*to), after);
    let count = |table: Table| after.iter().find(|(t, _)| *t == table).unwrap().1.len();
    assert_eq!(count(Table::Alerts), 60);
    assert!(count(Table::Events) > 800, "{}", count(Table::Events));
    let options = WriteOptions {
        durable: true,
        ..WriteOptions::default()
    };
    server
        .write(Input::Lines(b"the server goes on\n"), options, &anytime())
        .unwrap();
    assert_eq!(findings(&server), [""; 0]);
}

#[test]
fn move_to_partitions_and_to_a_named_schema() {
    let Some(url) = POSTGRES.url() else { return };
    let database = Database::new(&url);
    let folder = tempfile::tempdir().unwrap();
    let a = folder.path().join("a.db");
    full(&a, 400);
    let mut config = on(&database);
    config.set("storage.postgresql_partition", "month").unwrap();
    config.set("storage.postgresql_schema", "Of its own").unwrap();
    let to = seerflow::store::open(&config, &seerflow::log::Logger::default()).unwrap();
    let from = sqlite(&a);
    moved(&*from, &*to, MoveOptions::default());
    let again = MoveOptions {
        merge: true,
        ..MoveOptions::default()
    };
    assert_eq!(
        moved(&*from, &*to, again)
            .tables
            .iter()
            .map(|table| table.stored)
            .sum::<u64>(),
        0
    );
    let parts = database.run("SELECT count(*) FROM pg_inherits");
    assert!(parts[0].parse::<u32>().unwrap() >= 6, "{parts:?}");
    assert_eq!(findings(&engine(&config)), [""; 0]);
}

#[test]
fn memory_of_a_move_is_bounded() {
    let Some(url) = POSTGRES.url() else { return };
    let database = Database::new(&url);
    let server = engine(&on(&database));
    server.start(&Control::unbounded()).unwrap();
    // 250 MB of dead letters, more than the memory limit of a move, created on the server.
    database.run(&format!(
        "INSERT INTO dead_letters (received_ns, format, reason, payload)
         SELECT {}, 'x', 'y', convert_to(repeat(md5(n::text), 32000), 'UTF8') FROM generate_series(1, 250) AS n",
        now_ns()
    ));
    let place = Place::new();
    let child = place
        .command(&[
            "-q",
            "migrate",
            "storage",
            "--from",
            &database.url(),
            "--to",
            "sqlite:b.db",
        ])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let peak = peak_memory(child);
    assert!(peak < 180 << 20, "{} MiB", peak >> 20);
    assert_eq!(rows(&*sqlite(&place.path("b.db"))).last().unwrap().1.len(), 250);
}

/// Waits for a process, asserts success and returns its peak memory.
fn peak_memory(child: std::process::Child) -> u64 {
    let mut status = 0;
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: both pointers are valid, and the child is not waited for elsewhere.
    let usage = unsafe {
        assert_eq!(
            libc::wait4(child.id() as i32, &mut status, 0, usage.as_mut_ptr()),
            child.id() as i32
        );
        usage.assume_init()
    };
    assert_eq!(status, 0);
    (usage.ru_maxrss as u64) << 10
}

#[test]
fn keys_the_server_cannot_store_do_not_hide_later_rows() {
    let Some(url) = POSTGRES.url() else { return };
    let database = Database::new(&url);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let source = engine(&config(&file));
    // In source order; the server's version of the first key sorts after the second.
    for key in ["a\0b", "ab", "b"] {
        source
            .models()
            .unwrap()
            .save_model(key, b"x", seerflow::record::ExpectedModel::Any, &anytime())
            .unwrap();
    }
    drop(source);
    let (from, to) = (sqlite(&file), postgres(&database));
    let interrupt = Interrupt::new();
    let control = Control {
        deadline: None,
        interrupt: Some(interrupt.clone()),
    };
    let mut options = MoveOptions {
        batch_rows: 1,
        ..MoveOptions::default()
    };
    let stopped = move_storage(&*from, &*to, &options, &control, &mut |reached| {
        if reached.table == Table::Models && reached.rows > 0 {
            interrupt.raise();
        }
    });
    assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Interrupted);
    options.resume = true;
    let report = move_storage(&*from, &*to, &options, &anytime(), &mut |_| {}).unwrap();
    let models = report
        .tables
        .iter()
        .find(|moved| moved.table == Table::Models)
        .unwrap();
    assert_eq!((models.rows, models.stored), (3, 3));
}
