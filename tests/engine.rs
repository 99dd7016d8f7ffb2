//! Behaviour specific to SQLite files, through the engine. Behaviour of all back ends is in `conformance/`.

#[path = "services/sound.rs"]
mod sound;

use std::path::Path;
use std::time::Duration;

use seerflow::record::{Control, Event, EventQuery, Total, WriteOutcome};
use seerflow::{Config, Engine, ErrorKind, Health, Input, WriteOptions};
use sound::assert_sound;

fn config(folder: &tempfile::TempDir) -> Config {
    let mut config = Config::new();
    config
        .set(
            "storage.sqlite_path",
            folder.path().join("sub/seerflow.db").to_str().unwrap(),
        )
        .unwrap();
    config
}

fn open(folder: &tempfile::TempDir) -> Engine {
    Engine::open(&config(folder), Default::default()).unwrap()
}

/// Opens an existing file.
fn open_at(path: &Path) -> Engine {
    let mut config = Config::new();
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    Engine::open(&config, Default::default()).unwrap()
}

fn durable() -> WriteOptions {
    WriteOptions {
        durable: true,
        complete: true,
        ..WriteOptions::default()
    }
}

fn anytime() -> Control {
    Control::unbounded()
}

fn write(engine: &Engine, events: Vec<Event<'static>>) -> WriteOutcome {
    engine
        .write(
            Input::Events(Box::new(events.into_iter().map(Ok))),
            durable(),
            &anytime(),
        )
        .unwrap()
}

fn event(time: i64, message: &str) -> Event<'static> {
    Event {
        timestamp_ns: Some(time),
        message: message.to_owned().into(),
        source_type: "test".into(),
        source_id: "host-1".into(),
        ..Event::default()
    }
}

/// Returns the messages of all matching events, page by page.
fn messages(engine: &Engine, query: &EventQuery) -> Vec<String> {
    let mut found = Vec::new();
    let mut query = query.clone();
    loop {
        let page = engine.query_events(&query, &anytime()).unwrap();
        for blob in page.blobs() {
            found.push(
                seerflow::codec::msgpack::decode_event(blob)
                    .unwrap()
                    .message
                    .into_owned(),
            );
        }
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => return found,
        }
    }
}

#[cfg(unix)]
#[test]
fn files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    assert!(
        !folder.path().join("sub").exists(),
        "a file was created before the first use"
    );
    write(&engine, vec![event(1, "a")]);
    let mode = |name: &str| folder.path().join(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("sub"), 0o700);
    for name in ["sub/seerflow.db", "sub/seerflow.db-wal", "sub/seerflow.db-shm"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
}

#[test]
fn opening_a_locked_file_respects_the_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(&folder);
    let path = config.sqlite_path().unwrap();
    std::fs::create_dir(path.parent().unwrap()).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other
        .execute_batch("PRAGMA user_version = 1; BEGIN EXCLUSIVE")
        .unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    let began = std::time::Instant::now();
    let soon = Control::within(Duration::from_millis(100));
    let error = engine.query_events(&EventQuery::default(), &soon).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    // Opening continues and finishes once the file is unlocked.
    other.execute_batch("COMMIT").unwrap();
    let page = engine
        .query_events(&EventQuery::default(), &Control::unbounded())
        .unwrap();
    assert_eq!(page.blobs().count(), 0);
    engine.close(&Control::unbounded()).unwrap();
}

