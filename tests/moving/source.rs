//! A store with rows in every table, including rows that only another program would write.

use std::path::Path;
use std::sync::Arc;

use seerflow::record::ExpectedModel;
use seerflow::record::{
    Alert, Control, DEDUP_WINDOW_NS, Edge, EntityType, FeedbackEvent, SigmaMatches, Template, entity_id,
};
use seerflow::store::Store;
use seerflow::store::table::{RawRow, Table};
use seerflow::{Config, Engine, Input, WriteOptions};

pub fn anytime() -> Control {
    Control::unbounded()
}

pub fn config(path: &Path) -> Config {
    let mut config = Config::new();
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    config
}

pub fn sqlite(path: &Path) -> Arc<dyn Store> {
    seerflow::store::open(&config(path), &seerflow::log::Logger::default()).unwrap()
}

/// Writes about `events` events, some of them unusual.
fn write_events(engine: &Engine, events: usize) {
    let write = |input: Input<'_>| {
        let options = WriteOptions {
            durable: true,
            keep_raw: true,
            complete: true,
            ..WriteOptions::default()
        };
        engine.write(input, options, &anytime()).unwrap()
    };
    write(Input::Lines(
        b"Mar 14 01:00:00 h p[1]: caf\xe9 \x00 nul\n\n  no header\nMar 14 01:00:00 h p[1]: \xf0\x9f\x98\x80\n",
    ));
    write(Input::Ndjson(
        br#"{"event_id":"00000000-0000-4000-8000-00000000a001","timestamp_ns":-9223372036854775808,"observed_ns":9223372036854775807,"message":"a\u0000b \ufffd","template_id":-5,"risk_score":1e300,"body":{"k":[1,"\u0000"]},"source_type":"od\u0000d"}
{"event_id":"00000000-0000-4000-8000-00000000a002","message":"twice","template_id":7,"related_ips":["192.0.2.1"]}
{"event_id":"00000000-0000-4000-8000-00000000a002","message":"twice","severity_id":99]
not json
"#,
    ));
    let mut lines = String::new();
    for number in 0..events {
        let (minute, user, host) = (number / 60 % 60, number % 17, number % 5);
        lines += &format!(
            "<38>1 2026-03-14T01:{minute:02}:{:02}.{:06}Z web{host} sshd {number} - - Accepted password for user{user} from 203.0.113.{} port {number} ssh2\n",
            number % 60,
            number % 1_000_000,
            number % 250,
        );
    }
    write(Input::Lines(lines.as_bytes()));
}

pub fn alert(number: i64) -> Alert {
    Alert {
        alert_id: format!("alert-{number}"),
        alert_type: ["sigma", "ml", "ueba", "ioc"][(number % 4) as usize].into(),
        timestamp_ns: number * 1_000_000_000,
        severity_id: number % 7,
        rule_name: format!("rule {}", number % 5),
        description: "é \u{1F600} \"quoted\"".into(),
        entity_uuid: entity_id(EntityType::Ip, "203.0.113.66").unwrap().to_string(),
        entity_value: "203.0.113.66".into(),
        entity_type: "ip".into(),
        contributing_events: vec![uuid::Uuid::from_u128(number as u128)],
        mitre_tactics: vec!["credential-access".into(), format!("tactic-{}", number % 3)],
        mitre_techniques: vec!["t1110.001".into()],
        risk_score: number as f64 / 3.0,
        dedup_key: format!("key-{number}"),
        ..Alert::default()
    }
}

