//! The contract of a write and of a query, through the engine on SQLite.

use std::time::Duration;

use seerflow::record::{
    Control, Cursor, EntityType, Event, EventQuery, Field, Order, Template, Total, WriteOutcome, entity_id,
};
use seerflow::{Config, Engine, ErrorKind, Health, Input, WriteOptions};

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

/// Returns all messages that a query finds, walking its pages.
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

/// Both integrity checks find nothing.
fn assert_sound(engine: &Engine) {
    assert_eq!(engine.check(&Control::unbounded()).unwrap(), [] as [String; 0]);
    assert_eq!(
        engine.check_text(&Control::unbounded()).unwrap(),
        [] as [String; 0]
    );
}

#[test]
fn lines_go_in_and_are_found_by_word_entity_and_time() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    assert_eq!(engine.health(), Health::Idle);
    let line = b"<38>Mar 14 01:47:13 web2 sshd[21346]: Accepted password for deploy from 203.0.113.66 port 51514 ssh2\npartial";
    let options = WriteOptions {
        durable: true,
        ..WriteOptions::default()
    };
    let outcome = engine.write(Input::Lines(line), options, &anytime()).unwrap();
    assert_eq!(
        (outcome.accepted, outcome.consumed),
        (1, line.len() - "partial".len())
    );
    let found = |query| messages(&engine, &query);
    assert_eq!(
        found(EventQuery {
            text: Some("password accepted".into()),
            ..EventQuery::default()
        })
        .len(),
        1
    );
    assert_eq!(
        found(EventQuery {
            text: Some("\"password accepted\"".into()),
            ..EventQuery::default()
        })
        .len(),
        0
    );
    assert_eq!(
        found(EventQuery {
            text: Some("\"accepted passwords\"".into()),
            ..EventQuery::default()
        })
        .len(),
        1
    );
    for (kind, value) in [
        (EntityType::Ip, "203.0.113.66"),
        (EntityType::User, "deploy"),
        (EntityType::Host, "web2"),
    ] {
        let entity = entity_id(kind, value).unwrap().to_string();
        assert_eq!(
            found(EventQuery {
                entity: Some(entity),
                ..EventQuery::default()
            })
            .len(),
            1,
            "{value}"
        );
    }
    assert_eq!(engine.health(), Health::Ok);
    assert_sound(&engine);
}

#[cfg(unix)]
#[test]
fn files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    assert!(
        !folder.path().join("sub").exists(),
        "nothing is made before the first use"
    );
    write(&engine, vec![event(1, "a")]);
    let mode = |name: &str| folder.path().join(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("sub"), 0o700);
    for name in ["sub/seerflow.db", "sub/seerflow.db-wal", "sub/seerflow.db-shm"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
}

#[test]
fn order_and_cursors_are_exact_with_equal_times_and_late_arrivals() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    // Five ranges of arrival, times that repeat, go back, and lie at the extremes.
    let mut times: Vec<i64> = (0..11_000).map(|n: i64| (n * 7919) % 3000 + n).collect();
    times.extend([i64::MIN, i64::MAX, 0, 0, 0, -1]);
    let mut expected: Vec<(i64, usize)> = times.iter().copied().zip(0..).collect();
    for chunk in expected.chunks(777) {
        write(
            &engine,
            chunk
                .iter()
                .map(|(time, n)| event(*time, &format!("word n{n}")))
                .collect(),
        );
    }
    expected.sort_unstable();
    let oldest_first: Vec<String> = expected.iter().map(|(_, n)| format!("word n{n}")).collect();
    let newest_first: Vec<String> = oldest_first.iter().rev().cloned().collect();
    let arrival: Vec<String> = (0..times.len()).map(|n| format!("word n{n}")).collect();
    for limit in [333, 5000, 100_000] {
        for text in [None, Some("word".to_owned())] {
            for source_type in [None, Some("test".to_owned())] {
                for (order, expected) in [
                    (Order::Newest, &newest_first),
                    (Order::Oldest, &oldest_first),
                    (Order::Arrival, &arrival),
                ] {
                    let query = EventQuery {
                        limit,
                        order,
                        text: text.clone(),
                        source_type: source_type.clone(),
                        ..EventQuery::default()
                    };
                    let found = messages(&engine, &query);
                    assert!(
                        found == *expected,
                        "limit {limit} {order:?} text {text:?} source {source_type:?}"
                    );
                }
            }
        }
    }
    let page = engine
        .query_events(
            &EventQuery {
                limit: 10,
                page: 3,
                total: Total::Exact,
                ..EventQuery::default()
            },
            &anytime(),
        )
        .unwrap();
    assert_eq!(page.total, Some(times.len() as u64));
    let first = seerflow::codec::msgpack::decode_event(page.blob(0).unwrap()).unwrap();
    assert_eq!(first.message, newest_first[20]);
    let capped = EventQuery {
        total: Total::Capped(50),
        text: Some("word".into()),
        ..EventQuery::default()
    };
    assert_eq!(engine.query_events(&capped, &anytime()).unwrap().total, Some(50));
    assert_sound(&engine);
}

