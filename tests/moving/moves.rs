//! `transfer::move_storage` between two files.

use seerflow::ErrorKind;
use seerflow::record::{Control, EventQuery, Interrupt, Total};
use seerflow::store::Store;
use seerflow::store::table::Table;
use seerflow::transfer::{MoveOptions, MoveReport, move_storage};
use seerflow::{Engine, Input, WriteOptions};

use crate::source::{alert, anytime, assert_same, config, full, rows, sqlite};

const EVENTS: usize = 5_000;

fn moved(from: &dyn Store, to: &dyn Store, options: MoveOptions) -> seerflow::Result<MoveReport> {
    move_storage(from, to, &options, &anytime(), &mut |_| {})
}

fn checked(report: &MoveReport) {
    assert!(report.verified, "{:#?}", report.tables);
    assert!(report.source_changes.is_empty(), "{:?}", report.source_changes);
}

fn findings(path: &std::path::Path) -> Vec<String> {
    let engine = Engine::open(&config(path), Default::default()).unwrap();
    let mut findings = engine.maintenance().unwrap().check(&anytime()).unwrap();
    findings.extend(engine.maintenance().unwrap().check_text(&anytime()).unwrap());
    findings
}

#[test]
fn every_row_of_every_table_is_moved() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.db", "b.db"].map(|name| folder.path().join(name));
    full(&a, EVENTS);
    let before = std::fs::read(&a).unwrap();
    let (from, to) = (sqlite(&a), sqlite(&b));
    let report = moved(
        &*from,
        &*to,
        MoveOptions {
            batch_rows: 700,
            ..MoveOptions::default()
        },
    )
    .unwrap();
    checked(&report);
    assert_same(&*from, &*to);
    for moved in &report.tables {
        assert!(moved.rows > 0, "{} was empty", moved.table.name());
        assert_eq!(moved.stored, moved.rows, "{}", moved.table.name());
        assert_eq!(moved.unreachable, u64::from(moved.table == Table::AlertTactics));
        assert_eq!(moved.cleaned, 0);
    }
    drop((from, to));
    // The source is only read; derived data is correct in the destination.
    assert!(std::fs::read(&a).unwrap() == before);
    assert_eq!(findings(&b), [""; 0]);
    let engine = |path| Engine::open(&config(path), Default::default()).unwrap();
    let (a, b) = (engine(&a), engine(&b));
    for text in ["accepted password", "without a blob", "café", "203.0.113.66"] {
        let query = EventQuery {
            text: Some(text.into()),
            total: Total::Exact,
            ..EventQuery::default()
        };
        let [a, b] = [&a, &b].map(|engine| engine.query_events(&query, &anytime()).unwrap());
        assert_eq!(a.total, b.total, "{text}");
        assert!(a.blobs().eq(b.blobs()), "{text}");
        assert!(!a.is_empty() || text == "café", "{text}");
        // A cursor of the old store is valid in the new one.
        assert_eq!(a.next, b.next);
    }
    let minute = 60_000_000_000;
    let histogram = |engine: &Engine| {
        engine
            .aggregates()
            .unwrap()
            .histogram(None, &EventQuery::default(), 60 * minute, &anytime())
            .unwrap()
    };
    assert_eq!(histogram(&a), histogram(&b));
    // New events get new arrival numbers.
    let options = WriteOptions {
        durable: true,
        ..WriteOptions::default()
    };
    b.write(Input::Lines(b"one more\n"), options, &anytime()).unwrap();
    assert_eq!(
        b.maintenance().unwrap().summary(&anytime()).unwrap().events,
        a.maintenance().unwrap().summary(&anytime()).unwrap().events + 1
    );
}

#[test]
fn large_arrival_numbers_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.db", "b.db"].map(|name| folder.path().join(name));
    full(&a, 3_000);
    let raw = rusqlite::Connection::open(&a).unwrap();
    // As after years of pruning, then with a gap that no store creates.
    raw.execute_batch(
        "DROP TRIGGER events_fts_update; DELETE FROM event_ranges; DELETE FROM event_counts;
         UPDATE events SET ingest_seq = ingest_seq + 5000000000;
         UPDATE events SET ingest_seq = 4000000000000000000 WHERE ingest_seq = (SELECT max(ingest_seq) FROM events);",
    )
    .unwrap();
    drop(raw);
    let (from, to) = (sqlite(&a), sqlite(&b));
    checked(&moved(&*from, &*to, MoveOptions::default()).unwrap());
    let numbers = |store: &dyn Store| -> Vec<i64> {
        rows(store)[1].1.iter().map(|row| row[0].int().unwrap()).collect()
    };
    let (mut old, new) = (numbers(&*from), numbers(&*to));
    let last = old.len() - 1;
    old[last] = old[last - 1] + 1;
    assert_eq!(new, old);
    drop(to);
    assert_eq!(findings(&b), [""; 0]);
}

