//! Interoperation of libseerflow and the real Seerflow 0.7.0 on one database, in both orders, on SQLite and on PostgreSQL. Seerflow
//! is driven by `interop/peer.py`.
//!
//! Seerflow runs in a virtual environment created by `tests/interop/setup.sh`; `SEERFLOW_PYTHON` selects another Python.

#[path = "interop/answers.rs"]
mod answers;

#[path = "interop/reading.rs"]
mod reading;

#[path = "services/database.rs"]
mod database;
mod services;
#[path = "services/sound.rs"]
mod sound;

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use database::Database;

use seerflow::codec::{json, msgpack};
use seerflow::record::ExpectedModel;
use seerflow::record::{
    Alert, AlertQuery, Control, DEDUP_WINDOW_NS, Edge, EntityType, Event, EventQuery, FeedbackEvent, Order,
    SigmaMatches, Template, Total, Value, Window, entity_id,
};
use seerflow::transfer::{self, Feed, FeedCounts, Format, import_alerts};
use seerflow::{Config, Engine, Input, WriteOptions};
use serde_json::Value as Json;
use sound::assert_sound;

/// The installed Seerflow, and a folder for a new database.
struct Peer {
    python: PathBuf,
    folder: tempfile::TempDir,
    /// The database on a server; `None` means a file in the folder.
    database: Option<Database>,
}

impl Peer {
    /// Finds Seerflow, which CI requires.
    fn find() -> Option<Self> {
        Some(Self {
            python: services::seerflow()?,
            folder: tempfile::tempdir().unwrap(),
            database: None,
        })
    }

    /// Finds Seerflow, and a PostgreSQL server with a new database.
    fn on_postgres() -> Option<Self> {
        let url = services::POSTGRES.url()?;
        Some(Self {
            database: Some(Database::new(&url)),
            ..Self::find()?
        })
    }

    /// Returns a search in Seerflow's syntax: one phrase on SQLite, all words on PostgreSQL.
    fn quoted(&self, words: &str) -> String {
        match &self.database {
            Some(_) => words.to_owned(),
            None => format!("\"{words}\""),
        }
    }

    fn db(&self) -> PathBuf {
        self.folder.path().join("seerflow.db")
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs a command of the script on the database.
    fn run(&self, command: &str, arguments: &[&str]) -> Json {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/peer.py");
        let output = Command::new(&self.python)
            .arg(script)
            .arg(command)
            .arg(match &self.database {
                Some(database) => database.url(),
                None => self.db().display().to_string(),
            })
            .args(arguments)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{command}: {text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_str(&text).unwrap()
    }

    /// Returns all events as Seerflow reads them, sorted by id because Seerflow does not sort equal times.
    fn read(&self, filters: &[&str]) -> Vec<Event<'static>> {
        let answer = self.run("read", filters);
        let events = answer["events"].as_array().unwrap();
        sorted(events.iter().map(|event| from_json(event)).collect())
    }

    fn ids(&self, command: &str, argument: &str) -> Vec<String> {
        let answer = self.run(command, &[argument]);
        let mut ids: Vec<String> = answer["event_ids"]
            .as_array()
            .unwrap()
            .iter()
            .map(|id| id.as_str().unwrap().to_owned())
            .collect();
        ids.sort();
        ids
    }

    fn open(&self) -> Engine {
        self.open_with(&[])
    }

    /// Returns the options for the database.
    fn settings(&self) -> Vec<String> {
        match &self.database {
            Some(database) => vec![
                "storage.backend=postgresql".to_owned(),
                format!("storage.postgresql_url={}", database.url()),
            ],
            None => vec![format!("storage.sqlite_path={}", self.db().display())],
        }
    }

    fn config(&self) -> Config {
        let mut config = Config::new();
        for setting in self.settings() {
            let (key, value) = setting.split_once('=').unwrap();
            config.set(key, value).unwrap();
        }
        config
    }

    fn open_with(&self, options: &[&str]) -> Engine {
        let mut config = self.config();
        for option in options {
            config.set(option, "true").unwrap();
        }
        Engine::open(&config, Default::default()).unwrap()
    }
}

fn from_json(event: &Json) -> Event<'static> {
    json::decode_event(event.to_string().as_bytes())
        .unwrap()
        .into_owned()
}

fn sorted(mut events: Vec<Event<'static>>) -> Vec<Event<'static>> {
    events.sort_by_key(|event| event.event_id);
    events
}

fn anytime() -> Control {
    Control::unbounded()
}

fn write(engine: &Engine, input: Input<'_>) {
    let durable = WriteOptions {
        durable: true,
        complete: true,
        ..WriteOptions::default()
    };
    let outcome = engine.write(input, durable, &anytime()).unwrap();
    assert_eq!(outcome.rejected, []);
}

/// Returns all events as libseerflow reads them, sorted by id.
fn read(engine: &Engine, query: EventQuery) -> Vec<Event<'static>> {
    let mut query = EventQuery {
        limit: 10_000,
        ..query
    };
    let mut events = Vec::new();
    loop {
        let page = engine.query_events(&query, &anytime()).unwrap();
        events.extend(
            page.blobs()
                .map(|blob| msgpack::decode_event(blob).unwrap().into_owned()),
        );
        query.cursor = page.next;
        if query.cursor.is_none() {
            return sorted(events);
        }
    }
}

