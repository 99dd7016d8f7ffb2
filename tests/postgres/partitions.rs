//! Partitions by time: created, filled, searched, dropped; and the option checked against the table.

use std::sync::{Arc, Mutex};

use seerflow::log::Logger;
use seerflow::record::{Control, Event, EventQuery};
use seerflow::store::PruneOptions;
use seerflow::{Config, Engine, ErrorKind};

use crate::database::Database;
use crate::{anytime, assert_sound, database, messages, open, put};

const DAY: i64 = 86_400_000_000_000;

/// The start of a day in 2023, in nanoseconds.
const START: i64 = 1_700_006_400_000_000_000 / DAY * DAY;

fn at(time: i64) -> Event<'static> {
    Event {
        timestamp_ns: Some(time),
        message: "of a time".into(),
        related_ips: vec!["192.0.2.1".into()],
        ..Event::default()
    }
}

fn partitions(database: &Database) -> Vec<String> {
    database.run("SELECT relname FROM pg_class JOIN pg_inherits ON inhrelid = oid WHERE inhparent = 'events'::regclass ORDER BY 1")
}

fn prune(engine: &Engine, before_ns: i64) -> u64 {
    let options = PruneOptions {
        before_ns: Some(before_ns),
        max_bytes: None,
    };
    engine
        .maintenance()
        .unwrap()
        .prune(&options, &anytime())
        .unwrap()
        .events
}

