//! A pooler in transaction mode: each transaction may use another session, which other clients use in between.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use seerflow::record::{Control, Event, EventQuery};
use seerflow::{Engine, ErrorKind};

use crate::{Database, anytime, assert_sound, database, messages, open, put, services};

/// Events written by each store, and events per call.
const EVENTS: u64 = 10_000;
const AT_ONCE: u64 = 100;

fn through_pooler(database: &Database, options: &[(&str, &str)]) -> Option<Engine> {
    let pooler = services::PGBOUNCER_TRANSACTION.url()?;
    Some(open(&database.url_through(&pooler), options))
}

fn written_by(schema: &str, numbers: std::ops::Range<u64>) -> Vec<Event<'static>> {
    let event = |number| Event {
        message: format!("{schema} token{number}").into(),
        source_type: "sshd".into(),
        ..Event::default()
    };
    numbers.map(event).collect()
}

#[test]
fn stores_of_two_schemas_use_their_own_tables() {
    let Some(database) = database() else { return };
    let schemas = ["north", "south"];
    let (mut stores, mut failed) = (Vec::new(), Vec::new());
    for schema in schemas {
        let options = [("storage.postgresql_schema", schema)];
        let Some(store) = through_pooler(&database, &options) else {
            return;
        };
        store.start(&anytime()).unwrap();
        put(&store, written_by(schema, 0..1));
        stores.push((schema, store));
    }
    let is_over = AtomicBool::new(false);
    let reads = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let readers: Vec<_> = stores
            .iter()
            .flat_map(|store| [store, store])
            .map(|(schema, store)| {
                let (is_over, reads) = (&is_over, &reads);
                scope.spawn(move || {
                    let query = EventQuery {
                        text: Some("token0".into()),
                        ..EventQuery::default()
                    };
                    let mut failed = Vec::new();
                    while !is_over.load(Ordering::Relaxed) {
                        reads.fetch_add(1, Ordering::Relaxed);
                        match store.query_events(&query, &anytime()) {
                            Ok(page) if page.blobs().count() == 1 => {}
                            Ok(page) => failed.push(format!("{schema}: {} events", page.blobs().count())),
                            Err(error) => failed.push(error.to_string()),
                        }
                    }
                    failed
                })
            })
            .collect();
        let writers: Vec<_> = stores
            .iter()
            .map(|(schema, store)| {
                scope.spawn(move || {
                    for first in (1..EVENTS).step_by(AT_ONCE as usize) {
                        put(store, written_by(schema, first..EVENTS.min(first + AT_ONCE)));
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        is_over.store(true, Ordering::Relaxed);
        readers
            .into_iter()
            .for_each(|reader| failed.extend(reader.join().unwrap()));
    });
    let mut astray = 0;
    for schema in schemas {
        let wrong = format!("SELECT count(*) FROM {schema}.events WHERE message NOT LIKE '{schema} %'");
        astray += database.run(&wrong)[0].parse::<u64>().unwrap();
    }
    println!(
        "{astray} of {} rows astray, {} of {} reads failed",
        2 * EVENTS,
        failed.len(),
        reads.load(Ordering::Relaxed)
    );
    assert_eq!(astray, 0);
    assert_eq!(failed, [] as [String; 0]);
    for (schema, store) in &stores {
        let rows = format!("SELECT count(*) FROM {schema}.events");
        assert_eq!(database.run(&rows), [EVENTS.to_string()]);
        assert_sound(store);
    }
}

#[test]
fn deadline_cancels_the_statement_behind_a_pooler() {
    let Some(database) = database() else { return };
    let Some(store) = through_pooler(&database, &[]) else {
        return;
    };
    put(&store, written_by("here", 0..10));
    let lock = database.hold("BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE");
    let soon = Control {
        deadline: Some(Instant::now() + Duration::from_millis(300)),
        interrupt: None,
    };
    let error = store.query_events(&EventQuery::default(), &soon).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    let patience = Instant::now() + Duration::from_secs(10);
    while database.run(waiting) != ["0"] {
        assert!(Instant::now() < patience, "the statement still waits");
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(lock);
    assert_eq!(messages(&store, &EventQuery::default()).len(), 10);
}

#[test]
fn transaction_leaves_no_state_in_a_session() {
    let Some(database) = database() else { return };
    let options = [
        ("storage.postgresql_schema", "mine"),
        ("storage.durability", "power"),
    ];
    let Some(store) = through_pooler(&database, &options) else {
        return;
    };
    let twice = || {
        let event = |number| Event {
            event_id: Some(uuid::Uuid::from_u128(number)),
            message: "the same".into(),
            ..Event::default()
        };
        (1..=3).map(event).collect()
    };
    assert_eq!(put(&store, twice()), 0);
    assert_eq!(put(&store, twice()), 3);
    assert_eq!(messages(&store, &EventQuery::default()).len(), 3);
    let pooler = services::PGBOUNCER_TRANSACTION.url().unwrap();
    // Each query may be served by any session that the store used.
    for _ in 0..20 {
        let left = crate::database::run(
            &database.url_through(&pooler),
            "SELECT name FROM pg_prepared_statements
             UNION ALL SELECT relname::text FROM pg_class WHERE relpersistence = 't'
             UNION ALL SELECT locktype FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
             UNION ALL SELECT name FROM pg_settings WHERE source = 'session' AND name <> 'application_name'",
        );
        assert_eq!(left, [] as [String; 0]);
    }
}

#[test]
fn tables_and_sums_are_made_over_the_direct_connection() {
    let Some(database) = database() else { return };
    let nobody = [(
        "storage.postgresql_direct_url",
        "postgresql://postgres@127.0.0.1:1/none",
    )];
    let Some(store) = through_pooler(&database, &nobody) else {
        return;
    };
    assert_eq!(store.start(&anytime()).unwrap_err().kind(), ErrorKind::Io);
    let direct = format!("{}?application_name=direct", database.url());
    let store = through_pooler(&database, &[("storage.postgresql_direct_url", &direct)]).unwrap();
    store.start(&anytime()).unwrap();
    put(&store, written_by("direct", 0..1));
    let sessions = "SELECT count(*) > 0 FROM pg_stat_activity \
        WHERE application_name = 'direct' AND datname = current_database()";
    let end = Instant::now() + Duration::from_secs(60);
    while database.run(sessions) != ["t"] {
        assert!(Instant::now() < end, "no session of the sums");
        std::thread::sleep(Duration::from_millis(50));
    }
}
