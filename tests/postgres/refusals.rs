//! Errors of the server: for one row, with unknown codes, and for all rows, because of missing rights.

use std::time::{Duration, Instant};

use seerflow::record::{Event, EventQuery};
use seerflow::{Engine, ErrorKind, Health, Input, WriteOptions};

use crate::{Database, anytime, assert_sound, database, events, messages, open, put};

/// Creates a trigger that refuses some events with an unspecific SQLSTATE.
fn refuse(database: &Database, which: &str) {
    database.run(&format!(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
            IF {which} THEN RAISE EXCEPTION 'internal trouble' USING ERRCODE = 'XX000'; END IF;
            RETURN new;
         END $$;
         CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse()"
    ));
}

fn lines(count: usize) -> Vec<String> {
    let line = |n| if n % 20 == 7 { "refuse me" } else { "fine" };
    (0..count).map(|n| line(n).to_owned()).collect()
}

#[test]
fn unknown_error_makes_one_dead_letter() {
    let Some(database) = database() else { return };
    let engine = open(&database.url(), &[]);
    engine.start(&anytime()).unwrap();
    refuse(&database, "new.message LIKE '%refuse me%'");
    assert_eq!(put(&engine, events(&lines(50))), 0);
    let stats = engine.stats().buffer;
    assert_eq!((stats.committed, stats.rejected, stats.retries), (47, 3, 0));
    let letters = engine
        .dead_letters()
        .unwrap()
        .dead_letters(None, 10, &anytime())
        .unwrap();
    assert_eq!(letters.len(), 3);
    assert!(
        letters.iter().all(|letter| letter.reason.contains("XX000")),
        "{letters:?}"
    );
    assert_eq!(engine.close(&anytime()).unwrap(), 0);
}

#[test]
fn duplicate_refused_with_an_unknown_error_is_a_duplicate() {
    let Some(database) = database() else { return };
    let engine = open(&database.url(), &[]);
    let lines = lines(50);
    assert_eq!(put(&engine, events(&lines[..20])), 0);
    refuse(
        &database,
        "EXISTS (SELECT FROM events AS e WHERE e.event_id = new.event_id)",
    );
    assert_eq!(put(&engine, events(&lines)), 20);
    assert_eq!(
        engine
            .dead_letters()
            .unwrap()
            .dead_letters(None, 10, &anytime())
            .unwrap(),
        []
    );
    let query = EventQuery {
        limit: 100,
        ..EventQuery::default()
    };
    assert_eq!(messages(&engine, &query).len(), 50);
    assert_sound(&engine);
}

/// A role created for a test, dropped with the value after its database.
struct Role {
    name: String,
    database: Database,
}

impl Role {
    fn new() -> Option<Self> {
        let database = database()?;
        let name = format!("{}_role", database.name());
        database.run_on_server(&format!("CREATE ROLE {name} LOGIN PASSWORD 's3cret'"));
        Some(Self { name, database })
    }

    fn open(&self, options: &[(&str, &str)]) -> Engine {
        let url = self.database.url();
        open(
            &url.replace("postgres@", &format!("{}:s3cret@", self.name)),
            options,
        )
    }

    fn run(&self, sql: &str) {
        self.database.run(&sql.replace("ROLE", &self.name));
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        self.database.drop_role(&self.name);
    }
}

fn write(engine: &Engine) -> seerflow::Result<()> {
    let durable = WriteOptions {
        durable: true,
        ..WriteOptions::default()
    };
    let event = Event {
        message: "an event".into(),
        ..Event::default()
    };
    engine
        .write(
            Input::Events(Box::new([Ok(event)].into_iter())),
            durable,
            &anytime(),
        )
        .map(|_| ())
}

