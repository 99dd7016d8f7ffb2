//! Reading a database made by Seerflow does not change it, and gives the same answers before and after adoption.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use seerflow::codec::msgpack;
use seerflow::record::{
    AlertQuery, CountBy, Cursor, EntityType, Event, EventQuery, Order, PatternQuery, Total, Window, entity_id,
};
use seerflow::{Engine, Input, WriteOptions};
use sha2::{Digest, Sha256};

use super::answers::{START, events};
use super::{Peer, alert_time, anytime, lines_of, ndjson, one_alert, read, write};

const MINUTE: i64 = 60_000_000_000;

fn id(kind: EntityType, value: &str) -> String {
    entity_id(kind, value).unwrap().to_string()
}

/// Fills every table with Seerflow.
fn fill(peer: &Peer) {
    peer.run("init", &[]);
    // Enough events for one range of summaries in a file; an adopted server database summarises all.
    let count = if peer.database.is_some() { 700 } else { 2500 };
    peer.run("write", &[&peer.file("events.ndjson", &ndjson(&events(count)))]);
    let alerts: Vec<_> = (0..6)
        .map(|n| one_alert(&format!("alert-{n}"), &format!("key{n}"), alert_time(n)))
        .collect();
    peer.run("alerts-write", &[&peer.file("alerts.ndjson", &lines_of(&alerts))]);
    peer.run("feedback", &["alert-3", "tp", "--note", "sure"]);
    let template = r#"{"template_id":3,"template_str":"t <*>","first_seen_ns":1,"last_seen_ns":2,"event_count":4,"example_message":"t 1"}"#;
    peer.run("templates-write", &[&peer.file("templates.ndjson", template)]);
    peer.run("model-put", &["model", "aGVsbG8="]);
    let matches = r#"{"rule_id":"rule","count":2,"last_fired_ns":50}"#;
    peer.run("sigma-matches", &[&peer.file("matches.ndjson", matches)]);
    let user = |n: i64| id(EntityType::User, &format!("user{n}"));
    let edge = |source: i64, target: i64| {
        let (source_id, target_id) = (user(source), user(target));
        format!(
            r#"{{"source_id":"{source_id}","target_id":"{target_id}","rel_type":"runs_on","timestamp_ns":5}}"#
        )
    };
    let edges = [edge(5, 6), edge(6, 7), edge(5, 6)].join("\n");
    peer.run("edges-write", &[&peer.file("edges.ndjson", &edges)]);
}

/// Returns the checksum of every file in a folder, by name.
fn checksums(folder: &Path) -> BTreeMap<String, String> {
    let files = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    files
        .map(|file| {
            let sum = Sha256::digest(std::fs::read(file.path()).unwrap());
            let sum = sum.iter().map(|byte| format!("{byte:02x}")).collect();
            (file.file_name().into_string().unwrap(), sum)
        })
        .collect()
}

/// Every command that reads. A copy is written to the folder in which the command runs.
const COMMANDS: &[&str] = &[
    "status",
    "status --json",
    "query events",
    "query events --order arrival --total exact",
    "query alerts",
    "query timeline user:user5",
    "query entities",
    "query templates",
    "search message",
    "search nothing of the kind",
    "tail",
    "stats",
    "check",
    "check --full",
    "alerts show alert-3",
    "entity id user user5",
    "graph stats",
    "graph top pagerank",
    "graph neighbors user:user5",
    "graph path user:user5 user:user7",
    "graph subgraph user:user5",
    "export events",
    "export alerts",
    "export all",
    "backup copy.db",
    "model list",
    "model get model",
    "sigma list",
    "templates list",
    "dead-letters",
    "prune --older-than 1d --dry-run",
    "config",
];

/// Runs a command of the program on a peer's database, in a new folder.
fn run(peer: &Peer, command: &str) -> Output {
    let elsewhere = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_seerflow"));
    program.args(command.split(' ')).current_dir(elsewhere.path());
    for setting in peer.settings() {
        program.args(["--set", &setting]);
    }
    program.output().unwrap()
}

fn run_all(peer: &Peer, state: impl Fn() -> BTreeMap<String, String>) {
    let before = state();
    for command in COMMANDS {
        if command.starts_with("backup") && peer.database.is_some() {
            continue;
        }
        let output = run(peer, command);
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{command}: {text}");
        assert_eq!(state(), before, "{command}");
    }
    println!("{} commands: {before:?}", COMMANDS.len());
}

#[test]
fn reading_commands_do_not_change_a_file_of_seerflow() {
    let Some(peer) = Peer::find() else { return };
    fill(&peer);
    run_all(&peer, || checksums(peer.folder.path()));
}