fn ids(events: &[Event<'_>]) -> Vec<String> {
    events
        .iter()
        .map(|event| event.event_id.unwrap().to_string())
        .collect()
}

/// Events with every field set, and with values that are difficult to store.
fn full_events() -> Vec<Event<'static>> {
    let list = |items: &[&str]| {
        items
            .iter()
            .map(|item| (*item).to_owned().into())
            .collect::<Vec<_>>()
    };
    let detail = Value::Map(vec![
        ("k".into(), Value::Int(-1)),
        ("l".into(), Value::Array(vec!["a".into()])),
    ]);
    let every_field = Event {
        trace_id: Some("0af7651916cd43dd8448eb211c80319c".into()),
        span_id: Some("b7ad6b7169203331".into()),
        severity_id: 5,
        otel_severity: 21,
        event_kind: "alert".into(),
        event_category: "authentication".into(),
        event_type: "start".into(),
        event_outcome: "failure".into(),
        event_action: "login".into(),
        category_uid: 3,
        class_uid: 3002,
        type_uid: 300_201,
        activity_id: 1,
        message: "every field is set \u{0} \u{fffd} é 日本".into(),
        body: Some(Value::Map(vec![(
            "nested".into(),
            Value::Bin(vec![0, 255].into()),
        )])),
        source_type: "sshd".into(),
        source_id: "web-1".into(),
        log_source_category: "auth".into(),
        log_source_product: "linux".into(),
        log_source_service: "sshd".into(),
        template_id: 1 << 33,
        template_str: "every <*> is set".into(),
        template_params: list(&["field", ""]),
        related_ips: list(&["192.0.2.1", "2001:db8::1"]),
        related_users: list(&["EXAMPLE\\Root", "deploy@example.com"]),
        related_hosts: list(&["Web-1."]),
        related_files: list(&["/etc/passwd"]),
        related_domains: list(&["Example.COM"]),
        related_processes: list(&["sshd:812", "812"]),
        related_hashes: list(&["sha256:00ff"]),
        mitre_tactics: list(&["credential-access"]),
        mitre_techniques: list(&["T1110.001"]),
        risk_score: 71.5,
        anomaly_score: 1e-300,
        confidence: 0.0,
        attributes: vec![
            ("int".into(), Value::Int(i64::MIN)),
            ("uint".into(), Value::UInt(u64::MAX)),
            ("float".into(), Value::Float(-0.0)),
            ("bool".into(), Value::Bool(true)),
            ("nil".into(), Value::Nil),
            ("maps".into(), Value::Array(vec![detail])),
            // A shape that Seerflow does not decode, hence stored as JSON text.
            ("list".into(), Value::Array(vec!["a".into(), Value::Int(1)])),
            (
                "map".into(),
                Value::Map(vec![("deep".into(), Value::Array(vec![Value::Nil]))]),
            ),
            ("bytes".into(), Value::Bin(vec![1, 2].into())),
        ],
        tags: list(&["a", "b"]),
        raw_event: "<38>raw".into(),
        resource_attrs: vec![("service.name".into(), "sshd".into())],
        ..Event::default()
    };
    let mut events = vec![every_field, Event::default()];
    events.extend((0..7).map(|severity| Event {
        severity_id: severity,
        message: "level".into(),
        ..Event::default()
    }));
    for (n, event) in events.iter_mut().enumerate() {
        event.timestamp_ns = Some(1_700_000_000_000_000_000 + n as i64);
        event.observed_ns = Some(1_700_000_001_000_000_000);
    }
    events
}

/// Query for columns, indexes and versions, one per line, without the trigger that Seerflow recreates at every start.
const SCHEMA: &str =
    "SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || is_generated || is_identity
    FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1;
    SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1;
    SELECT version FROM schema_version ORDER BY 1";

