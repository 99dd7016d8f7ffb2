//! `stats`, `query timeline`, `query entities`, `entity id`, `query templates`.

use super::*;

/// Six events of two hosts, one of them an error, all about one address.
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
fn events_are_counted_by_everything_with_names() {
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
    assert!(!all.contains('█'), "no bars in a pipe");
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
        "the worst first"
    );
    let window = ["--from", "2026-03-14T04:00:00Z", "--to", "2026-03-14T04:01:59Z"];
    let two = place.json(
        "a.db",
        &[&["stats", "--by", "source", "--json"], &window[..]].concat(),
    );
    assert_eq!(two["total"], 2);
    let none = place.run("a.db", &["stats", "--since", "1h"]);
    assert_eq!(
        (text(&none.stdout), text(&none.stderr)),
        (String::new(), "no events in this time\n".into())
    );
}

#[test]
fn a_timeline_is_oldest_first_and_paged() {
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
    let nobody = place.run("a.db", &["query", "timeline", "user:nobody"]);
    assert_eq!(text(&nobody.stderr), "no events of this entity match\n");
}

#[test]
fn entities_have_names_and_ids() {
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
    let bad = place.run("none.db", &["entity", "id", "ip", "web"]);
    assert_eq!(
        (bad.status.code(), text(&bad.stderr)),
        (Some(1), "seerflow: \"web\" is no ip\n".into())
    );
    assert!(!place.path("none.db").exists());
}

#[test]
fn templates_are_listed_by_query_too() {
    let place = loaded();
    let args = ["list", "--format", "csv"];
    assert_eq!(
        place.ok("a.db", &[&["templates"], &args[..]].concat()),
        place.ok("a.db", &["query", "templates", "--format", "csv"])
    );
}
