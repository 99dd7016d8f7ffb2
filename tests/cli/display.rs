//! Output on a terminal, colours, filters shared with the page, completions, and the documented fields of JSON.
#![cfg(unix)]

use super::*;

/// Runs a command on a terminal of this width, without progress and messages; returns its output.
fn on_terminal(place: &Place, columns: u16, args: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = place.command("a.db", args);
    command
        .arg("--quiet")
        .envs(variables.iter().copied())
        .env("TERM", "xterm");
    let (status, shown) = run_on_terminal(command, columns);
    assert!(status.success(), "{args:?}");
    shown
}

/// Removes ANSI sequences.
fn plain(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        all + part.split_once('m').map_or("", |(_, rest)| rest)
    })
}

fn place() -> Place {
    let place = Place::new();
    place.ok("a.db", &["ingest", "-q", "--year", "2024", &log("sshd.log")]);
    place
}

#[test]
fn ingest_shows_the_file_that_it_reads() {
    let place = Place::new();
    let files = ["first.log", "second.log"].map(|name| place.file(name, "a line\n"));
    let mut command = place.command("a.db", &["ingest", &files[0], &files[1]]);
    command.env("TERM", "xterm");
    let (status, shown) = run_on_terminal(command, 100);
    assert!(status.success(), "{shown}");
    for part in ["1 of 2: first.log", "2 of 2: second.log"] {
        assert!(shown.contains(part), "{shown:?}");
    }
    // The report replaces the bar.
    assert!(shown.contains("\r\u{1b}[2Kstored 2 events"), "{shown:?}");
}

#[test]
fn tables_fit_the_terminal_and_the_message_gets_half() {
    let place = place();
    for args in [
        &["search", "failed", "-n", "20"][..],
        &["tail", "-n", "20", "failed"],
        &["query", "entities"],
        &["stats"],
        &["graph", "neighbors", "ip:203.0.113.66"],
        &["graph", "subgraph", "host:gw1"],
        &["config"],
        &["dead-letters"],
        &["query", "templates"],
    ] {
        for columns in [60_u16, 80, 120] {
            let shown = plain(&on_terminal(&place, columns, args, &[]));
            // Messages of `tail` continue on the next line.
            if args[0] != "tail" {
                for line in shown.lines() {
                    assert!(
                        line.chars().count() <= columns.into(),
                        "{args:?} at {columns}: {line}"
                    );
                }
            }
            if args[0] == "search" {
                let header = shown.lines().next().unwrap();
                let at = header.find("MESSAGE").unwrap();
                assert!(at * 2 <= columns.into(), "{header}");
                assert_eq!(header.contains("HOST"), columns == 120, "{header}");
            }
        }
    }
}

#[test]
fn tail_is_aligned() {
    let place = Place::new();
    let events = ["sshd", "a-rather-long-source", "x"].map(|source| {
        format!(
            "{{\"message\":\"MARK\",\"source_type\":\"{source}\",\"source_id\":\"h\",\"timestamp_ns\":1}}\n"
        )
    });
    place.ok(
        "a.db",
        &["ingest", "-q", &place.file("e.ndjson", events.concat())],
    );
    let output = place.ok("a.db", &["tail"]);
    let columns: Vec<_> = output.lines().map(|line| line.find("MARK").unwrap()).collect();
    // The widest source moves the column once, for all that follow.
    assert_eq!(columns.len(), 3);
    assert_eq!(columns.iter().max(), columns.last(), "{output}");
}

#[test]
fn matches_are_highlighted_and_colours_can_be_chosen() {
    let place = place();
    let search = ["search", "fail", "-n", "3"];
    let shown = on_terminal(&place, 100, &search, &[]);
    assert!(shown.contains("\x1b[1;35mFailed\x1b[0m"), "{shown}");
    for (more, variables, coloured) in [
        (&[][..], &[("NO_COLOR", "1")][..], false),
        (&["--color", "never"], &[], false),
        (&["--color", "always"], &[("NO_COLOR", "1")], true),
        (&[], &[("NO_COLOR", ""), ("CLICOLOR_FORCE", "0")], true),
    ] {
        let shown = on_terminal(&place, 100, &[&search[..], more].concat(), variables);
        assert_eq!(shown.contains('\x1b'), coloured, "{more:?} {variables:?}");
    }
    let piped = |more: &[&str], variables: &[(&str, &str)]| {
        let output = place
            .command("a.db", &[&search[..], more].concat())
            .envs(variables.iter().copied())
            .output();
        text(&output.unwrap().stdout)
    };
    let without = piped(&[], &[]);
    assert!(!without.contains('\x1b'));
    assert_eq!(
        piped(
            &[],
            &[
                ("TERM", "xterm"),
                ("COLUMNS", "20"),
                ("LINES", "5"),
                ("LANG", "C"),
                ("CLICOLOR", "1")
            ]
        ),
        without
    );
    for (more, variables) in [
        (&["--color", "always"][..], &[][..]),
        (&[], &[("CLICOLOR_FORCE", "1")]),
    ] {
        let forced = piped(more, variables);
        assert!(forced.contains("\x1b[1;35mFailed\x1b[0m"), "{forced}");
        assert_eq!(plain(&forced), without);
    }
    assert_eq!(piped(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]), without);
}

