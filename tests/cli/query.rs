//! `query events`, `search`, and escaping in tables.

use super::*;

#[test]
fn pages_continue_in_every_format() {
    let place = Place::new();
    place.ok("a.db", &["ingest", &log("sshd.log"), &log("events.ndjson")]);
    let mut pages = Vec::new();
    let mut args = vec![
        "query".to_owned(),
        "events".to_owned(),
        "--json".to_owned(),
        "-n300".to_owned(),
    ];
    loop {
        let page = place.json("a.db", &args.iter().map(String::as_str).collect::<Vec<_>>());
        pages.extend(
            page["events"]
                .as_array()
                .unwrap()
                .iter()
                .map(|event| event["event_id"].clone()),
        );
        let Some(next) = page["next"].as_str() else { break };
        args.truncate(4);
        args.extend(["--cursor".to_owned(), next.to_owned()]);
    }
    let all = place.ok("a.db", &["query", "events", "-n", "100000", "--format", "ndjson"]);
    let ids: Vec<Value> = all
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["event_id"].clone())
        .collect();
    assert_eq!(pages, ids);
    let output = place.run("a.db", &["query", "events", "-n", "2", "--total", "exact"]);
    assert_eq!(text(&output.stdout).lines().count(), 3);
    let said = text(&output.stderr);
    assert!(
        said.contains("events match") && said.contains("next page: --cursor c"),
        "{said}"
    );

    let search = place.json(
        "a.db",
        &[
            "search", "--json", "failed", "password", "--total", "exact", "-n", "1",
        ],
    );
    let query = place.json(
        "a.db",
        &[
            "query",
            "events",
            "--json",
            "--text",
            "password failed",
            "--total",
            "exact",
            "-n",
            "1",
        ],
    );
    assert_eq!(search, query);
    assert!(search["total"].as_u64().unwrap() > 10);
    let by_entity = place.json(
        "a.db",
        &["query", "events", "--json", "--entity", "ip:203.0.113.66"],
    );
    assert!(!by_entity["events"].as_array().unwrap().is_empty());
}

#[test]
fn control_characters_are_escaped_in_tables() {
    let place = Place::new();
    place.file(
        "a.ndjson",
        "{\"message\":\"a\\u001b[2Jb\\nc\\u009b \\u202ed\",\"source_id\":\"h\\u0007\"}\n",
    );
    place.ok("a.db", &["ingest", place.path("a.ndjson").to_str().unwrap()]);
    for args in [&["query", "events"][..], &["tail"]] {
        let shown = place.ok("a.db", args);
        assert!(
            shown.contains("a\\u001b[2Jb\\nc\\u009b \\u202ed") && shown.contains("h\\u0007"),
            "{shown:?}"
        );
    }
}