/// Fills every table, using the engine.
pub fn fill(engine: &Engine, events: usize) {
    write_events(engine, events);
    let alerts = engine.alerts().unwrap();
    let all: Vec<Alert> = (1..=60).map(alert).collect();
    alerts.write_alerts(&all, DEDUP_WINDOW_NS, &anytime()).unwrap();
    // Later occurrences: the columns keep the values of the first.
    for number in 1..=20 {
        let again = Alert {
            alert_id: format!("again-{number}"),
            timestamp_ns: number * 1_000_000_000 + 5,
            severity_id: 6,
            rule_name: "another rule".into(),
            ..alert(number)
        };
        alerts
            .write_alerts(&[again], DEDUP_WINDOW_NS, &anytime())
            .unwrap();
    }
    for number in 21..=30 {
        let verdict = |feedback: &str, time: i64| FeedbackEvent {
            alert_id: format!("alert-{number}"),
            feedback: feedback.into(),
            note: "n\u{e9}".into(),
            origin: "cli".into(),
            submitted_at_ns: time,
            ..FeedbackEvent::default()
        };
        alerts
            .update_feedback(&verdict("tp", number), &anytime())
            .unwrap();
        alerts
            .update_feedback(&verdict("fp", number + 1), &anytime())
            .unwrap();
    }
    let unknown = FeedbackEvent {
        alert_id: "long gone".into(),
        feedback: "tp".into(),
        origin: "api".into(),
        ..FeedbackEvent::default()
    };
    alerts.append_feedback(&unknown, &anytime()).unwrap();
    let models = engine.models().unwrap();
    for (key, size) in [("drain3", 300_000), ("empty", 0), ("m/1", 3)] {
        let data: Vec<u8> = (0..size).map(|n| (n * 7 % 251) as u8).collect();
        models
            .save_model(key, &data, ExpectedModel::Any, &anytime())
            .unwrap();
    }
    let templates = (1..=30).map(|number| Template {
        template_id: number,
        template_str: format!("<*> template {number}"),
        first_seen_ns: number,
        last_seen_ns: number * 2,
        event_count: number * 3,
        example_message: (number % 2 == 0).then(|| "example".to_owned()),
    });
    engine
        .templates()
        .unwrap()
        .write_templates(&templates.collect::<Vec<_>>(), &anytime())
        .unwrap();
    let sigma = engine.sigma_rules().unwrap();
    sigma.enable_sigma_rule("off", false, &anytime()).unwrap();
    let matches = SigmaMatches {
        rule_id: "fired".into(),
        count: 17,
        last_fired_ns: 99,
    };
    sigma.add_sigma_matches(&[matches], &anytime()).unwrap();
    let edges: Vec<Edge> = (0..200)
        .map(|number| Edge {
            source_id: format!("{:04}", number % 20),
            target_id: format!("{number:04}"),
            rel_type: "logged_into".into(),
            first_seen: number,
            last_seen: number * 2,
            event_count: number + 1,
        })
        .collect();
    engine.write_edges(&edges, true, &anytime()).unwrap();
}

/// Returns a SQLite store with all of that, and with rows of another program: entities without events, an event without a blob, one
/// with the column that libseerflow leaves empty, a text that is not UTF-8, a tactic without an alert.
pub fn full(path: &Path, events: usize) {
    let engine = Engine::open(&config(path), Default::default()).unwrap();
    fill(&engine, events);
    assert_eq!(engine.close(&anytime()).unwrap(), 0);
    let raw = rusqlite::Connection::open(path).unwrap();
    raw.execute_batch(
        "INSERT INTO entity_events (entity_uuid, timestamp_ns, event_id) VALUES ('of nobody', 5, 'nothing'), ('Of', -5, '');
         INSERT INTO events (event_id, timestamp_ns, observed_ns, severity_id, source_type, source_id, template_id, message, entity_refs)
             VALUES ('no blob', 1, 2, 3, 'other', 'h', NULL, 'a message without a blob', '[\"x\"]');
         UPDATE events SET entity_refs = '[]' WHERE ingest_seq = 2;
         UPDATE templates SET example_message = CAST(x'ff41' AS TEXT) WHERE template_id = 3;
         PRAGMA foreign_keys = OFF;
         INSERT INTO alert_tactics (dedup_key, tactic, timestamp_ns) VALUES ('no such alert', 'x', 1);
         DELETE FROM alert_feedback_events WHERE id = 3;",
    )
    .unwrap();
}

/// Returns all rows of a store.
pub fn rows(store: &dyn Store) -> Vec<(Table, Vec<RawRow>)> {
    let mut all = Vec::new();
    store
        .snapshot(&anytime(), &mut |snapshot| {
            for table in Table::ALL {
                let mut rows = Vec::new();
                snapshot.scan(table, &mut |row| {
                    rows.push(row);
                    Ok(())
                })?;
                all.push((table, rows));
            }
            Ok(())
        })
        .unwrap();
    all
}

/// Compares two stores row by row and reports the first difference.
pub fn assert_same(a: &dyn Store, b: &dyn Store) {
    for ((table, a), (_, b)) in rows(a).iter().zip(&rows(b)) {
        for (position, (a, b)) in a.iter().zip(b).enumerate() {
            assert_eq!(a, b, "{} row {position}", table.name());
        }
        assert_eq!(a.len(), b.len(), "{}", table.name());
    }
}

pub fn dumped(store: &dyn Store) -> Vec<u8> {
    let mut out = Vec::new();
    seerflow::transfer::dump(store, &mut out, &anytime(), &mut |_| {}).unwrap();
    out
}
