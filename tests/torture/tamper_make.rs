//! Makes a database with rows in every table.

use std::path::Path;

use seerflow::record::{Alert, Control, Edge, Event, ExpectedModel, FeedbackEvent, SigmaMatches, Template};
use seerflow::store::PruneOptions;
use seerflow::{Engine, Input, Result, WriteOptions};

use crate::open;

/// The first time of an event.
pub const START: i64 = 1_773_489_600_000_000_000;

pub fn event(number: i64) -> Event<'static> {
    let words = ["failed", "password", "accepted", "session", "for", "root"];
    let word = |at: i64| words[(number * at % 6) as usize];
    Event {
        timestamp_ns: Some(START + number * 1_000_000_000),
        message: format!("{} {} {} number{number}", word(1), word(5), word(7)).into(),
        source_type: ["sshd", "nginx"][(number % 2) as usize].into(),
        source_id: format!("host-{}", number % 3).into(),
        severity_id: number % 6,
        template_id: number % 5,
        related_users: vec![format!("user{}", number % 7).into()],
        related_ips: vec![format!("192.0.2.{}", number % 9).into()],
        ..Event::default()
    }
}

fn durable() -> WriteOptions {
    WriteOptions {
        durable: true,
        ..WriteOptions::default()
    }
}

pub fn write(engine: &Engine, events: impl Iterator<Item = Event<'static>>, control: &Control) -> Result<()> {
    let events: Vec<_> = events.map(Ok).collect();
    let written = engine.write(Input::Events(Box::new(events.into_iter())), durable(), control);
    written.map(|_| ())
}

/// Makes a database with rows in every table: closed ranges and blocks, of which most events are pruned again, which leaves a small file.
pub fn make(path: &Path) {
    let anytime = Control::unbounded();
    let engine = open(
        path,
        &[
            ("storage.infer_edges", "true"),
            ("storage.track_templates", "true"),
        ],
    );
    write(&engine, (0..8_600).map(event), &anytime).unwrap();
    let options = PruneOptions {
        before_ns: Some(START + 8_150 * 1_000_000_000),
        max_bytes: None,
    };
    engine.maintenance().unwrap().prune(&options, &anytime).unwrap();
    write_rest(&engine, &anytime, &mut |_, done| done.unwrap());
    let _ = engine.write(Input::Ndjson(b"{\"message\":\n"), durable(), &anytime);
    engine.close(&anytime).unwrap();
}

pub type Told<'t> = &'t mut dyn FnMut(&str, Result<()>);

/// Writes to the other tables.
pub fn write_rest(engine: &Engine, control: &Control, told: Told<'_>) {
    let alerts: Vec<Alert> = (0..6)
        .map(|number| Alert {
            alert_id: format!("a{number}"),
            alert_type: "ml".into(),
            rule_name: "rule".into(),
            dedup_key: format!("k{}", number / 2),
            entity_type: "user".into(),
            entity_value: format!("user{number}"),
            entity_uuid: format!("e{number}"),
            timestamp_ns: START,
            mitre_tactics: vec!["impact".into()],
            mitre_techniques: vec!["T1110.001".into()],
            ..Alert::default()
        })
        .collect();
    let verdict = FeedbackEvent {
        alert_id: "a5".into(),
        feedback: "tp".into(),
        origin: "api".into(),
        submitted_at_ns: START,
        ..FeedbackEvent::default()
    };
    let template = Template {
        template_id: 3,
        template_str: "failed <*>".into(),
        first_seen_ns: START,
        last_seen_ns: START,
        event_count: 5,
        example_message: Some("failed x".into()),
    };
    let edges: Vec<Edge> = (0..5)
        .map(|number| Edge {
            source_id: format!("n{number}"),
            target_id: format!("n{}", number + 1),
            rel_type: "knows".into(),
            first_seen: 1,
            last_seen: 2,
            event_count: 1,
        })
        .collect();
    let matches = [SigmaMatches {
        rule_id: "rule".into(),
        count: 1,
        last_fired_ns: 1,
    }];
    told(
        "write_alerts",
        engine
            .alerts()
            .and_then(|alerts_| alerts_.write_alerts(&alerts, 10, control).map(|_| ())),
    );
    told(
        "update_feedback",
        engine
            .alerts()
            .and_then(|alerts| alerts.update_feedback(&verdict, control).map(|_| ())),
    );
    told(
        "write_templates",
        engine
            .templates()
            .and_then(|templates| templates.write_templates(&[template], control)),
    );
    told("write_edges", engine.write_edges(&edges, true, control));
    told(
        "save_model",
        engine.models().and_then(|models| {
            models
                .save_model("m", &[7; 5_000], ExpectedModel::Any, control)
                .map(|_| ())
        }),
    );
    told(
        "add_sigma_matches",
        engine
            .sigma_rules()
            .and_then(|rules| rules.add_sigma_matches(&matches, control)),
    );
}
