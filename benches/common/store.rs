//! A store with a million events for queries: several sources, common to rare severities, words from every fourth message to one in a
//! hundred thousand, templates and entities of all sizes, slightly unordered arrivals.

use seerflow::record::{Alert, Control, DEDUP_WINDOW_NS, EntityType, Event, FeedbackEvent, entity_id};
use seerflow::{Config, Engine, Input, WriteOptions};

use super::Lcg;

pub const START_NS: i64 = 1_767_225_600_000_000_000;
pub const STEP_NS: i64 = 86_400_000;

const WORDS: [&str; 8] = [
    "session", "packet", "worker", "request", "cache", "module", "transfer", "lookup",
];

/// Opens a store and fills it with `count` events, 86.4 ms apart: a million of them is a day.
pub fn filled(mut config: Config, count: i64) -> Engine {
    config.set("storage.infer_edges", "true").unwrap();
    config.set("storage.track_templates", "true").unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    let mut lcg = Lcg::new();
    let events = (0..count).map(move |n| Ok(event(&mut lcg, n)));
    engine
        .write(
            Input::Events(Box::new(events)),
            WriteOptions::default(),
            &Control::unbounded(),
        )
        .unwrap();
    engine.flush(&Control::unbounded()).unwrap();
    engine
}

/// Adds alerts over the time of `count` events, one per ten events; a twentieth of them have a verdict.
pub fn add_alerts(engine: &Engine, count: i64) {
    let mut lcg = Lcg::new();
    let (step, alerts) = (10 * STEP_NS, count / 10);
    let store = engine.alerts().unwrap();
    let anytime = Control::unbounded();
    for start in (0..alerts).step_by(10_000) {
        let some: Vec<Alert> = (start..alerts.min(start + 10_000))
            .map(|n| alert(&mut lcg, n, step))
            .collect();
        store.write_alerts(&some, DEDUP_WINDOW_NS, &anytime).unwrap();
    }
    for n in (0..alerts).step_by(20) {
        let verdict = FeedbackEvent {
            alert_id: format!("alert-{n:06}"),
            feedback: if n % 3 == 0 { "fp" } else { "tp" }.into(),
            origin: "api".into(),
            submitted_at_ns: START_NS + n * step,
            ..FeedbackEvent::default()
        };
        store.update_feedback(&verdict, &anytime).unwrap();
    }
}

fn alert(lcg: &mut Lcg, n: i64, step: i64) -> Alert {
    let user = format!("user{}", lcg.draw(500));
    let (tactic, technique) = match lcg.draw(1000) {
        0 => ("impact", "T1486"),
        1..10 => ("persistence", "T1053.005"),
        10..100 => ("persistence", "T1053.003"),
        100..500 => ("credential-access", "T1110.001"),
        _ => ("credential-access", "T1110.003"),
    };
    Alert {
        alert_id: format!("alert-{n:06}"),
        alert_type: ["ml", "sigma", "correlation", "ueba", "ioc"][lcg.draw(5) as usize].into(),
        timestamp_ns: START_NS + n * step,
        severity_id: match lcg.draw(1000) {
            0 => 6,
            1..100 => 5,
            _ => 3,
        },
        rule_name: format!("rule {}", lcg.draw(200)),
        description: "More failed logins than usual".into(),
        entity_uuid: entity_id(EntityType::User, &user)
            .map(|id| id.to_string())
            .unwrap_or_default(),
        entity_value: user,
        entity_type: "user".into(),
        mitre_tactics: vec![tactic.into()],
        mitre_techniques: vec![technique.into()],
        risk_score: 50.0,
        dedup_key: format!("key-{n}"),
        ..Alert::default()
    }
}

/// Returns the event number `n`.
pub fn event(lcg: &mut Lcg, n: i64) -> Event<'static> {
    // One in a hundred arrives up to ten minutes late.
    let late = if lcg.draw(100) == 0 {
        lcg.draw(600) as i64 * 1_000_000_000
    } else {
        0
    };
    let severity = match lcg.draw(100_000) {
        0..2 => 6,
        2..20 => 5,
        20..2_000 => 4,
        2_000..20_000 => 3,
        _ => 1,
    };
    let source = match lcg.draw(1000) {
        0 => "vpn",
        1..100 => "nginx",
        100..400 => "sshd",
        _ => "app",
    };
    let common = if lcg.draw(4) == 0 { "connection " } else { "" };
    let rare = if n % 100_000 == 77_777 {
        "exfiltration "
    } else {
        ""
    };
    let (a, b) = (WORDS[lcg.draw(8) as usize], WORDS[lcg.draw(8) as usize]);
    let address = format!("10.{}.{}.{}", lcg.draw(4), lcg.draw(50), lcg.draw(250));
    // Half of the events name one of the first few users.
    let user = if lcg.draw(2) == 0 {
        lcg.draw(5)
    } else {
        lcg.draw(2000)
    };
    Event {
        timestamp_ns: Some(START_NS + n * STEP_NS - late),
        severity_id: severity,
        source_type: source.into(),
        source_id: format!("host-{:02}", lcg.draw(40)).into(),
        template_id: if lcg.draw(3) == 0 {
            lcg.draw(1000) as i64
        } else {
            7
        },
        message: format!("{common}{rare}{a} {b} of {address} took {} ms", lcg.draw(5000)).into(),
        related_ips: vec![address.into()],
        related_users: vec![format!("user{user}").into()],
        ..Event::default()
    }
}