#[test]
fn the_histogram_counts_closed_ranges_and_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    let minute = 60_000_000_000;
    for chunk in (0..5000).collect::<Vec<i64>>().chunks(1000) {
        write(
            &engine,
            chunk
                .iter()
                .map(|n| event((n % 10 - 5) * minute + 1, "m"))
                .collect(),
        );
    }
    let buckets = engine
        .histogram(-5 * minute, 5 * minute, 5 * minute, &anytime())
        .unwrap();
    assert_eq!(buckets, [(-5 * minute, 2500), (0, 2500)]);
    assert_eq!(engine.summary(&anytime()).unwrap().events, 5000);
}

#[test]
fn a_batch_key_makes_a_repeated_write_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    let lines = b"Mar 14 01:47:13 web2 app: one\nMar 14 01:47:14 web2 app: two\nno time at all\n";
    let write = || {
        let options = WriteOptions {
            batch_key: Some(b"chunk-7".to_vec()),
            ..durable()
        };
        engine.write(Input::Lines(lines), options, &anytime()).unwrap()
    };
    assert_eq!((write().accepted, write().duplicates), (3, 3));
    assert_eq!(messages(&engine, &EventQuery::default()).len(), 3);
}

#[test]
fn bad_records_become_dead_letters_and_the_others_are_stored() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    let input = b"{\"message\":\"good\"}\nnot json\n{\"message\":\"late\",\"timestamp_ns\":9223372036854775808}\n{\"message\":\"good too\"}\n";
    let outcome = engine.write(Input::Ndjson(input), durable(), &anytime()).unwrap();
    assert_eq!((outcome.accepted, outcome.consumed), (2, input.len()));
    let indices: Vec<u64> = outcome.rejected.iter().map(|rejection| rejection.index).collect();
    assert_eq!(indices, [1, 2]);
    assert!(
        outcome.rejected[1].reason.contains("timestamp_ns"),
        "{}",
        outcome.rejected[1].reason
    );
    let letters = engine.dead_letters(i64::MAX, 10, &anytime()).unwrap();
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[1].payload, b"not json");
    assert_eq!(letters[0].format, "ndjson");
}

#[test]
fn a_full_queue_answers_again_and_says_how_far_it_came() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder);
    config.set("storage.queue_events", "2000").unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    engine.start().unwrap();
    // Another program holds the write lock: nothing can be committed.
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
    assert_eq!(engine.summary(&anytime()).unwrap().events, 1024);
    assert!(engine.stats().buffer.retries > 0);
}