fn seerflow_reads_what_we_wrote(peer: &Peer) {
    let engine = peer.open();
    write(
        &engine,
        Input::Events(Box::new(full_events().into_iter().map(Ok))),
    );
    let lines =
        b"Mar 14 01:47:13 web2 sshd[21346]: Accepted password for deploy from 203.0.113.66 port 51514 ssh2\n\
        not a line of any kind \xff\xfe\n\
        <13>1 2026-03-14T01:02:03.5Z db1 postgres 77 - [a@1 k=\"v\"] connection authorized: user=ledger\n";
    write(&engine, Input::Lines(lines));
    write(
        &engine,
        Input::Ndjson(
            b"{\"level\":50,\"time\":1773450433000,\"msg\":\"from pino\",\"nested\":{\"a\":[1]}}\n",
        ),
    );
    let ours = read(&engine, EventQuery::default());
    // Our handle is open; Seerflow does not wait for it.
    let theirs = peer.read(&[]);
    assert_eq!(ours.len(), 13);
    let without_body = |event: &Event<'static>| Event {
        body: None,
        ..event.clone()
    };
    assert_eq!(theirs, ours.iter().map(without_body).collect::<Vec<_>>());
    assert_eq!(ours.iter().filter(|event| event.body.is_some()).count(), 1);

    for words in [
        "accepted password",
        "from pino",
        "connection authorized",
        "level",
        "nothing of it",
    ] {
        let quoted = peer.quoted(words);
        let ours = read(
            &engine,
            EventQuery {
                text: Some(quoted),
                ..EventQuery::default()
            },
        );
        assert_eq!(peer.ids("search", words), ids(&ours), "{words}");
    }
    for (kind, value) in [
        (EntityType::Ip, "203.0.113.66"),
        (EntityType::Ip, "2001:db8:0::1"),
        (EntityType::User, "deploy"),
        (EntityType::Process, "sshd:812"),
        (EntityType::Host, "web-1"),
    ] {
        let entity = entity_id(kind, value).unwrap().to_string();
        let ours = read(
            &engine,
            EventQuery {
                entity: Some(entity.clone()),
                ..EventQuery::default()
            },
        );
        assert!(!ours.is_empty(), "{value}");
        assert_eq!(peer.ids("timeline", &entity), ids(&ours), "{value}");
    }
    for (filters, query) in [
        (
            vec!["--severity-min", "4"],
            EventQuery {
                min_severity: Some(4),
                ..EventQuery::default()
            },
        ),
        (
            vec!["--source-type", "sshd"],
            EventQuery {
                source_type: Some("sshd".into()),
                ..EventQuery::default()
            },
        ),
        (
            vec!["--template-id", "8589934592"],
            EventQuery {
                template_id: Some(1 << 33),
                ..EventQuery::default()
            },
        ),
        (
            vec!["--end", "1700000000000000003"],
            EventQuery {
                // Seerflow's end of a window is included.
                window: Window::closed(i64::MIN, 1_700_000_000_000_000_003),
                ..EventQuery::default()
            },
        ),
    ] {
        assert_eq!(
            ids(&peer.read(&filters)),
            ids(&read(&engine, query.clone())),
            "{filters:?}"
        );
    }
    let exported = peer.run(
        "export",
        &[peer.folder.path().join("out.ndjson").to_str().unwrap()],
    );
    assert_eq!(exported["rows"], 13, "{exported}");
}

fn seerflows_start_leaves_our_schema_and_index_intact(peer: &Peer) {
    write(
        &peer.open(),
        Input::Events(Box::new(full_events().into_iter().map(Ok))),
    );
    let schema = || match &peer.database {
        Some(database) => Json::from(database.run(SCHEMA)),
        None => peer.run("schema", &[]),
    };
    let before = schema();
    peer.run("init", &[]);
    peer.run("init", &[]);
    let after = schema();
    if peer.database.is_some() {
        assert_eq!(before, after);
    }
    assert_eq!(before["sqlite_master"], after["sqlite_master"]);
    assert_eq!(before["pragmas"], after["pragmas"]);
    if peer.database.is_none() {
        assert_eq!(
            after["schema_versions"],
            serde_json::json!([1, 2, 3, 4, 5, 6, 7]),
            "{after}"
        );
    }
    let engine = peer.open();
    assert_sound(&engine);
    assert_eq!(
        engine.maintenance().unwrap().summary(&anytime()).unwrap().events,
        full_events().len() as u64
    );
}

fn we_read_what_seerflow_wrote(peer: &Peer) {
    // Without bodies, which Seerflow cannot read back.
    let mut events: Vec<Event<'static>> = full_events()
        .into_iter()
        .map(|event| Event { body: None, ..event })
        .collect();
    for (n, event) in events.iter_mut().enumerate() {
        event.event_id = Some(uuid::Uuid::from_u128(n as u128 + 1));
        event.attributes.truncate(6);
        if peer.database.is_some() {
            // Seerflow's column has 32 bits, and its texts have no NUL.
            event.template_id = event.template_id.min(1 << 30);
            event.message = event.message.replace('\0', " ").into();
        }
        event.entity_refs = vec![entity_id(EntityType::Ip, "192.0.2.1").unwrap().to_string().into()];
    }
    peer.run("init", &[]);
    peer.run("write", &[&peer.file("in.ndjson", &ndjson(&events))]);
    let engine = peer.open();
    assert!(
        engine
            .maintenance()
            .unwrap()
            .summary(&anytime())
            .unwrap()
            .made_by_seerflow
    );
    assert_eq!(read(&engine, EventQuery::default()), sorted(events.clone()));
    let entity = entity_id(EntityType::Ip, "192.0.2.1").unwrap().to_string();
    assert_eq!(
        read(
            &engine,
            EventQuery {
                entity: Some(entity),
                ..EventQuery::default()
            }
        )
        .len(),
        events.len()
    );
    let found = read(
        &engine,
        EventQuery {
            text: Some("levels".into()),
            ..EventQuery::default()
        },
    );
    assert_eq!(found.len(), 7);
    // After adoption, the documented column for the time of `entity_events` exists.
    engine.start(&anytime()).unwrap();
    let distinct: i64 = match &peer.database {
        Some(database) => database.run("SELECT count(DISTINCT x.event_ts) FROM entity_events AS x")[0]
            .parse()
            .unwrap(),
        None => rusqlite::Connection::open(peer.db())
            .unwrap()
            .query_row("SELECT count(DISTINCT event_ts) FROM entity_events", [], |row| {
                row.get(0)
            })
            .unwrap(),
    };
    assert_eq!(distinct, events.len() as i64);
    // Backup and prune work too.
    if peer.database.is_none() {
        engine
            .maintenance()
            .unwrap()
            .backup(&peer.folder.path().join("copy.db"), &anytime(), &mut |_, _| {})
            .unwrap();
    }
    let oldest = seerflow::store::PruneOptions {
        before_ns: Some(1_700_000_000_000_000_003),
        max_bytes: None,
    };
    assert_eq!(
        engine
            .maintenance()
            .unwrap()
            .prune(&oldest, &anytime())
            .unwrap()
            .events,
        3
    );
    assert_sound(&engine);
    assert_eq!(ids(&peer.read(&[])), ids(&read(&engine, EventQuery::default())));
}