#[test]
fn destination_with_rows_is_refused_unless_merged() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.db", "b.db"].map(|name| folder.path().join(name));
    full(&a, 1_000);
    full(&b, 300);
    let (from, to) = (sqlite(&a), sqlite(&b));
    let before = rows(&*to);
    let error = moved(&*from, &*to, MoveOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert!(
        error.to_string().contains("is not empty (templates 30, events"),
        "{error}"
    );
    let resume = MoveOptions {
        resume: true,
        ..MoveOptions::default()
    };
    assert_eq!(
        moved(&*from, &*to, resume).unwrap_err().kind(),
        ErrorKind::Conflict
    );
    assert_eq!(rows(&*to), before);

    let merge = MoveOptions {
        merge: true,
        batch_rows: 333,
        ..MoveOptions::default()
    };
    checked(&moved(&*from, &*to, merge).unwrap());
    let after = rows(&*to);
    let count =
        |rows: &[(Table, Vec<_>)], table: Table| rows.iter().find(|(t, _)| *t == table).unwrap().1.len();
    // Each store made the ids of its events, except for three given ones; the audit trails are equal.
    let source = rows(&*from);
    let events = |rows: &[(Table, Vec<seerflow::store::table::RawRow>)]| count(rows, Table::Events);
    assert_eq!(events(&after), events(&before) + events(&source) - 3);
    for table in [
        Table::Templates,
        Table::Alerts,
        Table::AlertTactics,
        Table::Feedback,
        Table::Edges,
        Table::SigmaRules,
    ] {
        assert_eq!(count(&after, table), count(&before, table), "{}", table.name());
    }
    // Merging again changes nothing.
    let again = moved(&*from, &*to, merge).unwrap();
    checked(&again);
    assert_eq!(again.tables.iter().map(|table| table.stored).sum::<u64>(), 0);
    assert_eq!(rows(&*to), after);
    drop(to);
    assert_eq!(findings(&b), [""; 0]);
}

#[test]
fn merge_keeps_the_newer_row_and_all_verdicts() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.db", "b.db"].map(|name| folder.path().join(name));
    for (path, newer) in [(&a, 3), (&b, 5)] {
        let engine = Engine::open(&config(path), Default::default()).unwrap();
        let alerts = engine.alerts().unwrap();
        for number in [3, 5] {
            let mut one = alert(7);
            one.alert_id = format!("{}-{number}", path.display());
            one.dedup_key = format!("key-{number}");
            one.timestamp_ns = if number == newer { 2_000 } else { 1_000 };
            one.mitre_tactics = vec![format!("tactic-{number}")];
            alerts.write_alerts(&[one], 0, &anytime()).unwrap();
        }
        if path == &b {
            let verdict = seerflow::record::FeedbackEvent {
                alert_id: format!("{}-3", path.display()),
                feedback: "tp".into(),
                origin: "cli".into(),
                ..Default::default()
            };
            assert!(alerts.update_feedback(&verdict, &anytime()).unwrap());
        }
    }
    let (from, to) = (sqlite(&a), sqlite(&b));
    let merge = MoveOptions {
        merge: true,
        ..MoveOptions::default()
    };
    checked(&moved(&*from, &*to, merge).unwrap());
    drop(to);
    let engine = Engine::open(&config(&b), Default::default()).unwrap();
    let alerts = engine.alerts().unwrap();
    let find = |path: &std::path::Path, number: i64| {
        alerts
            .alert(&format!("{}-{number}", path.display()), &anytime())
            .unwrap()
    };
    let taken = find(&a, 3).expect("the newer one took the place");
    assert_eq!((taken.timestamp_ns, taken.feedback.as_str()), (2_000, "tp"));
    assert!(find(&b, 3).is_none() && find(&a, 5).is_none());
    assert_eq!(find(&b, 5).unwrap().timestamp_ns, 2_000);
    // Tactics have the time of the alert that was kept.
    for number in [3, 5] {
        let query = seerflow::record::AlertQuery {
            tactic: Some(format!("tactic-{number}")),
            ..Default::default()
        };
        assert_eq!(
            alerts.query_alerts(&query, &anytime()).unwrap().alerts.len(),
            1,
            "{number}"
        );
    }
}