#[test]
fn reading_commands_do_not_change_the_log_of_a_running_seerflow() {
    let Some(peer) = Peer::find() else { return };
    peer.run("init", &[]);
    let running = rusqlite::Connection::open(peer.db()).unwrap();
    let row = "INSERT INTO templates VALUES (7, 't', 1, 2, 3, NULL)";
    running.execute(row, []).unwrap();
    let state = || {
        let mut sums = checksums(peer.folder.path());
        // Readers register in the shared-memory file.
        sums.insert("seerflow.db-shm".to_owned(), String::new()).unwrap();
        sums
    };
    let before = state();
    for command in [
        "status",
        "templates list",
        "check",
        "export events",
        "backup copy.db",
    ] {
        let output = run(&peer, command);
        assert_eq!(output.status.code(), Some(0), "{command}: {output:?}");
        assert_eq!(state(), before, "{command}");
    }
    let listed = run(&peer, "templates list --format ndjson");
    assert!(
        String::from_utf8_lossy(&listed.stdout).contains("\"template_id\":7"),
        "{listed:?}"
    );
}

/// A reader continues while another process adopts the database and writes to it.
fn reader_notices_adoption(peer: &Peer) {
    let reader = peer.open();
    let read = || read(&reader, EventQuery::default()).len();
    assert_eq!(read(), 0);
    peer.run("init", &[]);
    peer.run("write", &[&peer.file("events.ndjson", &ndjson(&events(50)))]);
    assert_eq!(read(), 50);
    let oldest_first = EventQuery {
        order: Order::Arrival,
        limit: 40,
        ..EventQuery::default()
    };
    let first = reader.query_events(&oldest_first, &anytime()).unwrap();
    assert_eq!(
        reader
            .maintenance()
            .unwrap()
            .summary(&anytime())
            .unwrap()
            .migration,
        0
    );

    let writer = peer.open();
    let late = Event {
        timestamp_ns: Some(5),
        message: "late".into(),
        ..Event::default()
    };
    write(&writer, Input::Events(Box::new([Ok(late)].into_iter())));
    let rejected = Event {
        message: "x".repeat(2 << 20).into(),
        ..Event::default()
    };
    let outcome = writer.write(
        Input::Events(Box::new([Ok(rejected)].into_iter())),
        WriteOptions {
            durable: true,
            ..WriteOptions::default()
        },
        &anytime(),
    );
    assert_eq!(outcome.unwrap().rejected.len(), 1);
    assert_eq!(
        reader
            .dead_letters()
            .unwrap()
            .dead_letters(None, 10, &anytime())
            .unwrap()
            .len(),
        1
    );
    let rest = EventQuery {
        cursor: first.next,
        ..oldest_first
    };
    let rest = reader.query_events(&rest, &anytime()).unwrap();
    let last = rest.blobs().last().unwrap();
    assert_eq!(
        (rest.len(), msgpack::decode_event(last).unwrap().message.as_ref()),
        (11, "late")
    );
    assert!(
        reader
            .maintenance()
            .unwrap()
            .summary(&anytime())
            .unwrap()
            .migration
            > 0
    );
}

#[test]
fn reader_of_a_file_notices_adoption() {
    let Some(peer) = Peer::find() else { return };
    reader_notices_adoption(&peer);
}

#[test]
fn reader_of_a_server_notices_adoption() {
    let Some(peer) = Peer::on_postgres() else { return };
    reader_notices_adoption(&peer);
}

/// The answers of all reading functions, with a description of each query.
#[derive(Default)]
struct Answers(Vec<(String, String)>);

impl Answers {
    fn add<T: std::fmt::Debug>(&mut self, asked: impl Into<String>, answer: seerflow::Result<T>) {
        let asked = asked.into();
        let answer = answer.unwrap_or_else(|e| panic!("{asked}: {e}"));
        self.0.push((asked, format!("{answer:?}")));
    }

    fn assert_same_as(&self, other: &Self) {
        assert_eq!(self.0.len(), other.0.len());
        for (before, after) in self.0.iter().zip(&other.0) {
            assert_eq!(before, after);
        }
    }
}

