//! `stats`, `query timeline`, `query entities`, `entity id`, `query templates`.

use super::*;

/// Six events of two hosts; one is an error; all name one address.
fn loaded() -> Place {
    let place = Place::new();
    let lines: String = (0..6)
        .map(|minute| {
            let severity = if minute == 5 { 4 } else { 1 };
            format!(
                "{{\"timestamp_ns\":{}000000000,\"message\":\"number {minute}\",\"source_type\":\"sshd\",\"source_id\":\"web{}\",\
                 \"severity_id\":{severity},\"related_ips\":[\"203.0.113.66\"],\"template_id\":{},\
                 \"event_id\":\"00000000-0000-4000-8000-00000000000{minute}\"}}\n",
                1_773_460_800 + 60 * minute,
                minute % 2,
                minute / 4,
            )
        })
        .collect();
    let file = place.file("events.ndjson", lines);
    place.ok("a.db", &["ingest", &file]);
    place
}

#[test]
fn stats_counts_every_property_with_names() {
    let place = loaded();
    let all = place.ok("a.db", &["stats"]);
    assert!(all.starts_with("6 events\n"), "{all}");
    for wanted in [
        "          1   16.7%  error",
        "          6  100.0%  sshd",
        "          3   50.0%  web0",
        "          6  100.0%  ip:203.0.113.66",
    ] {
        assert!(all.lines().any(|line| line == wanted), "{wanted:?} in\n{all}");
    }
    assert!(!all.contains('█'), "bars in a pipe");
    let hosts = place.json("a.db", &["stats", "--by", "host", "--json", "-n", "1"]);
    assert_eq!(
        hosts,
        serde_json::json!({
            "counts": [{"by": "host", "value": "web0", "name": "web0", "count": 3, "share": 0.5}],
            "total": 6
        })
    );
    let severities = place.ok("a.db", &["stats", "--by", "severity", "--format", "csv"]);
    assert_eq!(
        severities.lines().collect::<Vec<_>>()[..2],
        [
            "by,value,name,count,share",
            "severity,4,error,1,0.16666666666666666"
        ],
        "highest severity first"
    );
    let window = ["--from", "2026-03-14T04:00:00Z", "--to", "2026-03-14T04:02:00Z"];
    let two = place.json(
        "a.db",
        &[&["stats", "--by", "source", "--json"], &window[..]].concat(),
    );
    assert_eq!(two["total"], 2);
    let none = place.run("a.db", &["stats", "--since", "1h"]);
    assert_eq!(
        (text(&none.stdout), text(&none.stderr)),
        (String::new(), "no events in this window\n".into())
    );
}