#[test]
fn full_queue_returns_again_with_consumed() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder);
    config.set("storage.queue_events", "2000").unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    engine.start(&Control::unbounded()).unwrap();
    // Another connection holds the write lock, hence nothing can be committed.
    let path = config.sqlite_path().unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let events = (0..5000).map(|n| Ok(event(n, "m")));
    let again = (0..5000).map(|n| Ok(event(n, "m")));
    let soon = || Control::within(Duration::from_millis(50));
    let outcome = engine
        .write(Input::Events(Box::new(events)), WriteOptions::default(), &soon())
        .unwrap();
    assert_eq!((outcome.consumed, outcome.accepted), (1024, 1024));
    let error = engine
        .write(Input::Events(Box::new(again)), WriteOptions::default(), &soon())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Again, "{error}");
    assert!(error.is_retriable());
    let error = engine
        .flush(&Control::within(Duration::from_millis(400)))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(
        matches!(engine.health(), Health::Degraded(_)),
        "{:?}",
        engine.health()
    );
    other.execute_batch("ROLLBACK").unwrap();
    engine.flush(&anytime()).unwrap();
    assert_eq!(engine.health(), Health::Ok);
    assert_eq!(
        engine.maintenance().unwrap().summary(&anytime()).unwrap().events,
        1024
    );
    assert!(engine.stats().buffer.retries > 0);
}

#[test]
fn violation_of_a_foreign_constraint_is_reported_to_its_call() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    write(&engine, vec![event(1, "there")]);
    rusqlite::Connection::open(config(&folder).sqlite_path().unwrap())
        .unwrap()
        .execute_batch("CREATE UNIQUE INDEX one_at_a_time ON events (source_id, timestamp_ns)")
        .unwrap();
    let events = [
        event(2, "good"),
        event(1, "refused"),
        event(3, "good"),
        event(3, "refused"),
    ];
    let too_large = "x".repeat(2 << 20);
    let bad = event(4, &too_large);
    let outcome = write(&engine, [events.to_vec(), vec![bad]].concat());
    let indices: Vec<u64> = outcome.rejected.iter().map(|one| one.index).collect();
    assert_eq!((outcome.accepted, indices), (2, vec![1, 3, 4]));
    assert!(outcome.rejected[0].reason.contains("timestamp_ns"), "{outcome:?}");
    assert_eq!(
        engine
            .dead_letters()
            .unwrap()
            .dead_letters(None, 10, &anytime())
            .unwrap()
            .len(),
        3
    );
    assert_eq!(engine.stats().buffer.rejected, 3);
    assert_eq!(
        messages(&engine, &EventQuery::default()),
        ["good", "good", "there"]
    );
}

#[test]
fn close_reports_events_that_could_not_be_stored() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    engine.start(&Control::unbounded()).unwrap();
    let other = rusqlite::Connection::open(config(&folder).sqlite_path().unwrap()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let events = (0..3).map(|n| Ok(event(n, "m")));
    engine
        .write(
            Input::Events(Box::new(events)),
            WriteOptions::default(),
            &anytime(),
        )
        .unwrap();
    assert_eq!(
        engine
            .close(&Control::within(Duration::from_millis(100)))
            .unwrap(),
        3
    );
    assert_eq!(engine.close(&anytime()).unwrap(), 0);
    assert_eq!(engine.flush(&anytime()).unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(engine.health(), Health::Closed);
}

#[test]
fn durable_write_waiting_in_close_gets_its_outcome() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    engine.start(&Control::unbounded()).unwrap();
    let path = config(&folder).sqlite_path().unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (written, lost) = std::thread::scope(|scope| {
        let write = scope.spawn(|| {
            let events = Input::Events(Box::new(std::iter::once(Ok(event(1, "m")))));
            engine.write(events, durable(), &anytime())
        });
        // The commit waits for the lock, and gets it after close() stopped further attempts.
        std::thread::sleep(Duration::from_millis(100));
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            other.execute_batch("ROLLBACK").unwrap();
        });
        let lost = engine.close(&Control::within(Duration::ZERO)).unwrap();
        (write.join().unwrap(), lost)
    });
    let stored: i64 = rusqlite::Connection::open(&path)
        .unwrap()
        .query_row("SELECT count(*) FROM events", [], |row| row.get(0))
        .unwrap();
    assert_eq!(written.is_ok(), stored == 1, "{written:?}");
    assert_eq!(lost, u64::from(stored == 0));
}