fn ndjson(events: &[Event<'_>]) -> String {
    let mut text = Vec::new();
    for event in events {
        json::encode_event(event, &mut text);
        text.push(b'\n');
    }
    String::from_utf8(text).unwrap()
}

/// Both programs write alternately to one database; each sees all events.
fn take_turns(peer: &Peer) {
    let engine = peer.open();
    for turn in 0..4u64 {
        let make = |owner: u64, n: u64| Event {
            event_id: Some(uuid::Uuid::from_u64_pair(owner << 32 | turn, n + 1)),
            // Times differ, because Seerflow's pages on PostgreSQL overlap where times are equal.
            timestamp_ns: Some(
                1_700_000_000_000_000_000 + (turn * 1000 + n * 7 % 1000) as i64 * 1_000_000 + owner as i64,
            ),
            observed_ns: Some(1),
            message: format!("turn {turn} of owner{owner} number {n}").into(),
            source_type: "turns".into(),
            ..Event::default()
        };
        write(&engine, Input::Events(Box::new((0..900).map(|n| Ok(make(1, n))))));
        let theirs: Vec<Event<'_>> = (0..700).map(|n| make(2, n)).collect();
        peer.run("write", &[&peer.file("turn.ndjson", &ndjson(&theirs))]);
        // Written again by us: all are duplicates.
        write(
            &engine,
            Input::Events(Box::new(theirs.into_iter().take(10).map(Ok))),
        );
    }
    let all = read(&engine, EventQuery::default());
    assert_eq!(all.len(), 4 * 1600);
    assert_eq!(ids(&peer.read(&[])), ids(&all));
    for words in ["owner1", "owner2 number 55", "turn 3"] {
        let text = Some(peer.quoted(words));
        let ours = read(
            &engine,
            EventQuery {
                text,
                ..EventQuery::default()
            },
        );
        assert_eq!(peer.ids("search", words).len(), ours.len(), "{words}");
    }
    let by_text = EventQuery {
        text: Some("owner2".into()),
        order: Order::Oldest,
        total: Total::Exact,
        ..EventQuery::default()
    };
    assert_eq!(
        engine.query_events(&by_text, &anytime()).unwrap().total,
        Some(4 * 700)
    );
    let minute = 60_000_000_000;
    let buckets = engine
        .aggregates()
        .unwrap()
        .histogram(None, &EventQuery::default(), minute, &anytime())
        .unwrap();
    assert_eq!(buckets.iter().map(|bucket| bucket.events).sum::<u64>(), 4 * 1600);
    // Summaries are updated with the commit, or soon after it.
    let patience = Instant::now() + Duration::from_secs(20);
    while engine
        .maintenance()
        .unwrap()
        .summary(&anytime())
        .unwrap()
        .watermark
        <= 4000
    {
        assert!(Instant::now() < patience, "events are not summarised");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_sound(&engine);
}

fn both_write_alternately_to_our_database(peer: &Peer) {
    peer.open().start(&Control::unbounded()).unwrap();
    take_turns(peer);
}

fn both_write_alternately_to_seerflows_database(peer: &Peer) {
    peer.run("init", &[]);
    take_turns(peer);
}

fn long_messages_are_sound_in_seerflows_database(peer: &Peer) {
    peer.run("init", &[]);
    let engine = peer.open();
    let long = |n: u128, message: String| Event {
        event_id: Some(uuid::Uuid::from_u128(n)),
        timestamp_ns: Some(1_700_000_000_000_000_000 + n as i64),
        message: message.into(),
        source_type: "long".into(),
        ..Event::default()
    };
    // Around the maximum length of Seerflow's text column, cut inside a character, and far longer.
    let events = [
        long(1, "é".repeat(99_999) + "ab"),
        long(2, "x".to_owned() + &"é".repeat(100_000)),
        long(3, "word ".repeat(60_000) + "last"),
    ];
    write(&engine, Input::Events(Box::new(events.into_iter().map(Ok))));
    assert_eq!(read(&engine, EventQuery::default()).len(), 3);
    assert_sound(&engine);
    let found = EventQuery {
        text: Some("last".into()),
        ..EventQuery::default()
    };
    assert_eq!(read(&engine, found).len(), 1);
}

/// The in-process graph sees edges that Seerflow writes to the table, and keeps edges added here.
fn the_graph_sees_what_seerflow_writes(peer: &Peer) {
    let engine = peer.open();
    let graph = engine.graph().unwrap();
    let edge = Edge {
        source_id: "a".into(),
        target_id: "b".into(),
        rel_type: "logged_into".into(),
        first_seen: 10,
        last_seen: 20,
        event_count: 4,
    };
    engine
        .write_edges(std::slice::from_ref(&edge), false, &Control::unbounded())
        .unwrap();
    assert_eq!(graph.counts(&Control::unbounded()).unwrap().edges, 1);
    engine.flush(&Control::unbounded()).unwrap();
    let row = |source: &str| {
        format!(r#"{{"source_id":"{source}","target_id":"b","rel_type":"logged_into","timestamp_ns":5}}"#)
    };
    let rows = format!("{}\n{}\n", row("a"), row("c"));
    peer.run("edges-write", &[&peer.file("edges.ndjson", &rows)]);
    let wanted = [
        Edge {
            first_seen: 5,
            event_count: 5,
            ..edge.clone()
        },
        Edge {
            source_id: "c".into(),
            first_seen: 5,
            last_seen: 5,
            event_count: 1,
            ..edge
        },
    ];
    let patience = Instant::now() + Duration::from_secs(20);
    loop {
        let mut seen = Vec::new();
        graph
            .edges(&Control::unbounded(), &mut |edge| {
                seen.push(edge);
                Ok(())
            })
            .unwrap();
        if seen == wanted {
            break;
        }
        assert!(Instant::now() < patience, "{seen:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn templates_are_shared(peer: &Peer) {
    let engine = peer.open();
    let ours = Template {
        template_id: 1 << 32,
        template_str: "ours <*>".into(),
        first_seen_ns: 5,
        last_seen_ns: 9,
        event_count: 3,
        example_message: Some("ours 1".into()),
    };
    engine
        .templates()
        .unwrap()
        .write_templates(std::slice::from_ref(&ours), &anytime())
        .unwrap();
    let listed = peer.run("templates", &[]);
    let found = &listed["templates"][0];
    assert_eq!(found["template_id"], 1u64 << 32, "{listed}");
    assert_eq!(found["template_str"], "ours <*>");
    assert_eq!(
        (found["first_seen_ns"].as_i64(), found["event_count"].as_i64()),
        (Some(5), Some(3))
    );
    let theirs = found.clone();
    peer.run(
        "templates-write",
        &[&peer.file("templates.ndjson", &format!("{theirs}\n"))],
    );
    assert_eq!(
        engine.templates().unwrap().templates(10, &anytime()).unwrap(),
        [Template {
            event_count: 6,
            ..ours
        }]
    );
}

/// Counts in Seerflow's tables on PostgreSQL have four bytes: a commit that exceeds them must not fail forever.
fn counts_saturate_in_narrow_columns(peer: &Peer) {
    peer.run("init", &[]);
    let engine = peer.open_with(&["storage.infer_edges", "storage.track_templates"]);
    let most = i64::from(i32::MAX);
    let event = || Event {
        timestamp_ns: Some(5),
        template_id: 7,
        template_str: "t".into(),
        message: "m".into(),
        related_users: vec!["alice".into()],
        related_ips: vec!["10.0.0.1".into()],
        ..Event::default()
    };
    write(&engine, Input::Events(Box::new([Ok(event())].into_iter())));
    let edges = || engine.edges().unwrap().edges(None, 10, &anytime()).unwrap();
    let templates = || engine.templates().unwrap().templates(10, &anytime()).unwrap();
    let (edge, template) = (edges().remove(0), templates().remove(0));
    let rest = most - 1;
    let more = Edge {
        event_count: rest,
        ..edge
    };
    engine.write_edges(&[more], true, &anytime()).unwrap();
    let more = Template {
        event_count: rest,
        ..template
    };
    engine
        .templates()
        .unwrap()
        .write_templates(&[more], &anytime())
        .unwrap();
    assert_eq!((edges()[0].event_count, templates()[0].event_count), (most, most));
    write(
        &engine,
        Input::Events(Box::new([Ok(event()), Ok(event())].into_iter())),
    );
    let wanted = if peer.database.is_some() { most } else { most + 2 };
    assert_eq!(
        (edges()[0].event_count, templates()[0].event_count),
        (wanted, wanted)
    );
    assert_eq!(read(&engine, EventQuery::default()).len(), 3);
}

fn one_alert(id: &str, key: &str, time: i64) -> Alert {
    Alert {
        alert_id: id.into(),
        alert_type: "sigma".into(),
        timestamp_ns: time,
        severity_id: 4,
        rule_name: "ssh brute force".into(),
        description: "many failures é".into(),
        entity_uuid: entity_id(EntityType::Ip, "203.0.113.66").unwrap().to_string(),
        entity_value: "203.0.113.66".into(),
        entity_type: "ip".into(),
        contributing_events: vec![uuid::Uuid::from_u128(7)],
        mitre_tactics: vec!["credential-access".into()],
        mitre_techniques: vec!["T1110.001".into()],
        risk_score: 71.5,
        dedup_key: key.into(),
        ..Alert::default()
    }
}

fn lines_of<T: serde::Serialize>(rows: &[T]) -> String {
    rows.iter()
        .map(|row| serde_json::to_string(row).unwrap() + "\n")
        .collect()
}

/// Returns alerts as Seerflow reads them, by id.
fn their_alerts(peer: &Peer, filters: &[&str]) -> Vec<Alert> {
    let answer = peer.run("alerts-read", filters);
    let mut alerts: Vec<Alert> = serde_json::from_value(answer["alerts"].clone()).unwrap();
    alerts.sort_by(|a, b| a.alert_id.cmp(&b.alert_id));
    alerts
}

/// Returns alerts as libseerflow reads them, by id.
fn our_alerts(engine: &Engine, query: &AlertQuery) -> Vec<Alert> {
    let mut alerts = engine
        .alerts()
        .unwrap()
        .query_alerts(query, &anytime())
        .unwrap()
        .alerts;
    alerts.sort_by(|a, b| a.alert_id.cmp(&b.alert_id));
    alerts
}

fn alert_time(n: i64) -> i64 {
    1_700_000_000_000_000_000 + n * 60_000_000_000
}

/// Whether a program accepts a seerflow.yaml, and where it stores events.
#[test]
fn seerflow_yaml_means_the_same_to_both_programs() {
    let Some(peer) = Peer::find() else { return };
    let missing = peer.folder.path().join("not/there/yet.db");
    let file = peer.db();
    for (options, taken) in [
        (vec![format!("sqlite_path: {file:?}")], true),
        (vec![format!("sqlite_path: {missing:?}")], true),
        (vec!["postgresql_pool_min_size: 0".to_owned()], false),
        (vec!["postgresql_pool_max_size: 0".to_owned()], false),
        (vec!["postgresql_pool_max_size: 1".to_owned()], false),
        (
            vec![
                "postgresql_pool_min_size: 5".to_owned(),
                "postgresql_pool_max_size: 4".to_owned(),
            ],
            false,
        ),
        (
            vec![
                format!("sqlite_path: {file:?}"),
                "postgresql_pool_min_size: 4".to_owned(),
                "postgresql_pool_max_size: 4".to_owned(),
            ],
            true,
        ),
        (vec!["backend: postgresql".to_owned()], false),
        (
            vec!["backend: postgresql".to_owned(), "postgresql_url: ''".to_owned()],
            false,
        ),
    ] {
        let yaml = peer.file(
            "seerflow.yaml",
            &format!("storage:\n  {}\n", options.join("\n  ")),
        );
        let theirs = Command::new(&peer.python)
            .args(["-m", "seerflow", "--config", &yaml, "query", "alerts"])
            .output()
            .unwrap();
        assert_eq!(theirs.status.success(), taken, "{options:?}: {theirs:?}");
        let mut config = Config::new();
        let ours = config
            .load_file(yaml.as_ref())
            .and_then(|()| Engine::open(&config, Default::default()));
        assert_eq!(ours.is_ok(), taken, "{options:?}: {:?}", ours.err());
    }
    assert!(missing.exists(), "Seerflow creates folders");

    // Seerflow would create a folder named ~ in the working directory.
    for option in ["data_dir", "sqlite_path"] {
        let yaml = peer.file("seerflow.yaml", &format!("storage: {{{option}: ~/{option}}}"));
        let theirs = Command::new(&peer.python)
            .args(["-m", "seerflow", "--config", &yaml, "query", "alerts"])
            .current_dir(peer.folder.path())
            .output()
            .unwrap();
        assert!(theirs.status.success(), "{theirs:?}");
        assert!(peer.folder.path().join("~").exists());
        let refused = Config::new().load_file(yaml.as_ref()).unwrap_err().to_string();
        assert!(refused.contains("write ${HOME}"), "{refused}");
    }
}

/// An event of Seerflow may have addresses but no entities.
#[test]
fn imported_events_get_no_new_entities() {
    let Some(peer) = Peer::find() else { return };
    let address = entity_id(EntityType::Ip, "192.0.2.1").unwrap().to_string();
    let events: Vec<Event<'_>> = [vec![], vec![address.clone().into()]]
        .into_iter()
        .zip(1..)
        .map(|(entity_refs, n)| Event {
            event_id: Some(uuid::Uuid::from_u128(n)),
            timestamp_ns: Some(n as i64),
            observed_ns: Some(n as i64),
            related_ips: vec!["192.0.2.1".into()],
            entity_refs,
            ..Event::default()
        })
        .collect();
    peer.run("write", &[&peer.file("events.ndjson", &ndjson(&events))]);
    let export = |engine: &Engine, format: Format| {
        let mut bytes = Vec::new();
        let (all, format) = (EventQuery::default(), (format, true));
        transfer::export(engine, &all, format, &mut bytes, &anytime(), &mut |_| {}).unwrap();
        bytes
    };
    let of_entity = |engine: &Engine| {
        let query = EventQuery {
            entity: Some(address.clone()),
            ..EventQuery::default()
        };
        engine.query_events(&query, &anytime()).unwrap().len()
    };
    let original = peer.open();
    assert_eq!(of_entity(&original), 1);
    for format in [Format::Ndjson, Format::Csv] {
        let mut config = Config::new();
        let copy = peer.folder.path().join(format!("{}.db", format.name()));
        config.set("storage.sqlite_path", copy.to_str().unwrap()).unwrap();
        let copy = Engine::open(&config, Default::default()).unwrap();
        let exported = export(&original, format);
        let options = WriteOptions {
            durable: true,
            verbatim: true,
            ..WriteOptions::default()
        };
        let control = anytime();
        let mut feed = Feed::new(&copy, format, options, &control);
        feed.run(&mut &exported[..], &mut |_| {}).unwrap();
        assert!(export(&copy, format) == exported);
        assert_eq!(of_entity(&copy), 1, "{}", format.name());
    }
}

/// Seerflow's command omits five fields, and names others differently.
#[test]
fn seerflows_export_of_alerts_is_imported() {
    let Some(peer) = Peer::find() else { return };
    let theirs: Vec<Alert> = (0..6)
        .map(|n| Alert {
            severity_id: n,
            ..one_alert(&format!("alert-{n}"), &format!("key-{n}"), alert_time(n))
        })
        .collect();
    peer.run("alerts-write", &[&peer.file("alerts.ndjson", &lines_of(&theirs))]);
    let config = format!("storage: {{sqlite_path: {:?}}}", peer.db());
    let exported = Command::new(&peer.python)
        .args(["-m", "seerflow", "--config", &peer.file("seerflow.yaml", &config)])
        .args(["export", "alerts", "--since", "36500d"])
        .output()
        .unwrap();
    assert!(exported.status.success(), "{exported:?}");

    let mut config = Config::new();
    let copy = peer.folder.path().join("copy.db");
    config.set("storage.sqlite_path", copy.to_str().unwrap()).unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    let import = || {
        let mut fed = FeedCounts::default();
        import_alerts(
            &engine,
            &mut &exported.stdout[..],
            &anytime(),
            &mut fed,
            &mut |_| {},
        )
        .unwrap();
        (fed.accepted, fed.duplicates, fed.rejected)
    };
    assert_eq!(import(), (6, 0, 0));
    assert_eq!(import(), (6, 6, 0));
    let named = |alert: &Alert| Alert {
        contributing_events: Vec::new(),
        dedup_key: alert.alert_id.clone(),
        feedback: String::new(),
        feedback_note: String::new(),
        ..alert.clone()
    };
    let wanted: Vec<Alert> = their_alerts(&peer, &[]).iter().map(named).collect();
    assert_eq!(our_alerts(&engine, &AlertQuery::default()), wanted);
}

fn alerts_and_verdicts_are_shared(peer: &Peer) {
    let engine = peer.open();
    let ours: Vec<Alert> = (0..6)
        .map(|n| one_alert(&format!("ours-{n}"), &format!("o{n}"), alert_time(n)))
        .collect();
    let alerts = engine.alerts().unwrap();
    alerts.write_alerts(&ours, DEDUP_WINDOW_NS, &anytime()).unwrap();
    let theirs: Vec<Alert> = (0..6)
        .map(|n| one_alert(&format!("theirs-{n}"), &format!("t{n}"), alert_time(n)))
        .collect();
    peer.run("alerts-write", &[&peer.file("alerts.ndjson", &lines_of(&theirs))]);
    assert_eq!(
        their_alerts(peer, &[]),
        our_alerts(&engine, &AlertQuery::default())
    );
    assert_eq!(our_alerts(&engine, &AlertQuery::default()).len(), 12);

    // Each program merges into alerts of the other.
    let again = |id: &str, key: &str| Alert {
        ..one_alert(id, key, alert_time(1))
    };
    let merged = alerts
        .write_alerts(&[again("m-1", "t0")], DEDUP_WINDOW_NS, &anytime())
        .unwrap();
    assert_eq!((merged[0].is_new, merged[0].dedup_count), (false, 2));
    let answer = peer.run(
        "alerts-write",
        &[&peer.file("again.ndjson", &lines_of(&[again("m-2", "o0")]))],
    );
    assert_eq!(answer["results"][0]["new"], false, "{answer}");
    let counts = |alerts: &[Alert]| {
        alerts
            .iter()
            .map(|a| (a.alert_id.clone(), a.dedup_count))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        counts(&their_alerts(peer, &[])),
        counts(&our_alerts(&engine, &AlertQuery::default()))
    );

    let technique = |text: &str| AlertQuery {
        technique: Some(text.into()),
        ..AlertQuery::default()
    };
    for text in ["T1110", "t1110.001", "T111", "T1110.002"] {
        let theirs = their_alerts(peer, &["--technique", text]);
        assert_eq!(
            counts(&theirs),
            counts(&our_alerts(&engine, &technique(text))),
            "{text}"
        );
    }
    let query = AlertQuery {
        tactic: Some("credential-access".into()),
        min_severity: Some(4),
        ..AlertQuery::default()
    };
    let theirs = their_alerts(peer, &["--tactic", "credential-access", "--severity-min", "4"]);
    assert_eq!(counts(&theirs), counts(&our_alerts(&engine, &query)));

    // Verdicts in both directions.
    peer.run(
        "feedback",
        &["ours-3", "tp", "--note", "sure", "--origin", "dashboard"],
    );
    let verdict = FeedbackEvent {
        alert_id: "theirs-3".into(),
        feedback: "fp".into(),
        note: "known scanner".into(),
        origin: "cli".into(),
        submitted_at_ns: alert_time(9),
        ..FeedbackEvent::default()
    };
    assert!(alerts.update_feedback(&verdict, &anytime()).unwrap());
    assert_eq!(
        alerts.alert("ours-3", &anytime()).unwrap().unwrap().feedback_note,
        "sure"
    );
    let seen = peer.run("alert-get", &["theirs-3"]);
    assert!(seen.to_string().contains("known scanner"), "{seen}");
    let stats = alerts.feedback_stats(&anytime()).unwrap();
    let theirs = peer.run("feedback-stats", &[]);
    assert_eq!((stats.tp, stats.fp, stats.total), (1, 1, 2));
    assert!(theirs.to_string().contains("\"total\":2"), "{theirs}");
    assert_eq!(
        alerts
            .feedback_events(Some("ours-3"), None, 1, 10, &anytime())
            .unwrap()[0]
            .origin,
        "dashboard"
    );
    assert!(
        peer.run("feedback-events", &["theirs-3"])
            .to_string()
            .contains("known scanner")
    );
}

fn models_rules_and_edges_are_shared(peer: &Peer) {
    let engine = peer.open();
    let models = engine.models().unwrap();
    models
        .save_model("ours", b"hello", ExpectedModel::Any, &anytime())
        .unwrap();
    assert!(peer.run("model-get", &["ours"]).to_string().contains("aGVsbG8="));
    peer.run("model-put", &["theirs", "aGVsbG8="]);
    assert_eq!(
        models.load_model("theirs", &anytime()).unwrap().unwrap().data,
        b"hello"
    );
    peer.run("model-rm", &["ours"]);
    assert_eq!(models.models("", &anytime()).unwrap().len(), 1);

    let rules = engine.sigma_rules().unwrap();
    let matches = |count, last_fired_ns| SigmaMatches {
        rule_id: "rule-1".into(),
        count,
        last_fired_ns,
    };
    rules.add_sigma_matches(&[matches(2, 50)], &anytime()).unwrap();
    peer.run(
        "sigma-matches",
        &[&peer.file("matches.ndjson", &lines_of(&[matches(3, 40)]))],
    );
    peer.run("sigma-enable", &["rule-1", "off"]);
    let state = rules.sigma_rules(&anytime()).unwrap().remove(0);
    assert_eq!(
        (state.enabled, state.match_count_lifetime, state.last_fired_ns),
        (false, 5, Some(50))
    );

    let edge = Edge {
        source_id: "a".into(),
        target_id: "b".into(),
        rel_type: "logged_into".into(),
        first_seen: 10,
        last_seen: 20,
        event_count: 4,
    };
    engine
        .write_edges(std::slice::from_ref(&edge), true, &anytime())
        .unwrap();
    let row = r#"{"source_id":"a","target_id":"b","rel_type":"logged_into","timestamp_ns":5}"#;
    peer.run("edges-write", &[&peer.file("edges.ndjson", &format!("{row}\n"))]);
    let mut all = Vec::new();
    engine
        .edges()
        .unwrap()
        .load_edges(&anytime(), &mut |edge| {
            all.push(edge);
            Ok(())
        })
        .unwrap();
    assert_eq!(
        all,
        [Edge {
            first_seen: 5,
            event_count: 5,
            ..edge
        }]
    );
    let theirs = peer.run("edges-load", &[]);
    assert!(theirs.to_string().contains("\"event_count\":5"), "{theirs}");
}

#[test]
fn alert_blobs_of_seerflow_decode_to_their_alerts() {
    #[derive(serde::Deserialize)]
    struct Sample {
        alert: Json,
        blob_base64: String,
    }
    let samples: Vec<Sample> = serde_json::from_str(include_str!("data/seerflow_alerts.json")).unwrap();
    assert!(samples.len() >= 10);
    for Sample { alert, blob_base64 } in samples {
        use base64::Engine as _;
        // JSON has no infinity; the sample encodes it as an object.
        let Ok(expected) = serde_json::from_value::<Alert>(alert) else {
            continue;
        };
        let blob = base64::engine::general_purpose::STANDARD
            .decode(blob_base64)
            .unwrap();
        assert_eq!(seerflow::codec::alert::decode(&blob).unwrap(), expected);
    }
}

#[test]
fn blobs_of_seerflow_decode_to_their_events() {
    #[derive(serde::Deserialize)]
    struct Sample {
        event: Json,
        blob_base64: String,
    }
    let samples: Vec<Sample> = serde_json::from_str(include_str!("data/seerflow_blobs.json")).unwrap();
    assert!(samples.len() >= 12);
    for Sample { event, blob_base64 } in samples {
        use base64::Engine as _;
        let blob = base64::engine::general_purpose::STANDARD
            .decode(blob_base64)
            .unwrap();
        let decoded = msgpack::decode_event(&blob).unwrap();
        let mut text = Vec::new();
        json::encode_event(&decoded, &mut text);
        let mut expected = Vec::new();
        json::encode_event(&from_json(&event), &mut expected);
        assert_eq!(
            String::from_utf8(text).unwrap(),
            String::from_utf8(expected).unwrap()
        );
    }
}

/// Runs each function on both databases.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $( #[test] fn $name() { if let Some(peer) = super::Peer::find() { super::$name(&peer); } } )+
        }

        mod postgres {
            $( #[test] fn $name() { if let Some(peer) = super::Peer::on_postgres() { super::$name(&peer); } } )+
        }
    };
}

on_both! {
    seerflow_reads_what_we_wrote,
    seerflows_start_leaves_our_schema_and_index_intact,
    we_read_what_seerflow_wrote,
    both_write_alternately_to_our_database,
    both_write_alternately_to_seerflows_database,
    long_messages_are_sound_in_seerflows_database,
    the_graph_sees_what_seerflow_writes,
    templates_are_shared,
    counts_saturate_in_narrow_columns,
    alerts_and_verdicts_are_shared,
    models_rules_and_edges_are_shared,
}