#[test]
fn close_reports_what_could_not_be_stored() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    engine.start().unwrap();
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
fn a_durable_write_that_waits_in_close_is_told_what_became_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    engine.start().unwrap();
    let path = config(&folder).sqlite_path().unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (written, lost) = std::thread::scope(|scope| {
        let write = scope.spawn(|| {
            let events = Input::Events(Box::new(std::iter::once(Ok(event(1, "m")))));
            engine.write(events, durable(), &anytime())
        });
        // The commit waits for the lock. It gets it after closing has given up on new tries.
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
fn templates_keep_the_first_time_and_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    let template = |count, first, last| Template {
        template_id: 4_294_967_296,
        template_str: format!("failed <*> {count}"),
        first_seen_ns: first,
        last_seen_ns: last,
        event_count: count,
        example_message: Some(format!("example {count}")),
    };
    engine
        .write_templates(&[template(2, 10, 20), template(3, 5, 15)], &anytime())
        .unwrap();
    let expected = Template {
        template_str: "failed <*> 3".into(),
        event_count: 5,
        ..template(2, 10, 20)
    };
    assert_eq!(engine.templates(10, &anytime()).unwrap(), [expected]);
    assert_eq!(engine.prune_templates(0, &anytime()).unwrap(), 0);
    assert_eq!(
        engine.prune_templates(-1, &anytime()).unwrap_err().kind(),
        ErrorKind::Invalid
    );
    assert_eq!(engine.prune_templates(6, &anytime()).unwrap(), 1);
}

#[test]
fn filters_hold_together() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    let make = |n: i64| Event {
        severity_id: n % 7,
        source_type: format!("s{}", n % 3).into(),
        source_id: format!("h{}", n % 2).into(),
        template_id: n % 5 - 1,
        related_ips: vec![format!("192.0.2.{}", n % 4).into()],
        ..event(n / 2, if n % 11 == 0 { "rare word" } else { "common words" })
    };
    write(&engine, (0..3000).map(make).collect());
    let entity = entity_id(EntityType::Ip, "192.0.2.1").unwrap().to_string();
    // Every combination of filters against the same filter written in Rust.
    for mask in 0..128u32 {
        let on = |bit: u32| mask & (1 << bit) != 0;
        let query = EventQuery {
            from_ns: if on(0) { 100 } else { i64::MIN },
            to_ns: if on(0) { 900 } else { i64::MAX },
            source_type: on(1).then(|| "s1".into()),
            source_id: on(2).then(|| "h1".into()),
            min_severity: on(3).then_some(4),
            template_id: on(4).then_some(2),
            entity: on(5).then(|| entity.clone()),
            text: on(6).then(|| "rare".into()),
            limit: 70,
            total: Total::Exact,
            ..EventQuery::default()
        };
        let mut expected: Vec<(i64, i64)> = (0..3000i64)
            .filter(|n| !on(0) || (100..=900).contains(&(n / 2)))
            .filter(|n| !on(1) || n % 3 == 1)
            .filter(|n| !on(2) || n % 2 == 1)
            .filter(|n| !on(3) || n % 7 >= 4)
            .filter(|n| !on(4) || n % 5 - 1 == 2)
            .filter(|n| !on(5) || n % 4 == 1)
            .filter(|n| !on(6) || n % 11 == 0)
            .map(|n| (n / 2, n))
            .collect();
        for order in [Order::Newest, Order::Oldest, Order::Arrival] {
            let query = EventQuery {
                order,
                ..query.clone()
            };
            match order {
                Order::Newest => expected.sort_by(|a, b| b.cmp(a)),
                _ => expected.sort(),
            }
            let page = engine.query_events(&query, &anytime()).unwrap();
            assert_eq!(page.total, Some(expected.len() as u64), "{query:?}");
            let mut times = Vec::new();
            let mut cursor: Option<Cursor> = None;
            loop {
                let page = engine
                    .query_events(
                        &EventQuery {
                            cursor,
                            ..query.clone()
                        },
                        &anytime(),
                    )
                    .unwrap();
                times.extend(page.blobs().map(|blob| {
                    seerflow::codec::msgpack::find(blob, Field::TimestampNs)
                        .unwrap()
                        .int()
                        .unwrap()
                }));
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            assert!(
                times == expected.iter().map(|(time, _)| *time).collect::<Vec<_>>(),
                "{query:?}"
            );
        }
    }
}

#[test]
fn prune_by_age_and_size_gives_bytes_back() {
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
    engine.checkpoint().unwrap();
    let options = seerflow::store::PruneOptions {
        before_ns: Some(15_000 * 1_000_000_000),
        max_bytes: None,
    };
    let report = engine.prune(&options, &anytime()).unwrap();
    assert_eq!(report.events, 15_000);
    assert!(report.bytes_after * 2 < report.bytes_before, "{report:?}");
    assert_sound(&engine);
    assert_eq!(engine.summary(&anytime()).unwrap().events, 5000);
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
    let report = engine.prune(&options, &anytime()).unwrap();
    assert!(
        report.events > 1000 && report.bytes_after < report.bytes_before,
        "{report:?}"
    );
    assert_sound(&engine);
    write(&engine, vec![make(30_000)]);
    assert_sound(&engine);
}

#[test]
fn a_backup_is_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    write(&engine, (0..3000).map(|n| event(n, "saved")).collect());
    let copy = folder.path().join("copy.db");
    engine.backup(&copy, &anytime(), |_, _| {}).unwrap();
    assert_eq!(
        engine.backup(&copy, &anytime(), |_, _| {}).unwrap_err().kind(),
        ErrorKind::Invalid
    );
    let mut config = Config::new();
    config.set("storage.sqlite_path", copy.to_str().unwrap()).unwrap();
    let restored = Engine::open(&config, Default::default()).unwrap();
    assert_eq!(restored.summary(&anytime()).unwrap().events, 3000);
    assert_sound(&restored);
}

#[test]
fn a_file_that_was_moved_away_is_written_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    write(&engine, vec![event(1, "before")]);
    let path = config(&folder).sqlite_path().unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let name = |folder: &str| format!("{}{folder}{suffix}", path.display());
        std::fs::rename(name(""), name(".moved")).unwrap();
    }
    // What is acknowledged is where the next one will look for it.
    write(&engine, vec![event(2, "after")]);
    assert_eq!(messages(&engine, &EventQuery::default()), ["after"]);
    drop(engine);
    assert_eq!(messages(&open(&folder), &EventQuery::default()), ["after"]);
}

#[test]
fn queries_end_at_a_deadline_and_at_an_interrupt() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    for start in 0..20 {
        write(&engine, (0..2000).map(|n| event(start * 2000 + n, "w")).collect());
    }
    let slow = EventQuery {
        source_id: Some("nobody".into()),
        total: Total::Exact,
        ..EventQuery::default()
    };
    let control = Control {
        deadline: Some(std::time::Instant::now() + Duration::from_micros(300)),
        interrupt: None,
    };
    assert_eq!(
        engine.query_events(&slow, &control).unwrap_err().kind(),
        ErrorKind::Timeout
    );
    let interrupt = seerflow::record::Interrupt::new();
    interrupt.raise();
    let control = Control {
        deadline: None,
        interrupt: Some(interrupt),
    };
    assert_eq!(
        engine.query_events(&slow, &control).unwrap_err().kind(),
        ErrorKind::Interrupted
    );
    assert!(engine.query_events(&slow, &anytime()).unwrap().is_empty());
}
