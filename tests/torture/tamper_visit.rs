//! Calls everything that reads or writes a database.

use std::path::Path;
use std::time::Duration;

use seerflow::codec::{json, msgpack};
use seerflow::record::{AlertQuery, Control, CountBy, EventQuery, Order, PatternQuery, Total};
use seerflow::store::PruneOptions;
use seerflow::{Config, Engine, ErrorKind, Result};

use crate::open;
use crate::random::Random;
use crate::tamper_make::{START, Told, event, write, write_rest};

const MINUTE: i64 = 60_000_000_000;

fn queries() -> Vec<EventQuery> {
    let mut queries = Vec::new();
    for order in [Order::Newest, Order::Oldest, Order::Arrival] {
        let all = EventQuery {
            order,
            limit: 1_000,
            total: Total::Exact,
            ..EventQuery::default()
        };
        queries.push(EventQuery {
            text: Some("failed password".into()),
            ..all.clone()
        });
        queries.push(EventQuery {
            source_type: Some("sshd".into()),
            min_severity: Some(3),
            ..all.clone()
        });
        queries.push(EventQuery {
            template_id: Some(2),
            ..all.clone()
        });
        queries.push(EventQuery {
            entity: seerflow::record::entity_id(seerflow::record::EntityType::User, "user3")
                .map(|id| id.to_string()),
            ..all.clone()
        });
        queries.push(all);
    }
    queries
}

/// Reads everything and decodes it.
fn read(engine: &Engine, control: &Control, told: Told<'_>) {
    for query in queries() {
        let done = engine.query_events(&query, control).map(|page| {
            for blob in page.blobs() {
                if let Ok(event) = msgpack::decode_event(blob) {
                    json::encode_event(&event, &mut Vec::new());
                }
            }
        });
        told("query_events", done);
        let aggregates = engine.aggregates();
        for by in CountBy::ALL {
            told(
                "count_by",
                aggregates
                    .as_ref()
                    .map_err(|e| seerflow::Error::new(e.kind(), ""))
                    .and_then(|all| all.count_by(by, &query, 10, control).map(|_| ())),
            );
        }
        told(
            "histogram",
            engine
                .aggregates()
                .and_then(|all| all.histogram(None, &query, MINUTE, control).map(|_| ())),
        );
    }
    let all = EventQuery::default();
    let entity = seerflow::record::entity_id(seerflow::record::EntityType::Ip, "192.0.2.3")
        .unwrap()
        .to_string();
    let timeline = EventQuery {
        entity: Some(entity.clone()),
        ..all.clone()
    };
    told(
        "histogram by source",
        engine.aggregates().and_then(|counts| {
            counts
                .histogram(Some(CountBy::Source), &all, 7, control)
                .map(|_| ())
        }),
    );
    told(
        "timeline",
        engine
            .entities()
            .and_then(|entities| entities.timeline(&timeline, control).map(|_| ())),
    );
    told(
        "describe_entity",
        engine
            .entities()
            .and_then(|entities| entities.describe_entity(&entity, control).map(|_| ())),
    );
    let alerts = AlertQuery {
        total: true,
        technique: Some("T1110".into()),
        ..AlertQuery::default()
    };
    for query in [AlertQuery::default(), alerts] {
        told(
            "query_alerts",
            engine
                .alerts()
                .and_then(|alerts| alerts.query_alerts(&query, control).map(|_| ())),
        );
        told(
            "alerts_by_time",
            engine
                .alerts()
                .and_then(|alerts| alerts.alerts_by_time(&query, MINUTE, control).map(|_| ())),
        );
        told(
            "alerts_by_rule",
            engine
                .alerts()
                .and_then(|alerts| alerts.alerts_by_rule(&query, 9, control).map(|_| ())),
        );
        told(
            "alerts_by_severity",
            engine
                .alerts()
                .and_then(|alerts| alerts.alerts_by_severity(&query, control).map(|_| ())),
        );
    }
    told(
        "feedback_events",
        engine
            .alerts()
            .and_then(|alerts| alerts.feedback_events(None, None, 1, 100, control).map(|_| ())),
    );
    told(
        "feedback_stats",
        engine
            .alerts()
            .and_then(|alerts| alerts.feedback_stats(control).map(|_| ())),
    );
    told(
        "alert_patterns",
        engine.alerts().and_then(|alerts| {
            alerts
                .alert_patterns(&PatternQuery::default(), control)
                .map(|_| ())
        }),
    );
    told(
        "models",
        engine
            .models()
            .and_then(|models| models.models("", control).map(|_| ())),
    );
    told(
        "load_model",
        engine
            .models()
            .and_then(|models| models.load_model("m", control).map(|_| ())),
    );
    told(
        "sigma_rules",
        engine
            .sigma_rules()
            .and_then(|rules| rules.sigma_rules(control).map(|_| ())),
    );
    told(
        "templates",
        engine
            .templates()
            .and_then(|templates| templates.templates(100, control).map(|_| ())),
    );
    told(
        "dead_letters",
        engine
            .dead_letters()
            .and_then(|letters| letters.dead_letters(None, 100, control).map(|_| ())),
    );
    told(
        "load_edges",
        engine
            .edges()
            .and_then(|edges| edges.load_edges(control, &mut |_| Ok(()))),
    );
    told(
        "related_entities",
        engine
            .edges()
            .and_then(|edges| edges.related_entities("n1", 100, control).map(|_| ())),
    );
    told(
        "graph",
        engine
            .graph()
            .and_then(|graph| graph.snapshot(control).map(|_| ())),
    );
    told(
        "subgraph",
        engine
            .graph()
            .and_then(|graph| graph.subgraph("n1", 2, control).map(|_| ())),
    );
    told(
        "summary",
        engine
            .maintenance()
            .and_then(|store| store.summary(control).map(|_| ())),
    );
    told(
        "check",
        engine
            .maintenance()
            .and_then(|store| store.check(control).map(|_| ())),
    );
    told(
        "check_text",
        engine
            .maintenance()
            .and_then(|store| store.check_text(control).map(|_| ())),
    );
}