#[test]
fn timeline_is_oldest_first_and_paged() {
    let place = loaded();
    let args = ["query", "timeline", "ip:203.0.113.66", "--json", "-n", "4"];
    let page = place.json("a.db", &args);
    let messages = |page: &Value| -> Vec<String> {
        let events = page["events"].as_array().unwrap();
        events
            .iter()
            .map(|event| event["message"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(messages(&page), ["number 0", "number 1", "number 2", "number 3"]);
    let next = page["next"].as_str().unwrap();
    let rest = place.json("a.db", &[&args[..], &["--cursor", next]].concat());
    assert_eq!(messages(&rest), ["number 4", "number 5"]);
    let bad = place.ok(
        "a.db",
        &[
            "query",
            "timeline",
            "ip:203.0.113.66",
            "--severity",
            "error",
            "--source",
            "sshd",
        ],
    );
    assert_eq!(bad.lines().count(), 2, "{bad}");
    let none = place.run(
        "a.db",
        &["query", "timeline", "ip:203.0.113.66", "--source", "none"],
    );
    assert!(none.status.success());
    assert_eq!(text(&none.stderr), "no matching events of this entity\n");
    let nobody = place.run("a.db", &["query", "timeline", "user:nobody"]);
    assert_eq!(nobody.status.code(), Some(1));
    assert_eq!(
        text(&nobody.stderr),
        "seerflow: no event or alert names user:nobody\n"
    );
}

#[test]
fn entities_are_listed_with_names_and_ids() {
    let place = loaded();
    let id = place.ok("none.db", &["entity", "id", "ip", "203.0.113.66"]);
    let id = id.trim();
    let active = place.json("a.db", &["query", "entities", "--json"]);
    assert_eq!(
        active["entities"],
        serde_json::json!([{"entity": id, "entity_type": "ip", "value": "203.0.113.66", "count": 6}])
    );
    let shown = place.ok("a.db", &["query", "entities"]);
    assert!(
        shown
            .lines()
            .nth(1)
            .unwrap()
            .starts_with("ip:203.0.113.66  6       "),
        "{shown}"
    );
    let event = "00000000-0000-4000-8000-000000000003";
    let of_event = place.ok(
        "a.db",
        &["query", "entities", "--event", event, "--format", "csv"],
    );
    assert_eq!(
        of_event,
        format!("entity,entity_type,value\n{id},ip,203.0.113.66\n")
    );
    let two = place.file(
        "two.ndjson",
        r#"{"message":"m","related_ips":["192.0.2.1"],"related_users":["root"],"event_id":"00000000-0000-4000-8000-00000000aaaa"}"#,
    );
    place.ok("b.db", &["ingest", &two]);
    let event = [
        "query",
        "entities",
        "--event",
        "00000000-0000-4000-8000-00000000aaaa",
    ];
    assert_eq!(place.ok("b.db", &event).lines().count(), 1 + 2);
    let one = place.run("b.db", &[&event[..], &["-n", "1"]].concat());
    assert_eq!(text(&one.stdout).lines().count(), 1 + 1);
    assert_eq!(text(&one.stderr), "1 of 2 entities; -n shows more\n");
    let templates = place.run("b.db", &["stats", "--by", "template"]);
    assert!(templates.status.success() && templates.stdout.is_empty());
    assert_eq!(
        text(&templates.stderr),
        "no event in this window has a template\n"
    );
    let none = place.run(
        "a.db",
        &[
            "query",
            "entities",
            "--event",
            "00000000-0000-4000-8000-00000000ffff",
        ],
    );
    assert_eq!(none.status.code(), Some(1));
    for spelled in [
        &["ip:203.0.113.66"][..],
        &["user", "CORP\\alice"],
        &["user:CORP\\alice"],
        &["file:/a:b"],
    ] {
        let printed = place.ok("none.db", &[&["entity", "id"], spelled].concat());
        assert_eq!(printed.trim().len(), 36, "{spelled:?}");
    }
    assert_eq!(
        place.ok("none.db", &["entity", "id", "ip:203.0.113.66"]).trim(),
        id
    );
    let bad = place.run("none.db", &["entity", "id", "ip", "web"]);
    assert_eq!(
        (bad.status.code(), text(&bad.stderr)),
        (Some(2), "seerflow: \"web\" is not a valid ip\n".into())
    );
    assert!(!place.path("none.db").exists());
}

#[test]
fn query_templates_lists_templates() {
    let place = loaded();
    let args = ["list", "--format", "csv"];
    assert_eq!(
        place.ok("a.db", &[&["templates"], &args[..]].concat()),
        place.ok("a.db", &["query", "templates", "--format", "csv"])
    );
}

#[test]
fn status_draws_a_histogram_of_a_mixed_store() {
    let place = Place::new();
    let mut lines = "{\"message\":\"m\",\"timestamp_ns\":1117795200000000000}\n".to_owned();
    for hour in 0..24 {
        let time = 1_773_460_800_u64 + 3600 * hour;
        lines += &format!("{{\"message\":\"m\",\"timestamp_ns\":{time}000000000}}\n");
    }
    place.ok("a.db", &["ingest", &place.file("a.ndjson", lines)]);
    let shown = place.ok("a.db", &["status"]);
    let (_, picture) = shown
        .split_once("\nevents per hour\n")
        .unwrap_or_else(|| panic!("{shown}"));
    let bars: Vec<&str> = picture.lines().collect();
    assert_eq!(bars.len(), 1 + 1 + 24, "{shown}");
    assert!(
        bars[0].starts_with("2005-06-03T10:40  ") && bars[0].ends_with(" 1"),
        "{shown}"
    );
    assert_eq!(bars[1], "...               none");
    assert!(bars[25].starts_with("2026-03-15T03:00"), "{shown}");
    let status = place.json("a.db", &["status", "--json"]);
    assert_eq!(status["oldest_ns"], 1_117_795_200_000_000_000_i64);
    let buckets = status["histogram"]["buckets"].as_array().unwrap();
    assert_eq!(buckets.len(), 25);
    assert_eq!(
        buckets[1],
        serde_json::json!({"start_ns": 1_773_460_800_000_000_000_i64, "events": 1})
    );
}