#[test]
fn prune_by_age_and_size_shrinks_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    let make = |n: i64| Event {
        related_ips: vec![format!("192.0.2.{}", n % 200).into()],
        ..event(
            n * 1_000_000_000,
            &format!(
                "connection {n} closed after a while, nothing else of note {}",
                n * 7
            ),
        )
    };
    for chunk in (0..20_000).collect::<Vec<i64>>().chunks(5000) {
        write(&engine, chunk.iter().map(|n| make(*n)).collect());
    }
    engine
        .maintenance()
        .unwrap()
        .checkpoint(&Control::unbounded())
        .unwrap();
    let options = seerflow::store::PruneOptions {
        before_ns: Some(15_000 * 1_000_000_000),
        max_bytes: None,
    };
    let report = engine.maintenance().unwrap().prune(&options, &anytime()).unwrap();
    assert_eq!(report.events, 15_000);
    assert!(report.bytes_after * 2 < report.bytes_before, "{report:?}");
    assert_sound(&engine);
    assert_eq!(
        engine.maintenance().unwrap().summary(&anytime()).unwrap().events,
        5000
    );
    let text = EventQuery {
        text: Some("connection".into()),
        total: Total::Exact,
        ..EventQuery::default()
    };
    assert_eq!(engine.query_events(&text, &anytime()).unwrap().total, Some(5000));
    let options = seerflow::store::PruneOptions {
        before_ns: None,
        max_bytes: Some(report.bytes_after / 2),
    };
    let report = engine.maintenance().unwrap().prune(&options, &anytime()).unwrap();
    assert!(
        report.events > 1000 && report.bytes_after < report.bytes_before,
        "{report:?}"
    );
    assert_sound(&engine);
    write(&engine, vec![make(30_000)]);
    assert_sound(&engine);
}

#[test]
fn dead_letters_do_not_displace_events() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    write(&engine, (0..3000).map(|n| event(n, "kept")).collect());
    engine
        .maintenance()
        .unwrap()
        .checkpoint(&Control::unbounded())
        .unwrap();
    let bytes = engine.maintenance().unwrap().summary(&anytime()).unwrap().bytes;
    let line = "no json, and long ".repeat(200);
    let input = format!("{line}\n").repeat(1500);
    engine
        .write(Input::Ndjson(input.as_bytes()), durable(), &anytime())
        .unwrap();
    let options = seerflow::store::PruneOptions {
        before_ns: None,
        max_bytes: Some(bytes + (1 << 20)),
    };
    let report = engine.maintenance().unwrap().prune(&options, &anytime()).unwrap();
    assert_eq!(report.events, 0);
    assert!((1..=1500).contains(&report.dead_letters), "{report:?}");
    assert!(report.bytes_after <= bytes + (2 << 20), "{report:?}");
    assert_eq!(
        engine.maintenance().unwrap().summary(&anytime()).unwrap().events,
        3000
    );
}

#[test]
fn backup_is_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    write(&engine, (0..3000).map(|n| event(n, "saved")).collect());
    let copy = folder.path().join("copy.db");
    engine
        .maintenance()
        .unwrap()
        .backup(&copy, &anytime(), &mut |_, _| {})
        .unwrap();
    assert_eq!(
        engine
            .maintenance()
            .unwrap()
            .backup(&copy, &anytime(), &mut |_, _| {})
            .unwrap_err()
            .kind(),
        ErrorKind::Invalid
    );
    let restored = open_at(&copy);
    assert_eq!(
        restored
            .maintenance()
            .unwrap()
            .summary(&anytime())
            .unwrap()
            .events,
        3000
    );
    assert_sound(&restored);
}

#[test]
fn moved_file_is_no_longer_written() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    write(&engine, vec![event(1, "before")]);
    let path = config(&folder).sqlite_path().unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let name = |folder: &str| format!("{}{folder}{suffix}", path.display());
        std::fs::rename(name(""), name(".moved")).unwrap();
    }
    // Acknowledged events are in the file at the configured path.
    write(&engine, vec![event(2, "after")]);
    assert_eq!(messages(&engine, &EventQuery::default()), ["after"]);
    drop(engine);
    assert_eq!(messages(&open(&folder), &EventQuery::default()), ["after"]);
}