/// Returns queries for events: each order, with each filter alone and with some combinations.
fn queries() -> Vec<EventQuery> {
    let plain = EventQuery {
        limit: 300,
        total: Total::Exact,
        ..EventQuery::default()
    };
    let text = |text: &str| EventQuery {
        text: Some(text.to_owned()),
        ..plain.clone()
    };
    let filters = [
        plain.clone(),
        text("message"),
        text("messages 77"),
        text("\"message 7\""),
        text("nothing"),
        text("!!"),
        EventQuery {
            entity: Some(id(EntityType::User, "user5")),
            ..text("message")
        },
        EventQuery {
            source_type: Some("nginx".into()),
            min_severity: Some(3),
            ..text("message")
        },
        EventQuery {
            source_type: Some("nginx".into()),
            ..plain.clone()
        },
        EventQuery {
            source_id: Some("host-2".into()),
            ..plain.clone()
        },
        EventQuery {
            min_severity: Some(4),
            ..plain.clone()
        },
        EventQuery {
            template_id: Some(4),
            ..plain.clone()
        },
        EventQuery {
            entity: Some(id(EntityType::User, "user5")),
            ..plain.clone()
        },
        EventQuery {
            window: Window {
                from_ns: START + 10 * MINUTE,
                to_ns: START + 70 * MINUTE,
            },
            ..plain.clone()
        },
        EventQuery {
            total: Total::Capped(100),
            ..text("message")
        },
        EventQuery { page: 3, ..plain },
    ];
    let orders = [Order::Newest, Order::Oldest, Order::Arrival];
    let each = |order| {
        filters
            .iter()
            .cloned()
            .map(move |query| EventQuery { order, ..query })
    };
    orders.into_iter().flat_map(each).collect()
}

/// Runs a query page by page from a cursor; returns pages and cursors.
fn pages(engine: &Engine, query: &EventQuery, from: Option<Cursor>) -> Vec<(Vec<Vec<u8>>, String)> {
    let mut query = EventQuery {
        cursor: from,
        ..query.clone()
    };
    if from.is_some() {
        query.page = 1;
    }
    let mut pages = Vec::new();
    loop {
        let page = engine.query_events(&query, &anytime()).unwrap();
        let blobs = page.blobs().map(<[u8]>::to_vec).collect();
        pages.push((blobs, format!("{:?} {:?} {:?}", page.total, page.next, page.last)));
        match page.next {
            Some(next) => (query.cursor, query.page) = (Some(next), 1),
            None => return pages,
        }
    }
}

/// Calls every reading function.
fn ask(engine: &Engine) -> Answers {
    let mut answers = Answers::default();
    let control = &anytime();
    for query in queries() {
        let asked = format!("{query:?}");
        answers.add(asked, Ok(pages(engine, &query, None)));
    }
    let user = id(EntityType::User, "user5");
    let first = uuid::Uuid::from_u128(1).to_string();
    answers.add("event", engine.event(&first, control));
    answers.add("no event", engine.event(&uuid::Uuid::max().to_string(), control));
    let entities = engine.entities().unwrap();
    let timeline = EventQuery {
        entity: Some(user.clone()),
        limit: 100,
        ..EventQuery::default()
    };
    answers.add("timeline", entities.timeline(&timeline, control));
    answers.add("entities_of_event", entities.entities_of_event(&first, control));
    answers.add(
        "describe_entity",
        engine.entities().unwrap().describe_entity(&user, control),
    );
    let cut = EventQuery {
        window: Window {
            from_ns: START + 5 * MINUTE + 7,
            to_ns: START + 40 * MINUTE,
        },
        ..EventQuery::default()
    };
    let found = EventQuery {
        text: Some("message 7".into()),
        ..EventQuery::default()
    };
    let aggregates = engine.aggregates().unwrap();
    let kinds = [
        CountBy::Source,
        CountBy::Severity,
        CountBy::Host,
        CountBy::Template,
        CountBy::Entity,
    ];
    for query in [&EventQuery::default(), &cut, &found] {
        for by in kinds {
            let asked = format!("{by:?} {query:?}");
            answers.add(
                format!("count by {asked}"),
                aggregates.count_by(by, query, 20, control),
            );
            answers.add(
                format!("distinct {asked}"),
                aggregates.distinct(by, query, control),
            );
        }
        for split in [None, Some(CountBy::Source), Some(CountBy::Severity)] {
            answers.add(
                format!("histogram {split:?} {query:?}"),
                aggregates.histogram(split, query, 5 * MINUTE, control),
            );
        }
        answers.add(
            format!("active {query:?}"),
            entities.active_entities(query, 20, control),
        );
    }
    answers.add("templates", engine.templates().unwrap().templates(10, control));
    answers.add(
        "dead letters",
        engine.dead_letters().unwrap().dead_letters(None, 10, control),
    );
    let alerts = engine.alerts().unwrap();
    let all = &AlertQuery::default();
    for query in [
        AlertQuery::default(),
        AlertQuery {
            technique: Some("T1110".into()),
            ..AlertQuery::default()
        },
        AlertQuery {
            tactic: Some("credential-access".into()),
            ..AlertQuery::default()
        },
        AlertQuery {
            alert_type: Some("sigma".into()),
            ..AlertQuery::default()
        },
    ] {
        answers.add(format!("{query:?}"), alerts.query_alerts(&query, control));
    }
    answers.add("alert", alerts.alert("alert-3", control));
    answers.add(
        "feedback events",
        alerts.feedback_events(None, None, 1, 10, control),
    );
    answers.add(
        "feedback of alert",
        alerts.feedback_events(Some("alert-3"), None, 1, 10, control),
    );
    answers.add("feedback stats", alerts.feedback_stats(control));
    answers.add(
        "patterns",
        alerts.alert_patterns(&PatternQuery::default(), control),
    );
    answers.add("alerts by time", alerts.alerts_by_time(all, MINUTE, control));
    answers.add("alerts by rule", alerts.alerts_by_rule(all, 10, control));
    answers.add("alerts by severity", alerts.alerts_by_severity(all, control));
    let models = engine.models().unwrap();
    answers.add("model", models.load_model("model", control));
    answers.add("models", models.models("", control));
    answers.add("sigma rules", engine.sigma_rules().unwrap().sigma_rules(control));
    let edges = engine.edges().unwrap();
    let listed = edges.edges(None, 10, control).unwrap();
    answers.add("edges", Ok(listed));
    answers.add("related", edges.related_entities(&user, 10, control));
    let graph = engine.graph().unwrap();
    answers.add("graph counts", graph.counts(control));
    answers.add("check", engine.maintenance().unwrap().check(control));
    answers.add("check text", engine.maintenance().unwrap().check_text(control));
    let summary = engine.maintenance().unwrap().summary(control).unwrap();
    answers.add(
        "summary",
        Ok((
            summary.schema_version,
            summary.made_by_seerflow,
            (summary.events, summary.templates, summary.dead_letters),
            (summary.oldest_ns, summary.newest_ns, summary.last_seq),
        )),
    );
    answers
}