#[test]
fn interrupted_move_resumes() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b, c] = ["a.db", "b.db", "c.db"].map(|name| folder.path().join(name));
    full(&a, EVENTS);
    full(&c, 10);
    let (from, to) = (sqlite(&a), sqlite(&b));
    let options = MoveOptions {
        batch_rows: 97,
        ..MoveOptions::default()
    };
    let resume = MoveOptions {
        resume: true,
        ..options
    };
    let mut reached = 0;
    for round in 0.. {
        let interrupt = Interrupt::new();
        let control = Control {
            interrupt: Some(interrupt.clone()),
            ..Control::default()
        };
        let mut batches = 0;
        let done = move_storage(
            &*from,
            &*to,
            if round == 0 { &options } else { &resume },
            &control,
            &mut |now| {
                batches += 1;
                if batches > 7 && now.rows > reached {
                    reached = now.rows + 1_500;
                    interrupt.raise();
                }
            },
        );
        match done {
            Ok(report) => {
                assert!(round > 3, "only {round} rounds");
                assert!(report.resumed);
                checked(&report);
                for moved in &report.tables {
                    assert_eq!(moved.stored, moved.rows, "{}", moved.table.name());
                }
                break;
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}"),
        }
        if round == 1 {
            let error = moved(&*from, &*to, options).unwrap_err();
            assert!(
                error.to_string().contains("holds an unfinished move from"),
                "{error}"
            );
            let error = moved(&*sqlite(&c), &*to, resume).unwrap_err();
            assert!(error.to_string().contains("not from"), "{error}");
        }
    }
    assert_same(&*from, &*to);
    // No checkpoint remains. Resuming a finished move, or one that never began, is harmless.
    let over = moved(&*from, &*to, resume).unwrap();
    checked(&over);
    assert_eq!(over.tables.iter().map(|table| table.stored).sum::<u64>(), 0);
    assert_eq!(to.notes(&anytime()).unwrap(), []);
    let fresh = sqlite(&folder.path().join("d.db"));
    assert!(!moved(&*from, &*fresh, resume).unwrap().resumed);
}

#[test]
fn rows_written_during_the_move_are_reported_and_merged() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.db", "b.db"].map(|name| folder.path().join(name));
    full(&a, 1_000);
    let (from, to) = (sqlite(&a), sqlite(&b));
    let mut written = false;
    let report = move_storage(&*from, &*to, &MoveOptions::default(), &anytime(), &mut |_| {
        if !std::mem::replace(&mut written, true) {
            let engine = Engine::open(&config(&a), Default::default()).unwrap();
            let options = WriteOptions {
                durable: true,
                ..WriteOptions::default()
            };
            let event = br#"{"message":"late","related_ips":["192.0.2.77"]}
"#;
            engine.write(Input::Ndjson(event), options, &anytime()).unwrap();
        }
    })
    .unwrap();
    assert!(report.verified);
    let late: Vec<(&str, i64)> = report
        .source_changes
        .iter()
        .map(|(table, rows)| (table.name(), *rows))
        .collect();
    assert_eq!(late, [("events", 1), ("entity_events", 1)]);
    let merge = MoveOptions {
        merge: true,
        ..MoveOptions::default()
    };
    let report = moved(&*from, &*to, merge).unwrap();
    checked(&report);
    assert_eq!(report.tables.iter().map(|table| table.stored).sum::<u64>(), 2);
    assert_same(&*from, &*to);
}

#[test]
fn difference_is_found_in_every_table() {
    let folder = tempfile::tempdir().unwrap();
    let a = folder.path().join("a.db");
    full(&a, 200);
    let from = sqlite(&a);
    for (number, table) in Table::ALL.into_iter().enumerate() {
        let b = folder.path().join(format!("{number}.db"));
        let to = sqlite(&b);
        // Another program writes during the first batch of the last table.
        let column = table.columns()[table.columns().len() - 1].name;
        let mut done = false;
        let report = move_storage(&*from, &*to, &MoveOptions::default(), &anytime(), &mut |now| {
            if now.phase == seerflow::transfer::Phase::Verify || now.table != Table::DeadLetters || done {
                return;
            }
            let raw = rusqlite::Connection::open(&b).unwrap();
            let value = if column == "event_id" { "'other'" } else { "4711" };
            let change = format!(
                "UPDATE {name} SET {column} = {value} WHERE rowid = (SELECT max(rowid) FROM {name})",
                name = table.name()
            );
            let changed = match table {
                Table::EntityEvents => raw.execute(
                    "UPDATE entity_events SET event_id = 'other' WHERE entity_uuid = 'of nobody'",
                    [],
                ),
                Table::DeadLetters | Table::Events | Table::Alerts => {
                    raw.execute(&change.replace("4711", "x'00'"), [])
                }
                _ => raw.execute(&change, []),
            };
            done = changed.unwrap() == 1;
        })
        .unwrap();
        let wrong: Vec<Table> = report
            .tables
            .iter()
            .filter(|moved| moved.difference.is_some())
            .map(|moved| moved.table)
            .collect();
        assert!(done && !report.verified, "{}", table.name());
        assert_eq!(wrong, [table], "{report:?}");
    }
}

#[test]
fn invalid_source_is_refused_and_nothing_created() {
    let folder = tempfile::tempdir().unwrap();
    let [none, empty, to] = ["none.db", "empty.db", "to.db"].map(|name| folder.path().join(name));
    std::fs::write(&empty, "").unwrap();
    let dry = MoveOptions {
        dry_run: true,
        ..MoveOptions::default()
    };
    let error = moved(&*sqlite(&none), &*sqlite(&to), dry).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let error = moved(&*sqlite(&empty), &*sqlite(&to), dry).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Schema, "{error}");
    assert!(!none.exists() && !to.exists());
    assert_eq!(std::fs::read(&empty).unwrap(), b"");
}