#[test]
fn orphaned_log_is_not_applied_to_a_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    write(&engine, (0..1000).map(|n| event(n, "before")).collect());
    let path = config(&folder).sqlite_path().unwrap();
    let moved = path.with_extension("moved");
    // `mv` of the main file only: the log remains and contains acknowledged events.
    assert!(
        std::fs::metadata(format!("{}-wal", path.display()))
            .unwrap()
            .len()
            > 0
    );
    std::fs::rename(&path, &moved).unwrap();
    write(&engine, vec![event(1, "after")]);
    assert_eq!(messages(&engine, &EventQuery::default()), ["after"]);
    assert_sound(&engine);
    let moved = open_at(&moved);
    assert_eq!(
        moved.maintenance().unwrap().summary(&anytime()).unwrap().events,
        1000
    );
    assert_sound(&moved);
}

#[test]
fn copy_moved_into_place_is_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    write(&engine, vec![event(1, "saved")]);
    let copy = folder.path().join("copy.db");
    engine
        .maintenance()
        .unwrap()
        .backup(&copy, &anytime(), &mut |_, _| {})
        .unwrap();
    write(&engine, (2..1000).map(|n| event(n, "regretted")).collect());
    let path = config(&folder).sqlite_path().unwrap();
    std::fs::rename(&copy, &path).unwrap();
    assert_eq!(messages(&engine, &EventQuery::default()), ["saved"]);
    write(&engine, vec![event(2000, "new")]);
    assert_eq!(messages(&engine, &EventQuery::default()), ["new", "saved"]);
    assert_sound(&engine);
    drop(engine);
    assert_eq!(messages(&open(&folder), &EventQuery::default()), ["new", "saved"]);
}

#[test]
fn call_on_a_moved_file_ends_before_the_new_one_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    write(&engine, (0..1000).map(|n| event(n, "before")).collect());
    let path = config(&folder).sqlite_path().unwrap();
    std::thread::scope(|scope| {
        let (begun, is_begun) = std::sync::mpsc::channel();
        let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
        let engine = &engine;
        let backup = scope.spawn(move || {
            let copy = engine.location() + ".copy";
            engine
                .maintenance()
                .unwrap()
                .backup(copy.as_ref(), &anytime(), &mut |_, _| {
                    if begun.send(()).is_ok() {
                        let _ = may_go_on.recv_timeout(Duration::from_secs(20));
                    }
                })
        });
        is_begun.recv().unwrap();
        std::fs::rename(&path, path.with_extension("moved")).unwrap();
        let soon = Control::within(Duration::from_millis(300));
        let error = engine.query_events(&EventQuery::default(), &soon).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        drop((go_on, is_begun));
        backup.join().unwrap().unwrap();
        write(engine, vec![event(1, "after")]);
        assert_eq!(messages(engine, &EventQuery::default()), ["after"]);
    });
}

#[test]
fn large_commit_is_summarised_completely() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder);
    for key in ["storage.commit_events", "storage.queue_events"] {
        config.set(key, "200000").unwrap();
    }
    let engine = Engine::open(&config, Default::default()).unwrap();
    engine.start(&anytime()).unwrap();
    // Another connection holds the write lock while the queue fills.
    let other = rusqlite::Connection::open(config.sqlite_path().unwrap()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let events = (0..100_000).map(|n| Ok(event(n, "m")));
    let accepted = engine
        .write(
            Input::Events(Box::new(events)),
            WriteOptions::default(),
            &anytime(),
        )
        .unwrap();
    assert_eq!(accepted.accepted, 100_000);
    other.execute_batch("COMMIT").unwrap();
    engine.flush(&anytime()).unwrap();
    for (table, most) in [("event_ranges", 2_048), ("event_tallies", 8_192)] {
        let left = format!("SELECT 100000 - max(last_seq) FROM {table}");
        let left: i64 = other.query_row(&left, [], |row| row.get(0)).unwrap();
        assert!((0..most).contains(&left), "{table}: {left}");
    }
    assert_sound(&engine);
}