#[test]
fn filters_restrict_and_exclude() {
    let place = place();
    let found = |args: &[&str]| {
        let output = place.ok("a.db", &[args, &["--format", "ndjson", "-n", "100000"]].concat());
        output
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .collect::<Vec<_>>()
    };
    let all = found(&["search", "failed"]);
    let root = found(&["search", "failed", "user:root"]);
    let others = found(&["search", "failed", "--not", "user:root"]);
    assert!(!root.is_empty() && !others.is_empty());
    assert_eq!(all.len(), root.len() + others.len());
    assert_eq!(found(&["tail", "failed", "user:root"]).len(), root.len());
    assert_eq!(
        found(&["query", "events", "--text", "failed", "--entity", "user:root"]),
        root
    );
    let two = found(&["query", "events", "user:root", "ip:203.0.113.66", "host:web2"]);
    assert!(!two.is_empty());
    for event in &two {
        assert!(
            event["related_ips"].to_string().contains("203.0.113.66") && event["source_id"] == "web2",
            "{event}"
        );
    }
    let level = |args: &[&str]| found(&[&["query", "events"], args].concat()).len();
    assert_eq!(
        level(&["severity:warning"]) + level(&["--not", "severity:warning"]),
        level(&[])
    );
    // Pages of an excluding search join to the whole.
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let mut args = vec!["search", "failed", "--not", "user:root", "--json", "-n", "7"];
        if !cursor.is_empty() {
            args.extend(["--cursor", &cursor]);
        }
        let page = place.json("a.db", &args);
        pages.extend(page["events"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(pages, others);
    for wrong in [
        &["search", "x", "severity:loud"][..],
        &["search", "x", "--not", "root"],
        &["tail", "ip:nowhere"],
        &["search", "x", "--not", "user:root", "--total", "exact"],
    ] {
        assert_eq!(place.run("a.db", wrong).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn ingest_makes_the_graph_unless_told_otherwise() {
    let place = place();
    assert!(
        place
            .ok("a.db", &["graph", "neighbors", "ip:203.0.113.66"])
            .contains("user:root")
    );
    place.ok(
        "b.db",
        &[
            "ingest",
            "-q",
            "--set",
            "storage.infer_edges=false",
            &log("sshd.log"),
        ],
    );
    let output = place.run("b.db", &["graph", "neighbors", "ip:203.0.113.66"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("storage.infer_edges=true"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn completions_offer_values_of_the_store() {
    let place = place();
    let complete = |words: &[&str]| {
        let all = [&["--", "seerflow"], words].concat();
        let index = words.len().to_string();
        let output = place
            .command("a.db", &all)
            .env("_SEERFLOW_COMPLETE", "bash")
            .env("_CLAP_COMPLETE_INDEX", index)
            .env("_CLAP_COMPLETE_COMP_TYPE", "9")
            .env("_CLAP_IFS", "\n")
            .output()
            .unwrap();
        text(&output.stdout)
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(complete(&["sea"]).contains(&"search".to_owned()));
    assert_eq!(complete(&["query", "events", "--source", "ss"]), ["sshd"]);
    assert!(complete(&["query", "events", "--source-id", ""]).contains(&"web2".to_owned()));
    let users = complete(&["graph", "neighbors", "user:r"]);
    assert!(users.iter().any(|user| user.ends_with("root")), "{users:?}");
    // Without a store there are no values, and no error.
    let output = place
        .command("none.db", &["--", "seerflow", "tail", "--source", ""])
        .env("_SEERFLOW_COMPLETE", "fish")
        .output()
        .unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        text(&output.stderr)
    );
}

/// Every field of these commands' JSON is in their row of docs/cli.md.
#[test]
fn fields_of_json_are_documented() {
    let place = place();
    place.run("a.db", &["ingest", "-q", &log("app.ndjson")]);
    let docs = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/cli.md")).unwrap();
    for (command, args) in [
        ("search", &["search", "failed", "--json"][..]),
        ("query entities", &["query", "entities", "--json"]),
        ("query templates", &["query", "templates", "--json"]),
        ("stats", &["stats", "--json"]),
        (
            "graph neighbors",
            &["graph", "neighbors", "ip:203.0.113.66", "--json"],
        ),
        (
            "graph path",
            &["graph", "path", "user:root", "host:web2", "--json"],
        ),
        ("graph subgraph", &["graph", "subgraph", "user:root", "--json"]),
        ("graph stats", &["graph", "stats", "--json"]),
        ("graph top", &["graph", "top", "pagerank", "--json"]),
        ("status", &["status", "--json"]),
        ("dead-letters", &["dead-letters", "--json"]),
        ("check", &["check", "--json"]),
        (
            "prune",
            &["prune", "--before", "1980-01-01", "--dry-run", "--json"],
        ),
        ("prune", &["prune", "--before", "1980-01-01", "--yes", "--json"]),
        ("sigma list", &["sigma", "list", "--json"]),
        ("model list", &["model", "list", "--json"]),
        ("config", &["config", "--json"]),
        ("ingest", &["ingest", "-q", "--json", &log("firewall.log")]),
    ] {
        let row = docs.lines().find(|line| {
            line.split('|')
                .nth(1)
                .is_some_and(|names| names.contains(&format!("`{command}`")))
        });
        let row = row.unwrap_or_else(|| panic!("no row of {command}"));
        let json = place.json("a.db", args);
        let mut fields = Vec::new();
        for (name, value) in json.as_object().unwrap() {
            fields.push(name.clone());
            let record = value
                .as_array()
                .and_then(|list| list.first())
                .and_then(Value::as_object);
            if name != "events" {
                fields.extend(record.into_iter().flat_map(|record| record.keys().cloned()));
            }
        }
        for field in fields {
            assert!(row.contains(&format!("`{field}`")), "{command}: {field}");
        }
    }
}
