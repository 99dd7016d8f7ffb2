//! `seerflow graph`: neighbours, paths, subgraphs, statistics and rankings.

use super::*;

/// Two users from one address on three hosts, and an alert about a host that no event names.
pub fn loaded() -> Place {
    let place = Place::new();
    let lines: String = [
        ("alice", "web-1"),
        ("alice", "web-2"),
        ("bob", "web-2"),
        ("alice", "web-1"),
    ]
    .into_iter()
    .enumerate()
    .map(|(second, (user, host))| {
        format!(
            "{{\"timestamp_ns\":1{second}000000000,\"message\":\"login\",\"related_users\":[\"{user}\"],\
                 \"related_ips\":[\"203.0.113.66\"],\"related_hosts\":[\"{host}\"]}}\n"
        )
    })
    .collect();
    let file = place.file("events.ndjson", lines);
    place.ok("a.db", &["ingest", &file]);
    place
}

#[test]
fn neighbours_have_names_and_are_sorted_by_observations() {
    let place = loaded();
    let table = place.ok("a.db", &["graph", "neighbors", "user:alice"]);
    let first: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(
        first[..4],
        ["ip:203.0.113.66", "1", "3", "authenticated_from"],
        "{table}"
    );
    assert_eq!(table.lines().count(), 4, "{table}");
    let all = place.json(
        "a.db",
        &["graph", "neighbours", "user:alice", "--depth", "2", "--json"],
    );
    assert_eq!(all["total"], 4);
    assert_eq!(all["neighbours"][3]["value"], "bob");
    assert_eq!(all["neighbours"][3]["distance"], 2);
    let csv = place.ok(
        "a.db",
        &[
            "graph",
            "neighbors",
            "user:alice",
            "--rel",
            "logged_into",
            "--format",
            "csv",
        ],
    );
    assert!(
        csv.starts_with("entity,entity_type,value,distance,relations,event_count\n"),
        "{csv}"
    );
    assert!(csv.contains(",host,web-1,1,logged_into,2\n"), "{csv}");
    let none = place.run("a.db", &["graph", "neighbors", "user:nobody"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(text(&none.stderr).starts_with("seerflow: user:nobody is not in the graph: "));
    let other = place.run(
        "a.db",
        &["graph", "neighbors", "user:alice", "--rel", "none_such"],
    );
    assert!(other.status.success() && other.stdout.is_empty());
    assert_eq!(text(&other.stderr), "no neighbours match\n");
}

#[test]
fn path_is_printed_and_its_absence_is_not_an_error() {
    let place = loaded();
    let path = place.json("a.db", &["graph", "path", "user:bob", "host:web-1", "--json"]);
    let values: Vec<&str> = path["path"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["value"].as_str().unwrap())
        .collect();
    assert_eq!(values.len(), 3);
    assert_eq!((values[0], values[2]), ("bob", "web-1"));
    assert_ne!(path["path"][0]["relations"], "");
    let none = place.run("a.db", &["graph", "path", "user:bob", "host:nowhere"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(text(&none.stderr).starts_with("seerflow: host:nowhere is not in the graph: "));
    let file = place.file(
        "alone.ndjson",
        r#"{"message":"m","related_users":["eve"],"related_ips":["192.0.2.9"]}"#,
    );
    place.ok("a.db", &["ingest", &file]);
    let apart = place.run("a.db", &["graph", "path", "user:bob", "user:eve"]);
    assert!(apart.status.success() && apart.stdout.is_empty());
    assert_eq!(text(&apart.stderr), "there is no path between the two\n");
    // Ids may be any text.
    let wrong = place.run("a.db", &["graph", "path", "ip:nowhere", "user:bob"]);
    assert!(text(&wrong.stderr).starts_with("seerflow: ip:nowhere is not in the graph: "));
}

#[test]
fn subgraph_is_a_table_or_a_picture() {
    let place = loaded();
    let ask = |more: &[&str]| {
        place.ok(
            "a.db",
            &[&["graph", "subgraph", "ip:203.0.113.66"], more].concat(),
        )
    };
    let table = ask(&[]);
    assert!(
        table
            .lines()
            .any(|line| line.starts_with("user:alice") && line.contains("host:web-1")),
        "{table}"
    );
    let json: Value = serde_json::from_str(&ask(&["--json"])).unwrap();
    assert_eq!(
        (
            json["nodes"].as_array().unwrap().len(),
            json["edges"].as_array().unwrap().len()
        ),
        (5, 7)
    );
    let svg = ask(&["--format", "svg"]);
    assert_eq!(svg, ask(&["--format", "svg"]), "pictures are reproducible");
    for wanted in [
        "<svg ",
        ">alice<",
        ">web-2<",
        "user (2)",
        "host (2)",
        "logged_into (3)",
        "</svg>",
    ] {
        assert!(svg.contains(wanted), "{wanted}\n{svg}");
    }
    let small = place.run(
        "a.db",
        &[
            "graph",
            "subgraph",
            "ip:203.0.113.66",
            "-n",
            "2",
            "--format",
            "svg",
        ],
    );
    assert!(text(&small.stderr).contains("3 more distant entities"));
    // Of the direct neighbours the one with the most observations remains.
    assert!(text(&small.stdout).contains(">alice<"));
    let dot = ask(&["--format", "dot"]);
    assert!(
        dot.starts_with("digraph seerflow {\n") && dot.contains("label=\"alice\""),
        "{dot}"
    );
    draws(&dot, "alice");
    let none = place.run("a.db", &["graph", "subgraph", "user:nobody"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(text(&none.stderr).starts_with("seerflow: user:nobody is not in the graph: "));
}

#[test]
fn names_are_escaped_in_pictures() {
    let place = Place::new();
    let names = [
        "a\\\"b",
        "<script>alert(1)</script>",
        "]]>&amp;",
        "日本語 🦀",
        "back\\slash\\",
        "-->\\n\\l\\r{|}<b>",
    ];
    let lines: String = names
        .iter()
        .map(|name| {
            let event = serde_json::json!({"message": "m", "related_users": ["mallory"], "related_files": [format!("/tmp/{name}")]});
            format!("{event}\n")
        })
        .collect();
    let file = place.file("events.ndjson", lines);
    place.ok("a.db", &["ingest", &file]);
    let svg = place.ok("a.db", &["graph", "subgraph", "user:mallory", "--format", "svg"]);
    assert!(
        !svg.contains("<script>") && svg.contains("&lt;script&gt;"),
        "{svg}"
    );
    let dot = place.ok("a.db", &["graph", "subgraph", "user:mallory", "--format", "dot"]);
    draws(&dot, "script");
}

/// Renders the picture with Graphviz, if it is installed.
fn draws(dot: &str, wanted: &str) {
    let child = Command::new("dot")
        .arg("-Tsvg")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        assert!(
            std::env::var_os("CI").is_none(),
            "graphviz is missing in CI: run tests/setup.sh"
        );
        println!("skipped: graphviz is not installed");
        return;
    };
    child.stdin.take().unwrap().write_all(dot.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}\n{dot}", text(&output.stderr));
    let drawn = text(&output.stdout);
    assert!(drawn.contains("</svg>") && drawn.contains(wanted), "{drawn}");
}

#[test]
fn graph_is_counted_ranked_and_rankings_saved() {
    let place = loaded();
    let stats = place.json("a.db", &["graph", "stats", "--json"]);
    assert_eq!(
        (&stats["entities"], &stats["edges"], &stats["components"]),
        (&5.into(), &7.into(), &1.into())
    );
    assert!(
        place
            .ok("a.db", &["graph", "stats"])
            .contains("components  1, the largest of 5 entities")
    );
    for measure in [
        "pagerank",
        "betweenness",
        "fan-in",
        "fan-out",
        "ego-size",
        "community",
        "component",
    ] {
        let top = place.json("a.db", &["graph", "top", measure, "-n", "3", "--json"]);
        assert_eq!(top["top"].as_array().unwrap().len(), 3, "{measure}");
    }
    let top = place.json("a.db", &["graph", "top", "fan-in", "-n", "1", "--json", "--save"]);
    assert_eq!(top["top"][0]["score"], 3.0);
    assert!(
        top["top"][0]["value"].as_str().unwrap().starts_with("web-"),
        "the host's name"
    );
    let csv = place.ok("a.db", &["graph", "top", "fan-in", "--format", "csv"]);
    assert!(csv.starts_with("rank,entity,entity_type,value,score\n"), "{csv}");
    assert_eq!(top["top"][0]["entity_type"], "host");
    let saved = place.json(
        "a.db",
        &["graph", "top", "fan-in", "-n", "9", "--saved", "--json"],
    );
    assert_eq!(saved["top"].as_array().unwrap().len(), 5);
    assert_eq!(saved["top"][0], top["top"][0]);
    assert_eq!(
        place
            .run("a.db", &["graph", "top", "pagerank", "--saved"])
            .status
            .code(),
        Some(1)
    );
}

/// Edges may connect any ids; only UUIDs can be ids of events' entities.
#[test]
fn ids_other_than_uuids_are_found_and_shown() {
    let place = loaded();
    let mut config = seerflow::Config::new();
    let path = place.path("a.db");
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    let engine = seerflow::Engine::open(&config, Default::default()).unwrap();
    let control = seerflow::record::Control::unbounded();
    let long = format!("payment service {}", "é".repeat(500));
    let edges = [
        ("svc-a", "svc-b"),
        ("svc-b", &*long),
        ("ip:weird", "svc-a"),
        ("x:y", "svc-a"),
    ];
    let edges = edges.map(|(source_id, target_id)| seerflow::record::Edge {
        source_id: source_id.to_owned(),
        target_id: target_id.to_owned(),
        rel_type: "calls".to_owned(),
        first_seen: 1,
        last_seen: 2,
        event_count: 1,
    });
    engine.write_edges(&edges, true, &control).unwrap();
    engine.close(&control).unwrap();

    let near = place.json("a.db", &["graph", "neighbors", "svc-a", "--json"]);
    let ids = |list: &Value| -> Vec<String> {
        let entries = list.as_array().unwrap().iter();
        entries
            .map(|one| one["entity"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids(&near["neighbours"]), ["ip:weird", "svc-b", "x:y"]);
    let path = place.json("a.db", &["graph", "path", "x:y", &long, "--json"]);
    assert_eq!(ids(&path["path"]), ["x:y", "svc-a", "svc-b", &*long]);
    for (args, shown) in [
        (&["graph", "neighbors", "ip:weird"][..], "svc-a"),
        (&["graph", "subgraph", "svc-b"], "svc-a"),
        (&["graph", "subgraph", "svc-b", "--format", "svg"], "svc-a"),
        (&["graph", "subgraph", "svc-b", "--format", "dot"], "svc-a"),
        (&["graph", "top", "fan-in"], "svc-a"),
    ] {
        let printed = place.ok("a.db", args);
        assert!(printed.contains(shown), "{args:?}: {printed}");
    }
    for absent in ["nobody", "ip:192.0.2.299"] {
        let output = place.run("a.db", &["graph", "neighbors", absent]);
        assert!(text(&output.stderr).contains(&format!("{absent} is not in the graph")));
    }
}
