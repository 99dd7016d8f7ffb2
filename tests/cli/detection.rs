//! Alerts, models and Sigma rules.

use super::*;

const ALERTS: &str = r#"{"alert_id":"11111111-1111-4111-8111-0000000000a1","alert_type":"sigma","timestamp_ns":1773460817000000001,"severity_id":4,"rule_name":"ssh brute force","description":"12 failures","entity_uuid":"5d1a1f0e-0000-5000-8000-000000000001","entity_value":"203.0.113.66","entity_type":"ip","mitre_tactics":["credential-access"],"mitre_techniques":["T1110.001"],"risk_score":81.5,"dedup_key":"k1","dedup_count":7,"feedback":"fp","feedback_note":"our scanner"}
{"alert_id":"22222222-2222-4222-8222-0000000000a2","alert_type":"ml","timestamp_ns":1773460917000000000,"severity_id":6,"rule_name":"rare, \"odd\"","description":"","entity_uuid":"848c4c01-db8c-592d-a1f3-78431fd4cb86","entity_value":"web2","entity_type":"host","dedup_key":"k2"}
"#;

fn loaded() -> Place {
    let place = Place::new();
    let file = place.file("alerts.ndjson", ALERTS);
    let report = place.json("a.db", &["import", "--json", &file]);
    assert_eq!(
        (&report["stored"], &report["rejected"]),
        (&2.into(), &0.into()),
        "{report:#}"
    );
    place
}