/// Reads, writes, checks, dumps, copies, prunes and closes a database.
pub fn visit(path: &Path, random: &mut Random, is_shown: bool) {
    let mut told = |call: &str, done: Result<()>| {
        if let Err(error) = &done {
            assert_ne!(error.kind(), ErrorKind::Panic, "{call}: {error}");
        }
        if is_shown {
            println!("{call}: {done:?}");
        }
    };
    let soon = || Control::within(Duration::from_secs(5));
    let very_soon = || Control::within(Duration::from_millis(100));
    let mut config = Config::new();
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    config.set("storage.read_only", "true").unwrap();
    let reader = Engine::open(&config, Default::default()).unwrap();
    read(&reader, &soon(), &mut told);
    told(
        "backup",
        reader
            .maintenance()
            .and_then(|store| store.backup(&path.with_file_name("copy.db"), &soon(), &mut |_, _| {})),
    );
    told("close", reader.close(&soon()).map(|_| ()));
    let dumped = seerflow::store::open(&config, &Default::default()).and_then(|store| {
        let dumped =
            seerflow::transfer::dump(&*store, &mut std::io::sink(), &soon(), &mut |_| {}).map(|_| ());
        store.close();
        dumped
    });
    told("dump", dumped);

    let engine = open(
        path,
        &[
            ("storage.infer_edges", "true"),
            ("storage.track_templates", "true"),
        ],
    );
    let started = engine.start(&soon());
    let is_open = started.is_ok();
    told("start", started);
    if is_open {
        told("write", write(&engine, (8_500..8_700).map(event), &very_soon()));
        write_rest(&engine, &very_soon(), &mut told);
        read(&engine, &soon(), &mut told);
        let prune = |before_ns, max_bytes| {
            let options = PruneOptions { before_ns, max_bytes };
            engine
                .maintenance()
                .and_then(|store| store.prune(&options, &soon()).map(|_| ()))
        };
        told("prune", prune(Some(START + 8_300 * 1_000_000_000), None));
        if random.below(4) == 0 {
            told("prune to a size", prune(None, Some(100_000)));
        }
        told(
            "checkpoint",
            engine.maintenance().and_then(|store| store.checkpoint(&soon())),
        );
        told(
            "prune_edges",
            engine
                .edges()
                .and_then(|edges| edges.prune_edges(2, &soon()).map(|_| ())),
        );
        told(
            "prune_templates",
            engine
                .templates()
                .and_then(|templates| templates.prune_templates(2, &soon()).map(|_| ())),
        );
    }
    told("close", engine.close(&very_soon()).map(|_| ()));
}