#[test]
fn closed_store_is_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    write(&engine, (0..100).map(|n| event(n, "kept")).collect());
    assert_eq!(messages(&engine, &EventQuery::default()).len(), 100);
    let path = config(&folder).sqlite_path().unwrap();
    engine.close(&anytime()).unwrap();
    assert!(!Path::new(&format!("{}-wal", path.display())).exists());
    let copy = folder.path().join("copy.db");
    std::fs::copy(&path, &copy).unwrap();
    let copy = open_at(&copy);
    assert_eq!(
        copy.maintenance().unwrap().summary(&anytime()).unwrap().events,
        100
    );
}

#[test]
fn database_of_another_program_is_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("theirs.db");
    let theirs = rusqlite::Connection::open(&path).unwrap();
    theirs
        .execute_batch("CREATE TABLE users (id, name); INSERT INTO users VALUES (1, 'x')")
        .unwrap();
    drop(theirs);
    let before = std::fs::read(&path).unwrap();
    let engine = open_at(&path);
    let error = engine
        .query_events(&EventQuery::default(), &anytime())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Schema, "{error}");
    assert!(error.to_string().starts_with(path.to_str().unwrap()), "{error}");
    drop(engine);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn damaged_file_is_named_in_the_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.db");
    std::fs::write(&path, [7; 8192]).unwrap();
    let engine = open_at(&path);
    let error = engine
        .query_events(&EventQuery::default(), &anytime())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    assert!(error.to_string().starts_with(path.to_str().unwrap()), "{error}");
}

#[test]
fn damage_is_reported_without_retries() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    write(&engine, (0..1000).map(|n| event(n, "before")).collect());
    let path = config(&folder).sqlite_path().unwrap();
    engine.close(&anytime()).unwrap();
    let root: i64 = rusqlite::Connection::open(&path)
        .unwrap()
        .query_row(
            "SELECT rootpage FROM sqlite_master WHERE name = 'events'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let page = (root as usize - 1) * 8192;
    bytes[page..page + 8192].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    let engine = open(&folder);
    let began = std::time::Instant::now();
    let events = Input::Events(Box::new(std::iter::once(Ok(event(1, "after")))));
    let error = engine.write(events, durable(), &anytime()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    assert_eq!(engine.flush(&anytime()).unwrap_err().kind(), ErrorKind::Corrupt);
    assert!(matches!(engine.health(), Health::Degraded(_)));
    assert_eq!(engine.close(&anytime()).unwrap(), 1);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

/// Runs itself in a separate process, because the working directory is a property of the process.
#[test]
fn relative_path_is_resolved_when_the_handle_is_created() {
    const CHILD: &str = "SEERFLOW_TEST_CHDIR";
    let Some(folder) = std::env::var_os(CHILD) else {
        let folder = tempfile::tempdir().unwrap();
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "relative_path_is_resolved_when_the_handle_is_created"])
            .env(CHILD, folder.path())
            .output()
            .unwrap();
        assert!(child.status.success(), "{child:?}");
        return;
    };
    let folder = std::fs::canonicalize(folder).unwrap();
    let (start, other) = (folder.join("start"), folder.join("other"));
    std::fs::create_dir(&start).unwrap();
    std::fs::create_dir(&other).unwrap();
    std::env::set_current_dir(&start).unwrap();
    let used = open_at(Path::new("used.db"));
    let unused = open_at(Path::new("unused.db"));
    write(&used, vec![event(1, "first")]);
    std::env::set_current_dir(&other).unwrap();
    write(&used, vec![event(2, "second")]);
    write(&unused, vec![event(3, "third")]);

    assert_eq!(messages(&used, &EventQuery::default()), ["second", "first"]);
    assert_eq!(used.location(), start.join("used.db").display().to_string());
    assert!(start.join("unused.db").exists());
    assert_eq!(std::fs::read_dir(&other).unwrap().count(), 0);
}