fn objects(ndjson: &str) -> Vec<Value> {
    ndjson
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn alerts_survive_export_and_import() {
    let place = loaded();
    let exported = place.ok("a.db", &["export", "alerts"]);
    let (found, given) = (objects(&exported), objects(ALERTS));
    assert_eq!(found.len(), 2);
    for (found, given) in found.iter().zip(given.iter().rev()) {
        for (name, value) in given.as_object().unwrap() {
            assert_eq!(&found[name], value, "{name}");
        }
    }
    // Imported into another store, through a pipe and a file; the second import stores nothing.
    for _ in 0..2 {
        let output = place.fed("b.db", &["import", "-"], exported.as_bytes());
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    assert_eq!(place.ok("b.db", &["export", "alerts"]), exported);
    let file = place.path("out.ndjson");
    let file = file.to_str().unwrap();
    place.ok(
        "a.db",
        &["export", "alerts", "--severity", "fatal", "--output", file],
    );
    assert_eq!(objects(&fs::read_to_string(file).unwrap()).len(), 1);
    let again = place.json("a.db", &["import", "--json", file]);
    assert_eq!(
        (&again["stored"], &again["duplicates"]),
        (&0.into(), &1.into()),
        "{again:#}"
    );
    assert_eq!(
        place.json("a.db", &["status", "--json"])["events"],
        0,
        "alerts are not events"
    );
}

#[test]
fn bad_alerts_are_reported_and_others_imported() {
    let place = Place::new();
    let good = ALERTS.lines().next().unwrap();
    let lines = [
        good,
        "{\"alert_id\":7}",
        "{\"alert_id\":\"x\",\"alert_type\":\"odd\"}",
        "",
    ]
    .join("\n");
    let file = place.file("alerts.ndjson", lines);
    let output = place.run("a.db", &["import", &file]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(
        said.contains("alerts.ndjson:2: column") && said.contains("alerts.ndjson:3: alert_type \"odd\""),
        "{said}"
    );
    assert!(said.contains("stored 1 alerts, 2 rejected"), "{said}");
    // Alerts and events are refused in one call.
    let output = place.run("a.db", &["import", &file, &log("events.ndjson")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("separately from events"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn alerts_are_listed_in_every_format_and_paged() {
    let place = loaded();
    let shown = place.ok("a.db", &["query", "alerts"]);
    let rows: Vec<&str> = shown.lines().collect();
    assert!(rows[0].starts_with("ID") && rows[0].ends_with("RULE"), "{shown}");
    assert!(
        rows[1].starts_with("000000a2") && rows[1].contains("fatal") && rows[1].ends_with("rare, \"odd\""),
        "{shown}"
    );
    assert!(
        rows[2].contains("2026-03-14T04:00:17Z") && rows[2].contains("7 fp  ip:203.0.113.66"),
        "{shown}"
    );
    let page = place.json("a.db", &["query", "alerts", "-n", "1", "--total", "--json"]);
    assert_eq!(
        (page["alerts"].as_array().unwrap().len(), &page["total"]),
        (1, &2.into())
    );
    let next = page["next"].as_str().unwrap();
    let page = place.json(
        "a.db",
        &["query", "alerts", "-n", "1", "--json", "--cursor", next],
    );
    assert_eq!(page["alerts"][0]["dedup_key"], "k1");
    assert!(page["next"].is_null());
    let mut csv = csv::Reader::from_reader(std::io::Cursor::new(
        place.ok("a.db", &["query", "alerts", "--format", "csv", "--type", "ml"]),
    ));
    let rule = csv.headers().unwrap().iter().position(|name| name == "rule_name");
    let rows: Vec<_> = csv.records().map(Result::unwrap).collect();
    assert_eq!((rows.len(), &rows[0][rule.unwrap()]), (1, "rare, \"odd\""));
    for (filter, wanted) in [
        (&["--technique", "t1110"][..], 1),
        (&["--tactic", "credential-access"], 1),
        (&["--severity", "critical"], 1),
        (&["--to", "2026-03-14T04:01:00Z"], 1),
        (&["--since", "1h"], 0),
    ] {
        let args = [&["query", "alerts", "--format", "ndjson"], filter].concat();
        assert_eq!(place.ok("a.db", &args).lines().count(), wanted, "{filter:?}");
    }
    let empty = place.run("a.db", &["query", "alerts", "--since", "1h"]);
    assert_eq!(text(&empty.stdout), "");
    assert_eq!(text(&empty.stderr), "no alerts match\n");
    let header = place.ok("a.db", &["query", "alerts", "--since", "1h", "--format", "csv"]);
    assert!(header.starts_with("alert_id,alert_type,"), "{header}");
}

#[test]
fn alert_is_shown_with_events_and_takes_a_verdict() {
    let place = Place::new();
    place.ok("a.db", &["ingest", &log("sshd.log")]);
    let event = place.json("a.db", &["query", "events", "-n", "1", "--json"])["events"][0].clone();
    let mut alert = objects(ALERTS)[0].clone();
    alert["contributing_events"] =
        serde_json::json!([event["event_id"], "00000000-0000-4000-8000-000000000000"]);
    alert["description"] = "tabs\tand \u{1b}[31m".into();
    let file = place.file("one.ndjson", format!("{alert}\n"));
    place.ok("a.db", &["import", "--type", "alerts", &file]);

    let shown = place.ok("a.db", &["alerts", "show", "0000a1"]);
    assert!(
        shown.contains("occurred    2026-03-14T04:00:17Z, 7 occurrences since"),
        "{shown}"
    );
    assert!(shown.contains(event["message"].as_str().unwrap()), "{shown}");
    assert!(shown.contains("not in the store"), "{shown}");
    assert!(shown.contains("tabs\\tand \\u001b[31m"), "{shown}");

    let said = place.run("a.db", &["alerts", "feedback", "0000a1", "tp", "--note", "seen"]);
    assert!(
        text(&said.stderr).contains("(ssh brute force) is tp"),
        "{}",
        text(&said.stderr)
    );
    place.ok(
        "a.db",
        &["alerts", "feedback", "11111111-1111-4111-8111-0000000000a1", "fp"],
    );
    let shown = place.json("a.db", &["alerts", "show", "0000a1", "--json"]);
    assert_eq!(shown["feedback"], "fp");
    let trail = shown["feedback_events"].as_array().unwrap();
    assert_eq!(trail.len(), 2);
    assert_eq!(
        (&trail[1]["note"], &trail[1]["origin"]),
        (&"seen".into(), &"cli".into())
    );

    let none = place.run("a.db", &["alerts", "show", "0000b1"]);
    assert_eq!(none.status.code(), Some(1));
    assert_eq!(text(&none.stderr), "seerflow: no alert 0000b1\n");
    place.file("two.ndjson", ALERTS.replace("0000000000a2", "0000000100a1"));
    place.ok("a.db", &["import", place.path("two.ndjson").to_str().unwrap()]);
    for short in ["", "0a1"] {
        let output = place.run("a.db", &["alerts", "feedback", short, "tp"]);
        assert_eq!(output.status.code(), Some(1), "{short:?}");
        assert!(
            text(&output.stderr).contains("at least 4 characters"),
            "{}",
            text(&output.stderr)
        );
    }
    let both = place.run("a.db", &["alerts", "show", "00a1"]);
    assert!(
        text(&both.stderr).contains("more than one alert id ends in 00a1"),
        "{}",
        text(&both.stderr)
    );
}

#[test]
fn models_are_read_and_written_through_files_and_pipes() {
    let place = Place::new();
    let state: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let file = place.file("state.bin", &state);
    place.ok("a.db", &["model", "put", "ml/hst/state", &file]);
    assert!(
        place
            .fed("a.db", &["model", "put", "ueba/x", "-"], b"text")
            .status
            .success()
    );
    assert!(place.run("a.db", &["model", "get", "ml/hst/state"]).stdout == state);
    let copy = place.path("copy.bin");
    place.ok("a.db", &["model", "get", "ml/hst/state", copy.to_str().unwrap()]);
    assert!(fs::read(copy).unwrap() == state);
    let listed = place.json("a.db", &["model", "list", "ml/", "--json"]);
    assert_eq!(listed["models"].as_array().unwrap().len(), 1);
    assert_eq!(listed["models"][0]["bytes"], state.len());
    assert!(place.ok("a.db", &["model", "list"]).contains("1.14 MiB"));

    let time = listed["models"][0]["updated_at_ns"].to_string();
    place.ok(
        "a.db",
        &["model", "put", "ml/hst/state", &file, "--expect", &time],
    );
    for late in [time.as_str(), "none"] {
        let output = place.run("a.db", &["model", "put", "ml/hst/state", &file, "--expect", late]);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            text(&output.stderr).contains("it was saved at"),
            "{}",
            text(&output.stderr)
        );
    }
    place.ok("a.db", &["model", "rm", "ml/hst/state"]);
    let gone = place.run("a.db", &["model", "rm", "ml/hst/state", "ueba/x"]);
    assert_eq!(gone.status.code(), Some(1));
    assert_eq!(text(&gone.stderr), "seerflow: no model ml/hst/state\n");
    assert_eq!(place.ok("a.db", &["model", "list", "--format", "ndjson"]), "");
    let huge = place.file("huge.bin", vec![0; (64 << 20) + 1]);
    let output = place.run("a.db", &["model", "put", "huge", &huge]);
    assert!(
        text(&output.stderr).contains("the bound is 67108864"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn sigma_rules_are_switched_and_listed() {
    let place = loaded();
    place.ok("a.db", &["sigma", "enable", "r-2"]);
    place.ok("a.db", &["sigma", "disable", "r-1", "r-3"]);
    let rules = place.json("a.db", &["sigma", "list", "--json"]);
    let told: Vec<_> = rules["sigma_rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| {
            (
                rule["rule_id"].as_str().unwrap(),
                rule["enabled"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [("r-1", false), ("r-2", true), ("r-3", false)]);
    let shown = place.ok("a.db", &["sigma", "list"]);
    assert!(
        shown.lines().nth(1).unwrap().starts_with("off    0        never"),
        "{shown}"
    );
}