fn degraded(engine: &Engine) -> String {
    match engine.health() {
        Health::Degraded(why) => why.reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn revoked_right_is_reported_at_once_and_events_stored_after_the_grant() {
    let Some(role) = Role::new() else { return };
    role.run("GRANT ALL ON SCHEMA public TO ROLE");
    let engine = role.open(&[]);
    write(&engine).unwrap();
    role.run("ALTER TABLE events OWNER TO postgres; GRANT SELECT ON events TO ROLE");
    let error = write(&engine).unwrap_err();
    assert_eq!(
        (error.kind(), error.is_retriable()),
        (ErrorKind::Permission, false),
        "{error}"
    );
    assert!(
        error.to_string().contains("events") && error.to_string().contains("42501"),
        "{error}"
    );
    assert!(degraded(&engine).contains("42501"));
    assert_eq!(
        engine.flush(&anytime()).unwrap_err().kind(),
        ErrorKind::Permission
    );
    role.run("GRANT ALL ON events TO ROLE; GRANT ALL ON SEQUENCE events_ingest_seq_seq TO ROLE");
    // Retries happen without a call.
    let patience = Instant::now() + Duration::from_secs(30);
    while let Err(error) = engine.flush(&anytime()) {
        assert!(Instant::now() < patience, "{error}");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(engine.health(), Health::Ok);
    assert_eq!(messages(&engine, &EventQuery::default()).len(), 2);
    assert_eq!(engine.close(&anytime()).unwrap(), 0);
}

#[test]
fn missing_right_on_the_schema_is_reported_at_once() {
    let Some(role) = Role::new() else { return };
    let engine = role.open(&[("storage.postgresql_schema", "mine")]);
    for _ in 0..2 {
        let error = write(&engine).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
        assert!(error.to_string().contains("42501"), "{error}");
    }
    // The role can create schemas, but not use this one.
    role.run(&format!(
        "CREATE SCHEMA mine; GRANT CREATE ON DATABASE {} TO ROLE",
        role.database.name()
    ));
    let error = engine.start(&anytime()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
    assert!(
        error
            .to_string()
            .contains("GRANT USAGE, CREATE ON SCHEMA \"mine\""),
        "{error}"
    );
    role.run("GRANT USAGE, CREATE ON SCHEMA mine TO ROLE");
    write(&engine).unwrap();
    assert_eq!(engine.health(), Health::Ok);
}

#[test]
fn views_rules_and_generated_columns_of_other_programs_are_refused() {
    let Some(database) = database() else { return };
    for (schema, undo, what) in [
        (
            "CREATE VIEW events AS SELECT 1 AS event_id",
            "DROP VIEW events",
            "events is a view",
        ),
        (
            "CREATE MATERIALIZED VIEW alerts AS SELECT 1 AS alert_id",
            "DROP MATERIALIZED VIEW alerts",
            "alerts is a view",
        ),
        (
            "CREATE TABLE model_state (key TEXT, data BYTEA GENERATED ALWAYS AS (decode(repeat('00', 9), 'hex')) STORED)",
            "DROP TABLE model_state",
            "model_state.data is a generated column",
        ),
        (
            "CREATE TABLE graph_edges (source_id TEXT); CREATE RULE r AS ON INSERT TO graph_edges DO INSTEAD NOTHING",
            "DROP TABLE graph_edges",
            "graph_edges has a rule",
        ),
        (
            "CREATE VIEW schema_version AS SELECT 7 AS version",
            "DROP VIEW schema_version",
            "schema_version is a view",
        ),
    ] {
        database.run(schema);
        let engine = open(&database.url(), &[]);
        let read = engine.query_events(&EventQuery::default(), &anytime());
        for error in [
            read.map(|_| ()).unwrap_err(),
            engine.start(&anytime()).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Schema, "{schema}: {error}");
            assert!(error.to_string().contains(what), "{schema}: {error}");
        }
        drop(engine);
        database.run(undo);
    }
    let engine = open(&database.url(), &[]);
    engine.start(&anytime()).unwrap();
    // Our own generated columns are accepted.
    open(&database.url(), &[]).start(&anytime()).unwrap();
}
