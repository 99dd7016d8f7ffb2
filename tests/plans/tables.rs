//! The work of questions about templates, alerts and edges, of pages by arrival numbers, and of pruning, in two stores of different
//! sizes: an access that reads a whole table fails.

use seerflow::Engine;
use seerflow::record::{
    AlertQuery, Control, Edge, EntityType, EventQuery, FeedbackEvent, Template, entity_id,
};
use seerflow::store::PruneOptions;

use super::common::store::add_alerts;
use super::common::two_streams::{START_NS, STEP_NS};
use super::services::POSTGRES;
use super::work::{Streams, assert_bounded, instructions_of, observe_sqlite, sqlite, turn};

/// Events of the two stores. They have a tenth as many alerts and templates, and as many edges.
const SIZES: [i64; 2] = [10_000, 40_000];

/// Edges that a prune removes, from the end of the primary key.
const PRUNED: i64 = 500;

/// A question with its name.
type Question = (&'static str, fn(&Engine));

/// Questions whose work depends on the number of rows that they return.
const BOUNDED: [Question; 10] = [
    ("events by arrival numbers", |engine| {
        let warnings = EventQuery {
            min_severity: Some(3),
            limit: 50,
            ..EventQuery::default()
        };
        let page = engine.query_events(&warnings, &Control::unbounded()).unwrap();
        assert_eq!(page.len(), 50);
    }),
    ("alerts", |engine| alerts(engine, AlertQuery::default())),
    ("alerts of a type", |engine| {
        alerts(
            engine,
            AlertQuery {
                alert_type: Some("sigma".into()),
                ..AlertQuery::default()
            },
        );
    }),
    ("alerts of an entity", |engine| {
        alerts(
            engine,
            AlertQuery {
                entity: entity_id(EntityType::User, "user7").map(|id| id.to_string()),
                limit: 1,
                ..AlertQuery::default()
            },
        );
    }),
    ("alerts with a tactic", |engine| {
        alerts(
            engine,
            AlertQuery {
                tactic: Some("credential-access".into()),
                ..AlertQuery::default()
            },
        );
    }),
    ("alerts with a rare technique", |engine| {
        alerts(
            engine,
            AlertQuery {
                limit: 1,
                technique: Some("T1486".into()),
                ..AlertQuery::default()
            },
        );
    }),
    ("an alert", |engine| {
        let alert = engine
            .alerts()
            .unwrap()
            .alert("alert-000100", &Control::unbounded());
        assert!(alert.unwrap().is_some());
    }),
    ("verdicts of an alert", |engine| {
        let verdicts = engine.alerts().unwrap().feedback_events(
            Some("alert-000100"),
            None,
            1,
            10,
            &Control::unbounded(),
        );
        assert_eq!(verdicts.unwrap().len(), 1);
    }),
    ("edges of an entity", |engine| {
        let related = engine
            .edges()
            .unwrap()
            .related_entities("source-1", 10, &Control::unbounded());
        assert_eq!(related.unwrap().len(), 1);
    }),
    ("2,000 events pruned", |engine| {
        let options = PruneOptions {
            before_ns: Some(START_NS + 2_000 * STEP_NS),
            max_bytes: None,
        };
        let report = engine
            .maintenance()
            .unwrap()
            .prune(&options, &Control::unbounded())
            .unwrap();
        // A few events are later than their neighbours.
        assert!((1_900..2_100).contains(&report.events), "{report:?}");
    }),
];

/// Questions that pass every row of a table once, because the column that they ask for has no index.
const LINEAR: [Question; 2] = [
    ("templates", |engine| {
        let templates = engine.templates().unwrap();
        let listed = templates.templates(10, &Control::unbounded()).unwrap();
        assert_eq!(listed.len(), 10);
    }),
    ("500 edges pruned", |engine| {
        let edges = engine.edges().unwrap();
        let pruned = edges.prune_edges(START_NS, &Control::unbounded()).unwrap();
        assert_eq!(pruned, PRUNED as u64);
    }),
];

fn alerts(engine: &Engine, query: AlertQuery) {
    let page = engine.alerts().unwrap();
    let query = AlertQuery {
        limit: query.limit.min(20),
        ..query
    };
    let page = page.query_alerts(&query, &Control::unbounded()).unwrap();
    assert_eq!(page.alerts.len(), query.limit as usize, "{query:?}");
}

/// Adds alerts, verdicts, templates and edges to a store with `count` events.
fn extend(engine: &Engine, count: i64) {
    add_alerts(engine, count);
    let template = |n: i64| Template {
        template_id: n,
        template_str: format!("template {n} <*>"),
        first_seen_ns: START_NS,
        last_seen_ns: START_NS,
        event_count: n,
        example_message: None,
    };
    let templates: Vec<Template> = (0..count / 10).map(template).collect();
    let store = engine.templates().unwrap();
    store.write_templates(&templates, &Control::unbounded()).unwrap();
    for n in 0..count / 20 {
        let verdict = FeedbackEvent {
            alert_id: format!("other-{n}"),
            feedback: "tp".to_owned(),
            origin: "api".to_owned(),
            submitted_at_ns: START_NS,
            ..FeedbackEvent::default()
        };
        let store = engine.alerts().unwrap();
        store.append_feedback(&verdict, &Control::unbounded()).unwrap();
    }
    let edge = |n: i64| Edge {
        source_id: format!("source-{n}"),
        target_id: "target".to_owned(),
        rel_type: "uses".to_owned(),
        first_seen: 0,
        last_seen: if n < count - PRUNED { START_NS } else { 1 },
        event_count: 1,
    };
    let edges: Vec<Edge> = (0..count).map(edge).collect();
    let store = engine.edges().unwrap();
    for some in edges.chunks(5_000) {
        store.merge_edges(some, &Control::unbounded()).unwrap();
    }
}

/// Asserts that walks through four times as many rows take at most about four times the work.
fn assert_linear(small: &[(&str, u64)], large: &[(&str, u64)]) {
    for ((name, small), (_, large)) in small.iter().zip(large) {
        println!("{name}: {small}, {large}");
        assert!(*large <= 4 * small + small / 2, "{name}: {small} became {large}");
    }
}

#[test]
fn work_on_tables_does_not_grow_on_sqlite() {
    let _turn = turn();
    observe_sqlite();
    let [small, large] = SIZES.map(|count| {
        let (_folder, engine) = sqlite(count);
        extend(&engine, count);
        let work = |(name, question): Question| (name, instructions_of(|| question(&engine)));
        (BOUNDED.map(work), LINEAR.map(work))
    });
    assert_bounded(&small.0, &large.0, 2_000);
    assert_linear(&small.1, &large.1);
}

#[test]
fn work_on_tables_does_not_grow_on_postgres() {
    let Some(server) = POSTGRES.url() else { return };
    let [small, large] = SIZES.map(|count| {
        let (mut streams, engine) = Streams::new(&server, count);
        extend(&engine, count);
        engine.close(&Control::unbounded()).unwrap();
        streams.analyze();
        let mut work = |(name, question): Question| (name, streams.rows_read(question));
        (BOUNDED.map(&mut work), LINEAR.map(&mut work))
    });
    assert_bounded(&small.0, &large.0, 500);
    assert_linear(&small.1, &large.1);
}
