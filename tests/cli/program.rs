//! Behaviour shared by all commands: missing database, mistakes, options, program name; and maintenance commands.

use std::os::unix::fs::symlink;

use super::*;

#[test]
fn reading_creates_no_database() {
    let place = Place::new();
    for args in [
        &["query", "events"][..],
        &["search", "x"],
        &["tail"],
        &["export", "events"],
        &["status"],
        &["check"],
        &["checkpoint"],
        &["dead-letters"],
        &["templates", "list"],
        &["query", "alerts"],
        &["query", "timeline", "user:root"],
        &["query", "entities"],
        &["query", "templates"],
        &["stats"],
        &["alerts", "show", "x"],
        &["alerts", "feedback", "x", "tp"],
        &["model", "list"],
        &["model", "get", "x"],
        &["model", "rm", "x"],
        &["sigma", "list"],
        &["sigma", "disable", "x"],
        &["export", "alerts"],
        &["export", "all"],
        &["prune", "--older-than", "1d"],
    ] {
        let output = place.run("none.db", args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert_eq!(
            text(&output.stderr),
            format!("seerflow: no database at {}\n", place.path("none.db").display())
        );
    }
    assert!(!place.path("none.db").exists());
}

#[test]
fn usage_errors_are_reported_before_anything_is_done() {
    let place = Place::new();
    for args in [
        &["query", "events", "--since", "tomorrow"][..],
        &["query", "events", "--severity", "9"],
        &["query", "events", "--entity", "ip:web"],
        &["query", "events", "--limit", "0"],
        &["query", "events", "--cursor", "x"],
        &["query", "alerts", "--type", "odd"],
        &["query", "alerts", "--cursor", "c00"],
        &["query", "timeline"],
        &["query", "timeline", "root"],
        &["query", "timeline", "user:root", "-n", "10001"],
        &["query", "entities", "--event", "x"],
        &["stats", "--by", "colour"],
        &["alerts", "feedback", "x", "maybe"],
        &["entity", "id", "planet", "mars"],
        &["model", "put", "k", "-", "--expect", "soon"],
        &["sigma", "enable"],
        &["prune"],
        &["prune", "--max-size", "many"],
        &["status", "--set", "storage.nothing=1"],
        &["ingest"],
    ] {
        assert_eq!(place.run("none.db", args).status.code(), Some(2), "{args:?}");
    }
    assert!(!place.path("none.db").exists());
}

#[test]
fn command_line_overrides_environment_and_file() {
    let place = Place::new();
    let yaml = place.file("seerflow.yaml", "storage: {queue_events: 1, flush_events: 1, commit_events: 1, postgresql_url: 'postgresql://u:s3cret@h/d'}\n");
    let output = place
        .command(
            "a.db",
            &[
                "config",
                "--json",
                "--config",
                &yaml,
                "--set",
                "storage.commit_events=3",
            ],
        )
        .env("SEERFLOW_STORAGE_FLUSH_EVENTS", "2")
        .env("SEERFLOW_STORAGE_COMMIT_EVENTS", "2")
        .output()
        .unwrap();
    let options: Value = serde_json::from_slice(&output.stdout).unwrap();
    let value = |key: &str| {
        let options = options["options"].as_array().unwrap();
        options.iter().find(|option| option["option"] == key).unwrap()["value"].clone()
    };
    assert_eq!(value("storage.queue_events"), "1");
    assert_eq!(value("storage.flush_events"), "2");
    assert_eq!(value("storage.commit_events"), "3");
    assert_eq!(value("storage.queue_bytes"), "67108864");
    assert_eq!(value("storage.postgresql_url"), "postgresql://u:***@h/d");
}

#[test]
fn maintenance_commands_report_their_results() {
    let place = Place::new();
    // Its last line is incomplete and becomes a dead letter.
    let output = place.run("a.db", &["ingest", &log("sshd.log"), &log("app.ndjson")]);
    assert_eq!(output.status.code(), Some(1));
    let status = place.json("a.db", &["status", "--json"]);
    let events = status["events"].as_u64().unwrap();
    assert_eq!(
        (&status["dead_letters"], &status["made_by_seerflow"]),
        (&1.into(), &false.into())
    );
    let letters = place.json("a.db", &["dead-letters", "--json"]);
    assert!(
        letters["dead_letters"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("JSON")
    );
    let before = "2026-03-15T00:00:00Z";
    let dry = place.json("a.db", &["prune", "--before", before, "--dry-run", "--json"]);
    place.ok("a.db", &["backup", place.path("copy.db").to_str().unwrap()]);
    let pruned = place.json("a.db", &["prune", "--before", before, "--yes", "--json"]);
    assert_eq!(dry["events"], pruned["events"]);
    assert_eq!(
        place.json("a.db", &["status", "--json"])["events"],
        events - pruned["events"].as_u64().unwrap()
    );
    assert_eq!(place.json("copy.db", &["status", "--json"])["events"], events);
    place.ok("a.db", &["checkpoint"]);
    place.ok("a.db", &["check"]);
    place.ok("a.db", &["templates", "reset", "--yes"]);
    for shell in ["bash", "zsh", "fish"] {
        assert!(
            place
                .ok("a.db", &["completions", shell])
                .contains("_SEERFLOW_COMPLETE")
        );
    }
}

#[test]
fn check_exits_with_3_on_findings() {
    let place = Place::new();
    place.ok("a.db", &["ingest", &log("sshd.log")]);
    // A word in the text index for an event that does not exist.
    let raw = rusqlite::Connection::open(place.path("a.db")).unwrap();
    raw.execute(
        "INSERT INTO events_fts (rowid, message) VALUES (999999, 'stray')",
        [],
    )
    .unwrap();
    drop(raw);
    let output = place.run("a.db", &["check", "--full"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).starts_with("events_fts: "),
        "{}",
        text(&output.stdout)
    );
}

#[test]
fn renamed_program_uses_its_own_name() {
    let place = Place::new();
    let program = place.path("seerflow-store");
    // A copy could not be executed while the child of another test has it open for writing.
    symlink(env!("CARGO_BIN_EXE_seerflow"), &program).unwrap();
    let run = |args: &[&str]| {
        let output = Command::new(&program)
            .args(args)
            .env_clear()
            .env("SEERFLOW_DATA_DIR", place.path("none"))
            .output()
            .unwrap();
        (text(&output.stdout), text(&output.stderr))
    };
    let (help, _) = run(&["ingest", "--help"]);
    assert!(
        help.contains("Usage: seerflow-store ingest") && help.contains("  seerflow-store ingest /var/log"),
        "{help}"
    );
    assert!(!help.contains(" seerflow "), "{help}");
    assert!(
        run(&["completions", "fish"])
            .0
            .contains("--command seerflow-store")
    );
    assert!(run(&["status"]).1.starts_with("seerflow-store: no database at "));
}

#[test]
fn every_list_has_every_format() {
    let place = Place::new();
    place.run(
        "a.db",
        &[
            "ingest",
            &log("sshd.log"),
            &log("app.ndjson"),
            "--set",
            "storage.infer_edges=true",
        ],
    );
    let alert = r#"{"alert_id":"a","alert_type":"ml","timestamp_ns":1,"rule_name":"r","entity_type":"host","dedup_key":"k"}"#;
    let alerts = place.file("alerts.ndjson", format!("{alert}\n"));
    place.ok("a.db", &["import", &alerts]);
    place.ok("a.db", &["model", "put", "k", &alerts]);
    place.ok("a.db", &["sigma", "enable", "r"]);
    for (args, key) in [
        (&["query", "events"][..], "events"),
        (&["query", "alerts"], "alerts"),
        (&["query", "timeline", "ip:203.0.113.66"], "events"),
        (&["query", "entities"], "entities"),
        (&["query", "templates"], "templates"),
        (&["stats"], "counts"),
        (&["model", "list"], "models"),
        (&["sigma", "list"], "sigma_rules"),
        (&["dead-letters"], "dead_letters"),
        (&["config"], "options"),
        (&["graph", "neighbors", "ip:203.0.113.66"], "neighbours"),
        (&["graph", "path", "ip:203.0.113.66", "user:root"], "path"),
        (&["graph", "subgraph", "ip:203.0.113.66"], "edges"),
        (&["graph", "top", "fan-in"], "top"),
    ] {
        let shown = |more: &[&str]| place.ok("a.db", &[args, more].concat());
        let all: Value = serde_json::from_str(&shown(&["--json"])).unwrap();
        let records = all[key].as_array().unwrap_or_else(|| panic!("{args:?}: {all:#}"));
        let lines = shown(&["--format", "ndjson"]);
        let lines: Vec<Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(&lines, records, "{args:?}");
        let mut csv = csv::Reader::from_reader(std::io::Cursor::new(shown(&["--format", "csv"])));
        let header = csv.headers().unwrap().clone();
        assert_eq!(
            csv.records().map(Result::unwrap).count(),
            records.len(),
            "{args:?}"
        );
        for name in lines.iter().flat_map(|line| line.as_object().unwrap().keys()) {
            assert!(
                header.iter().any(|column| column == name),
                "{args:?}: {name} is not a column"
            );
        }
        let table = shown(&[]);
        let rows = if records.is_empty() { 0 } else { records.len() + 1 };
        if key != "counts" && key != "templates" {
            assert_eq!(table.lines().count(), rows, "{args:?}\n{table}");
            assert!(!records.is_empty(), "{args:?}");
        }
        if !matches!(key, "options" | "path" | "counts") {
            let first = shown(&["--limit", "1", "--format", "ndjson"]);
            assert!(first.lines().count() <= 1, "{args:?}\n{first}");
        }
        // A time is in nanoseconds, under the record's own field name.
        let is_text_time = |value: &Value| value.as_str().is_some_and(|text| text.starts_with("2026-03-1"));
        for (name, value) in lines.iter().flat_map(|line| line.as_object().unwrap()) {
            assert!(!is_text_time(value), "{args:?}: {name} is {value}");
        }
    }
}