fn refused(database: &Database, options: &[(&str, &str)], wanted: &[&str]) {
    let error = open(&database.url(), options).start(&anytime()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    for word in wanted.iter().chain(&["storage.postgresql_partition"]) {
        assert!(error.to_string().contains(word), "{word}: {error}");
    }
}

#[test]
fn partitions_are_created_filled_searched_and_dropped() {
    let Some(database) = database() else { return };
    let options = [("storage.postgresql_partition", "day")];
    let engine = open(&database.url(), &options);
    let (day, start) = (DAY, START);
    let event = |n: i64| Event {
        timestamp_ns: Some(start + n * (day / 10)),
        message: format!("number {n}").into(),
        source_type: "part".into(),
        related_ips: vec![format!("192.0.2.{}", n % 5).into()],
        ..Event::default()
    };
    let mut all: Vec<Event<'_>> = (0..100).map(event).collect();
    all.extend([i64::MIN, i64::MAX].map(|time| Event {
        timestamp_ns: Some(time),
        message: "at an end of time".into(),
        ..Event::default()
    }));
    assert_eq!(put(&engine, all), 0);
    let partitions = || partitions(&database).len();
    // Ten days, today, tomorrow, and the default partition.
    assert_eq!(partitions(), 13);
    let found = |text: &str| {
        let query = EventQuery {
            text: Some(text.into()),
            ..EventQuery::default()
        };
        messages(&engine, &query).len()
    };
    assert_eq!((found("number"), found("end of time")), (100, 2));
    let plan = database
        .run(&format!(
            "EXPLAIN SELECT * FROM events WHERE timestamp_ns BETWEEN {start} AND {}",
            start + day - 1
        ))
        .join("\n");
    assert_eq!(
        plan.matches("on events_2").count(),
        1,
        "one partition is scanned: {plan}"
    );
    // 45 of the days, and the event at the start of time.
    assert_eq!(prune(&engine, start + 4 * day + day / 2), 46);
    assert_eq!(partitions(), 9);
    assert_eq!(database.run("SELECT count(*) FROM entity_events"), ["55"]);
    assert_eq!((found("number"), found("end of time")), (55, 1));
    assert_sound(&engine);
    drop(engine);
    let again = open(&database.url(), &options);
    assert_eq!(put(&again, vec![event(200)]), 0);
    assert_sound(&again);
}

#[test]
fn partitions_are_refused_on_an_unpartitioned_table() {
    let Some(database) = database() else { return };
    open(&database.url(), &[]).start(&Control::unbounded()).unwrap();
    let error = open(&database.url(), &[("storage.postgresql_partition", "week")])
        .start(&Control::unbounded())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
}

#[test]
fn without_the_option_partitions_continue_unchanged() {
    let Some(database) = database() else { return };
    // Nothing is written: only the first opening shows the second one the span of a partition.
    open(&database.url(), &[("storage.postgresql_partition", "week")])
        .start(&anytime())
        .unwrap();
    assert_eq!(partitions(&database).len(), 2);
    let engine = open(&database.url(), &[]);
    assert_eq!(
        put(&engine, vec![at(START), at(START + DAY), at(START + 30 * DAY)]),
        0
    );
    let there = partitions(&database);
    // Two weeks, this one, the next one, and the default partition.
    assert_eq!(there.len(), 5, "{there:?}");
    assert_eq!(database.run("SELECT count(*) FROM events_default"), ["0"]);
    assert_eq!(prune(&engine, START + 15 * DAY), 2);
    assert_eq!(partitions(&database).len(), 4);
    assert_sound(&engine);
}

#[test]
fn span_other_than_the_tables_is_refused() {
    let Some(database) = database() else { return };
    let day = [("storage.postgresql_partition", "day")];
    assert_eq!(put(&open(&database.url(), &day), vec![at(START)]), 0);
    refused(
        &database,
        &[("storage.postgresql_partition", "month")],
        &["is month", "spans a day"],
    );
    assert_eq!(put(&open(&database.url(), &day), vec![at(START + DAY)]), 0);
}

#[test]
fn partitions_with_other_bounds_are_kept() {
    let Some(database) = database() else { return };
    let day = [("storage.postgresql_partition", "day")];
    assert_eq!(put(&open(&database.url(), &day), vec![at(START)]), 0);
    database.run(&format!(
        "CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ({})",
        START - 100 * DAY
    ));
    refused(&database, &day, &["is day", "other times"]);
    let before = partitions(&database);
    let engine = open(&database.url(), &[]);
    assert_eq!(put(&engine, vec![at(START - 200 * DAY), at(START + 9 * DAY)]), 0);
    assert_eq!(database.run("SELECT count(*) FROM events_old"), ["1"]);
    // The newest arrival remains.
    assert_eq!(prune(&engine, START + 20 * DAY), 2);
    assert_eq!(partitions(&database), before);
    assert_sound(&engine);
}

#[test]
fn partitioned_table_without_partitions_requires_the_option() {
    let Some(database) = database() else { return };
    let day = [("storage.postgresql_partition", "day")];
    assert_eq!(put(&open(&database.url(), &day), vec![at(START)]), 0);
    for name in partitions(&database) {
        database.run(&format!("DROP TABLE {name}"));
    }
    refused(&database, &[], &["is needed"]);
}

#[test]
fn failure_to_create_a_partition_is_logged() {
    let Some(database) = database() else { return };
    let mut config = Config::new();
    config.set("storage.backend", "postgresql").unwrap();
    config.set("storage.postgresql_url", &database.url()).unwrap();
    config.set("storage.postgresql_partition", "day").unwrap();
    let said = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&said);
    let logger = Logger::new(move |_, text| heard.lock().unwrap().push(text.to_owned()));
    let engine = Engine::open(&config, logger).unwrap();
    engine.start(&Control::unbounded()).unwrap();
    // Another program stored an event of a day without a partition.
    database.run(&format!(
        "INSERT INTO events (event_id, timestamp_ns, observed_ns, severity_id, source_type, source_id, message)
         VALUES ('00000000-0000-0000-0000-0000000000ff', {START}, 5, 1, '', '', 'first')"
    ));
    assert_eq!(put(&engine, vec![at(START + 1), at(START + DAY)]), 0);
    assert_eq!(database.run("SELECT count(*) FROM events_default"), ["2"]);
    let said = said.lock().unwrap().join("\n");
    let name = partitions(&database)
        .into_iter()
        .find(|name| name.starts_with("events_2023"))
        .unwrap();
    assert_eq!(said.matches("no partition events_2023").count(), 1, "{said}");
    assert!(
        said.contains("default partition") && !said.contains(&name),
        "{said}"
    );
    assert_eq!(messages(&engine, &EventQuery::default()).len(), 3);
}

#[test]
fn role_that_cannot_create_tables_uses_existing_partitions() {
    let Some(database) = database() else { return };
    let day = [("storage.postgresql_partition", "day")];
    assert_eq!(put(&open(&database.url(), &day), vec![at(START)]), 0);
    let role = format!("{}_role", database.name());
    database.run_on_server(&format!("CREATE ROLE {role} LOGIN PASSWORD 'r'"));
    database.run(&format!(
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
         GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"
    ));
    let url = database.url().replace("postgres@", &format!("{role}:r@"));
    let engine = open(&url, &day);
    let stored = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        assert_eq!(put(&engine, vec![at(START + 1), at(START + 5 * DAY)]), 0);
        assert_eq!(prune(&engine, START + DAY), 2);
    }));
    drop(engine);
    let left = database.run("SELECT count(*) FROM events_default; SELECT count(*) FROM events");
    database.drop_role(&role);
    stored.unwrap();
    assert_eq!(left, ["1", "1"]);
}