#[test]
fn backup_appears_complete_and_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    write(&engine, (0..5_000).map(|time| event(time, "a message")).collect());
    let target = folder.path().join("copies/copy.db");
    std::fs::create_dir(target.parent().unwrap()).unwrap();
    engine
        .maintenance()
        .unwrap()
        .backup(&target, &anytime(), &mut |_, _| {
            assert!(!target.exists(), "the copy is not complete");
        })
        .unwrap();
    assert_eq!(messages(&open_at(&target), &EventQuery::default()).len(), 5_000);

    let taken = folder.path().join("copies/taken.db");
    let refused = engine
        .maintenance()
        .unwrap()
        .backup(&taken, &anytime(), &mut |_, _| {
            std::fs::write(&taken, "not ours").unwrap()
        });
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(std::fs::read(&taken).unwrap(), b"not ours");
    let hidden = std::fs::read_dir(folder.path().join("copies")).unwrap();
    let hidden = hidden.filter(|entry| entry.as_ref().unwrap().file_name().as_encoded_bytes()[0] == b'.');
    assert_eq!(hidden.count(), 0);
}

/// Returns names and contents of the files in a folder, without the shared-memory file, which is rebuilt.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let bytes = if name.ends_with("-shm") {
                Vec::new()
            } else {
                std::fs::read(&path).unwrap()
            };
            (name, bytes)
        })
        .collect();
    files.sort();
    files
}

#[test]
fn reading_a_missing_file_answers_like_an_empty_store() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, writer) = (open(&folder), open(&folder));
    let words = EventQuery {
        text: Some("words".into()),
        total: Total::Exact,
        ..EventQuery::default()
    };
    for query in [EventQuery::default(), words.clone()] {
        assert_eq!(messages(&reader, &query), [] as [&str; 0]);
    }
    assert_sound(&reader);
    let summary = reader.maintenance().unwrap().summary(&anytime()).unwrap();
    assert_eq!((summary.schema_version, summary.events), (0, 0));
    assert_eq!(reader.templates().unwrap().templates(10, &anytime()).unwrap(), []);
    assert_eq!(
        reader
            .dead_letters()
            .unwrap()
            .dead_letters(None, 10, &anytime())
            .unwrap(),
        []
    );
    assert_eq!(
        reader
            .aggregates()
            .unwrap()
            .histogram(None, &EventQuery::default(), 60_000_000_000, &anytime())
            .unwrap(),
        []
    );
    let counts = reader.graph().unwrap().counts(&anytime()).unwrap();
    assert_eq!((counts.vertices, counts.edges), (0, 0));
    let target = folder.path().join("copy.db");
    let refused = reader
        .maintenance()
        .unwrap()
        .backup(&target, &anytime(), &mut |_, _| {})
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
    assert_eq!(files(folder.path()), []);

    write(&writer, vec![event(1, "some words")]);
    assert_eq!(messages(&reader, &words), ["some words"]);
    write(&reader, vec![event(2, "more words")]);
    assert_eq!(messages(&reader, &words), ["more words", "some words"]);
    assert_sound(&reader);
}

#[test]
fn reading_does_not_change_the_log_of_a_killed_program() {
    let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let writer = open(&folder);
    write(&writer, vec![event(1, "in the log")]);
    for (name, _) in files(&folder.path().join("sub")) {
        std::fs::copy(folder.path().join("sub").join(&name), copy.path().join(&name)).unwrap();
    }
    let before = files(copy.path());
    assert_eq!(before.len(), 3);
    let reader = open_at(&copy.path().join("seerflow.db"));
    assert_eq!(messages(&reader, &EventQuery::default()), ["in the log"]);
    assert_sound(&reader);
    reader.close(&anytime()).unwrap();
    assert_eq!(files(copy.path()), before);
}

#[test]
fn reading_leaves_no_log_next_to_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let writer = open(&folder);
    write(&writer, vec![event(1, "in the file")]);
    writer.close(&anytime()).unwrap();
    let place = folder.path().join("sub");
    let before = files(&place);
    assert_eq!(before.len(), 1);
    let reader = open(&folder);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(messages(&reader, &EventQuery::default()), ["in the file"]));
        }
    });
    assert_sound(&reader);
    drop(reader);
    assert_eq!(files(&place), before);
}