/// Compares answers before and after adoption, from the same engine and from a new one.
fn answers_do_not_change_with_adoption(peer: &Peer) {
    fill(peer);
    let engine = peer.open();
    let before = ask(&engine);
    assert_eq!(
        engine
            .maintenance()
            .unwrap()
            .summary(&anytime())
            .unwrap()
            .migration,
        0
    );
    let cursors: Vec<_> = queries()
        .into_iter()
        .filter_map(|query| {
            let page = engine.query_events(&query, &anytime()).unwrap();
            page.next
                .map(|next| (pages(&engine, &query, Some(next)), query, next))
        })
        .collect();
    engine.start(&anytime()).unwrap();
    let store = seerflow::store::open(&peer.config(), &Default::default()).unwrap();
    store.finish_rows(&anytime()).unwrap();
    let adopted = engine.maintenance().unwrap().summary(&anytime()).unwrap();
    assert!(adopted.migration > 0, "{adopted:?}");
    assert!(adopted.watermark > 0 || peer.database.is_some(), "{adopted:?}");
    before.assert_same_as(&ask(&engine));
    before.assert_same_as(&ask(&peer.open()));
    for (before, query, next) in &cursors {
        assert_eq!(&pages(&engine, query, Some(*next)), before, "{query:?}");
    }
    println!("{} answers, {} cursors", before.0.len(), cursors.len());
}

#[test]
fn answers_on_a_file_do_not_change_with_adoption() {
    let Some(peer) = Peer::find() else { return };
    answers_do_not_change_with_adoption(&peer);
}

/// Returns the schema as pg_dump writes it.
fn schema(peer: &Peer) -> BTreeMap<String, String> {
    let url = peer.database.as_ref().unwrap().url();
    let dump = Command::new("pg_dump")
        .args(["--schema-only", &url])
        .output()
        .unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    // Two lines contain a random token.
    let lines = String::from_utf8(dump.stdout).unwrap();
    let lines: Vec<&str> = lines.lines().filter(|line| !line.contains("restrict ")).collect();
    let sum = Sha256::digest(lines.join("\n"));
    let sum = sum.iter().map(|byte| format!("{byte:02x}")).collect();
    BTreeMap::from([
        ("schema".to_owned(), sum),
        ("lines".to_owned(), lines.len().to_string()),
    ])
}

#[test]
fn reading_commands_do_not_change_a_server_database_of_seerflow() {
    let Some(peer) = Peer::on_postgres() else { return };
    let empty = schema(&peer);
    for command in [
        "status",
        "query events",
        "search x",
        "check",
        "stats",
        "graph stats",
        "export events",
        "tail",
    ] {
        let output = run(&peer, command);
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{command}: {text}");
        assert_eq!(schema(&peer), empty, "{command}");
    }
    let status = run(&peer, "status");
    assert!(
        String::from_utf8_lossy(&status.stdout).contains("the database is empty"),
        "{status:?}"
    );
    fill(&peer);
    assert_ne!(schema(&peer), empty);
    run_all(&peer, || schema(&peer));
}

#[test]
fn answers_on_a_server_do_not_change_with_adoption() {
    let Some(peer) = Peer::on_postgres() else { return };
    answers_do_not_change_with_adoption(&peer);
}
