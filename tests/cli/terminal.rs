//! Text of strangers on a terminal: every command and format, on a pseudo-terminal.

use seerflow::record::is_invisible;

use super::*;

/// Sets a title, colours, hides, turns and tags text.
const EVIL: &str = "=\u{1b}]0;owned\u{7}\u{9b}31m\u{7f}\u{202e}\u{200b}\u{61c}\u{e0041}\rx";

/// Runs a command on a wide terminal without colours; returns the text on the terminal.
fn on_terminal(place: &Place, db: &str, args: &[&str]) -> String {
    let mut command = place.command(db, args);
    command.env("NO_COLOR", "1").env("COLUMNS", "500");
    run_on_terminal(command, 0).1
}

/// Removes the sequences of progress bars: CSI and letters. The evil text has none.
fn without_bars(shown: &str) -> String {
    let mut parts = shown.split("\u{1b}[");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text += part
            .trim_start_matches(|c: char| c.is_ascii_digit() || ";?".contains(c))
            .get(1..)
            .unwrap_or_default();
    }
    text.replace('\r', "")
}

fn store() -> Place {
    let place = Place::new();
    let event = serde_json::json!({
        "message": EVIL, "source_type": EVIL, "source_id": EVIL, "related_users": [EVIL, "a"],
        "related_hosts": [EVIL], "attributes": {EVIL: EVIL}, "body": EVIL, "template_id": 7,
    });
    let events = place.file("events.ndjson", format!("{event}\n{{\"{EVIL}\n"));
    let edges = "storage.infer_edges=true";
    place.run("a.db", &["ingest", "-q", "--set", edges, &events]);
    let alert = serde_json::json!({
        "alert_id": "a0001", "alert_type": "ml", "rule_name": EVIL, "description": EVIL, "entity_type": "user",
        "entity_value": EVIL, "dedup_key": EVIL, "mitre_tactics": [EVIL],
    });
    let alerts = place.file("alerts.ndjson", format!("{alert}\n"));
    place.ok("a.db", &["import", "-q", &alerts]);
    place.ok("a.db", &["alerts", "feedback", "a0001", "tp", "--note", EVIL]);
    place.ok("a.db", &["model", "put", "evil", &place.file("model", EVIL)]);
    place
}

#[test]
fn no_command_sends_text_of_strangers_to_a_terminal_unescaped() {
    let place = store();
    let missing = place.path(EVIL).display().to_string();
    let there = place.file(&format!("{EVIL}.log"), format!("{EVIL}\n"));
    let path = format!("storage.sqlite_path={}", place.path(EVIL).display());
    let user = format!("user:{}", EVIL.to_lowercase());
    let lists: [&[&str]; 12] = [
        &["query", "events"],
        &["search", "owned"],
        &["query", "alerts"],
        &["query", "entities"],
        &["query", "templates"],
        &["query", "timeline", &user],
        &["stats"],
        &["dead-letters"],
        &["graph", "top", "pagerank"],
        &["graph", "neighbors", "user:a"],
        &["graph", "subgraph", "user:a"],
        &["config", "--set", &path],
    ];
    let mut commands: Vec<Vec<&str>> = Vec::new();
    for list in lists {
        for format in ["table", "csv", "ndjson", "json"] {
            commands.push([list, &["--format", format]].concat());
        }
    }
    let others: [&[&str]; 24] = [
        &["tail"],
        &["tail", "--format", "csv", "--csv-safe"],
        &["tail", "--json"],
        &["alerts", "show", "a0001"],
        &["alerts", "show", "a0001", "--json"],
        &["graph", "stats"],
        &["graph", "subgraph", "user:a", "--format", "dot"],
        &["graph", "subgraph", "user:a", "--format", "svg"],
        &["export", "events"],
        &["export", "events", "--format", "csv", "--output", "/dev/stdout"],
        &["export", "alerts"],
        &["export", "all"],
        &["model", "get", "evil"],
        &["status", "--set", &path],
        &["status"],
        &["status", "--json"],
        &["ingest", &missing],
        &["ingest", &there],
        &["ingest", "--dry-run", &there],
        &["model", "get", EVIL],
        &["alerts", "show", EVIL],
        &["query", "events", "--from", EVIL],
        &["query", "events", "--order", EVIL],
        &[EVIL],
    ];
    commands.extend(others.map(<[&str]>::to_vec));
    let mut with_evil = 0;
    for args in commands {
        let shown = without_bars(&on_terminal(&place, "a.db", &args));
        with_evil += usize::from(shown.contains("\\u001b]0;owned"));
        let bad = shown
            .chars()
            .find(|c| is_invisible(*c) && !matches!(c, '\n' | '\t'));
        assert_eq!(bad, None, "{args:?}: {shown:?}");
    }
    assert!(with_evil > 40, "{with_evil}");
}

#[test]
fn json_on_a_terminal_is_lossless_and_a_pipe_gets_the_same_bytes() {
    let place = store();
    for args in [
        &["query", "events", "--json"][..],
        &["query", "events", "--format", "ndjson"],
        &["query", "alerts", "--json"],
        &["export", "alerts"],
    ] {
        let value =
            |text: &str| serde_json::from_str::<Value>(text.lines().collect::<String>().as_str()).unwrap();
        let args = [args, &["--quiet"]].concat();
        let piped = place.ok("a.db", &args);
        assert!(piped.contains("\u{202e}\u{200b}\u{61c}\u{e0041}"), "{piped}");
        assert_eq!(
            value(&on_terminal(&place, "a.db", &args)),
            value(&piped),
            "{args:?}"
        );
    }
    assert_eq!(place.ok("a.db", &["model", "get", "evil"]), EVIL);
}

#[test]
fn csv_safe_leaves_spreadsheets_no_formula() {
    let place = Place::new();
    let messages = [
        "=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "plain", "'=1", "－1",
    ];
    let lines: String = messages
        .iter()
        .map(|message| {
            format!(
                "{}\n",
                serde_json::json!({"message": message, "source_id": message, "severity_id": 1})
            )
        })
        .collect();
    place.ok("a.db", &["ingest", "-q", &place.file("a.ndjson", lines)]);
    let column = |args: &[&str], name: &str| {
        let printed = place.ok("a.db", args);
        let mut rows = csv::Reader::from_reader(printed.as_bytes());
        let number = rows
            .headers()
            .unwrap()
            .iter()
            .position(|column| column == name)
            .unwrap();
        let cells = rows.records().map(|row| row.unwrap()[number].to_owned());
        cells.collect::<Vec<_>>()
    };
    let safe: Vec<String> = messages
        .iter()
        .map(|message| match *message {
            "plain" | "'=1" => message.to_string(),
            _ => format!("'{message}"),
        })
        .collect();
    for args in [
        &["export", "events"][..],
        &["query", "events", "--order", "arrival"],
        &["tail"],
    ] {
        let args = [args, &["--format", "csv"]].concat();
        assert_eq!(column(&args, "message"), messages, "{args:?}");
        let args = [&args[..], &["--csv-safe"]].concat();
        assert_eq!(column(&args, "message"), safe, "{args:?}");
        assert_eq!(column(&args, "template_id")[0], "-1", "{args:?}");
    }
    let args = ["stats", "--by", "host", "--format", "csv"];
    assert!(column(&args, "value").contains(&"=1+1".to_owned()));
    let values = column(&[&args[..], &["--csv-safe"]].concat(), "value");
    assert!(
        values
            .iter()
            .all(|value| !value.starts_with(['=', '+', '-', '@'])),
        "{values:?}"
    );
}
