//! The source of a move is only read: databases made by the real Seerflow, with a role that can only read.
#![cfg(feature = "cli")]

use std::path::Path;
use std::process::Command;

use seerflow::store::table::Table;

use crate::command::Place;
use crate::database::Database;
use crate::services::{POSTGRES, seerflow};
use crate::source::{rows, sqlite};

const EVENTS: usize = 500;

/// Creates a database with events, alerts and edges, with Seerflow.
fn made_by_seerflow(python: &Path, place: &Place, database: &str) {
    let run = |command: &str, lines: Option<String>| {
        let mut child = Command::new(python);
        child
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/peer.py"))
            .args([command, database]);
        if let Some(lines) = lines {
            let file = place.path("lines.ndjson");
            std::fs::write(&file, lines).unwrap();
            child.arg(file);
        }
        let output = child.output().unwrap();
        assert!(
            output.status.success(),
            "{command}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    };
    run("init", None);
    let event = |n: usize| {
        format!(
            r#"{{"event_id":"00000000-0000-4000-8000-{n:012x}","timestamp_ns":{},"observed_ns":{n},"severity_id":{},"message":"by Seerflow {n}","source_type":"sshd","source_id":"web","related_ips":["192.0.2.{}"],"entity_refs":["e{}"]}}"#,
            1_700_000_000_000_000_000 + n as i64 * 60_000_000_000,
            n % 7,
            n % 9,
            n % 9,
        )
    };
    run("write", Some((0..EVENTS).map(|n| event(n) + "\n").collect()));
    let alert = |n: usize| {
        format!(
            r#"{{"alert_id":"00000000-0000-4000-9000-{n:012x}","alert_type":"sigma","timestamp_ns":{n},"severity_id":3,"rule_name":"r","description":"d","entity_uuid":"e{n}","entity_value":"192.0.2.1","entity_type":"ip","contributing_events":[],"mitre_tactics":["t"],"mitre_techniques":[],"risk_score":0.5,"dedup_key":"k{n}","dedup_count":1,"feedback":"","feedback_note":""}}"#
        )
    };
    run("alerts-write", Some((0..20).map(|n| alert(n) + "\n").collect()));
    let edge = r#"{"source_id":"a","target_id":"b","rel_type":"logged_into","timestamp_ns":5}"#;
    run("edges-write", Some(format!("{edge}\n")));
}

/// Dumps a source, runs a dry run, moves it, and checks the contents of `b.db`.
fn read_in_every_way(place: &Place, from: &str, settings: &[&str]) {
    let mut export = vec!["export", "all", "-q", "-o", "source.ndjson"];
    export.extend(settings.iter().flat_map(|setting| ["--set", setting]));
    place.ok(&export);
    let migrate = ["migrate", "storage", "--from", from, "--to", "sqlite:b.db"];
    let (table, _) = place.ok(&[&migrate[..], &["--dry-run"]].concat());
    assert!(table.contains(&EVENTS.to_string()), "{table}");
    assert!(!place.path("b.db").exists());
    let (_, notes) = place.ok(&migrate);
    assert!(notes.contains("verified: "), "{notes}");
    let all = rows(&*sqlite(&place.path("b.db")));
    let count = |table: Table| all.iter().find(|(one, _)| *one == table).unwrap().1.len();
    assert_eq!(
        [
            Table::Events,
            Table::EntityEvents,
            Table::Alerts,
            Table::AlertTactics,
            Table::Edges
        ]
        .map(count),
        [EVENTS, EVENTS, 20, 20, 1]
    );
    let dump = [
        "export",
        "all",
        "-q",
        "-o",
        "moved.ndjson",
        "--set",
        "storage.sqlite_path=b.db",
    ];
    place.ok(&dump);
    // Equal, except for the arrival numbers, which the new store assigns.
    let lines = |name: &str| -> Vec<String> {
        let text = std::fs::read_to_string(place.path(name)).unwrap();
        let row = |line: &str| {
            let mut row: serde_json::Value = serde_json::from_str(line).unwrap();
            row.as_object_mut().unwrap().remove("ingest_seq");
            row.to_string()
        };
        text.lines().map(row).collect()
    };
    assert!(lines("source.ndjson") == lines("moved.ndjson"));
}

#[test]
fn moving_a_file_of_seerflow_does_not_change_it() {
    let Some(python) = seerflow() else { return };
    let place = Place::new();
    let file = place.path("theirs.db");
    made_by_seerflow(&python, &place, file.to_str().unwrap());
    let before = std::fs::read(&file).unwrap();
    read_in_every_way(&place, "sqlite:theirs.db", &["storage.sqlite_path=theirs.db"]);
    assert!(std::fs::read(&file).unwrap() == before, "the source was written");
}

/// Query for everything in the catalogue of a database, one object per line.
const CATALOGUE: &str = "
    SELECT 'relation ' || concat_ws(' ', c.oid, relname, relkind, relfilenode, relacl) FROM pg_class AS c WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'column ' || concat_ws(' ', attrelid, attname, atttypid, attnum, atthasdef)
        FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'constraint ' || conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'words ' || cfgname FROM pg_ts_config WHERE cfgnamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger
    UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg_%'
    ORDER BY 1";

#[test]
fn read_only_role_can_move_a_server_database_of_seerflow() {
    let (Some(url), Some(python)) = (POSTGRES.url(), seerflow()) else {
        return;
    };
    let database = Database::new(&url);
    let place = Place::new();
    made_by_seerflow(&python, &place, &database.url());
    let role = format!("{}_reader", database.name());
    database.run_on_server(&format!("CREATE ROLE {role} LOGIN PASSWORD 'r'"));
    database.run(&format!(
        "REVOKE ALL ON SCHEMA public FROM PUBLIC; REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC;
         GRANT USAGE ON SCHEMA public TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
        database.name()
    ));
    let before = database.run(CATALOGUE);
    assert!(before.len() > 100, "{before:#?}");
    let from = database.url().replace("postgres@", &format!("{role}:r@"));
    let settings = [
        "storage.backend=postgresql".to_owned(),
        format!("storage.postgresql_url={from}"),
    ];
    let read = std::panic::AssertUnwindSafe(|| {
        read_in_every_way(&place, &from, &[&settings[0], &settings[1]]);
    });
    let done = std::panic::catch_unwind(read);
    let after = database.run(CATALOGUE);
    database.drop_role(&role);
    done.unwrap();
    assert_eq!(after, before);
}

#[test]
fn dry_run_does_not_change_the_destination() {
    let Some(url) = POSTGRES.url() else { return };
    let database = Database::new(&url);
    let place = Place::new();
    crate::source::full(&place.path("seerflow.db"), 100);
    let before = database.run(CATALOGUE);
    let to = database.url();
    place.ok(&["migrate", "storage", "--from", "sqlite", "--to", &to, "--dry-run"]);
    assert_eq!(database.run(CATALOGUE), before);
}
