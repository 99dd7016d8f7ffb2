//! Answers of both programs on the same data: timelines, counts, patterns, inferred edges.

use std::collections::{BTreeMap, BTreeSet};

use seerflow::record::{
    Alert, AlertQuery, Control, CountBy, Counted, DEDUP_WINDOW_NS, EntityType, Event, EventQuery,
    FeedbackEvent, PatternQuery, Window, entity_id, inferred_edges, related_entities,
};
use seerflow::{Config, Engine, Input};
use serde_json::{Value as Json, json};

use super::{Peer, alert_time, anytime, lines_of, ndjson, one_alert, write};

const MINUTE: i64 = 60_000_000_000;
pub const START: i64 = 1_700_000_000_000_000_000;

/// Events that share sources, hosts, templates and entities; fewer than two tally blocks, because Seerflow writes slowly.
pub fn events(count: i64) -> Vec<Event<'static>> {
    let event = |n: i64| {
        let mut event = Event {
            event_id: Some(uuid::Uuid::from_u128(n as u128 + 1)),
            timestamp_ns: Some(START + n % 977 * (MINUTE / 7)),
            observed_ns: Some(START),
            severity_id: n % 7,
            source_type: ["sshd", "nginx", "app"][n as usize % 3].into(),
            source_id: format!("host-{}", n % 5).into(),
            template_id: n % 11 - 1,
            message: format!("message {n}").into(),
            related_users: vec![format!("user{}", n % 13).into()],
            related_ips: vec![format!("192.0.2.{}", n % 17).into()],
            related_processes: vec![format!("sshd:{}", n % 3).into(), "sudo".into()],
            ..Event::default()
        };
        let mut refs = Vec::new();
        related_entities(&event, |_, id| refs.push(id.to_string().into()));
        event.entity_refs = refs;
        event
    };
    (0..count).map(event).collect()
}

/// Writes half of the events with each program, alternately.
fn written_by_both(peer: &Peer, engine: &Engine) -> Vec<Event<'static>> {
    let all = events(1200);
    for (turn, part) in all.chunks(300).enumerate() {
        if turn % 2 == 0 {
            write(engine, Input::Events(Box::new(part.iter().cloned().map(Ok))));
        } else {
            peer.run("write", &[&peer.file("part.ndjson", &ndjson(part))]);
        }
    }
    all
}

#[test]
fn timelines_equal_those_of_seerflow() {
    let Some(peer) = Peer::find() else { return };
    let engine = peer.open();
    written_by_both(&peer, &engine);
    let entities = engine.entities().unwrap();
    let user = entity_id(EntityType::User, "user5").unwrap().to_string();
    let mut cases = 0;
    for mask in 0..8 {
        let on = |bit: i32| mask & (1 << bit) != 0;
        // Seerflow's window includes both ends.
        let (from, to) = if on(0) {
            (START + 10 * MINUTE, START + 100 * MINUTE)
        } else {
            (0, i64::MAX)
        };
        let query = EventQuery {
            entity: Some(user.clone()),
            window: Window::closed(from, to),
            source_type: on(1).then(|| "nginx".to_owned()),
            min_severity: on(2).then_some(3),
            limit: 50,
            ..EventQuery::default()
        };
        let (from, to) = (from.to_string(), to.to_string());
        let mut filters = vec![user.as_str(), "--start", &from, "--end", &to, "--limit", "50"];
        if on(1) {
            filters.extend(["--source-type", "nginx"]);
        }
        if on(2) {
            filters.extend(["--severity-min", "3"]);
        }
        let page = entities.timeline(&query, &anytime()).unwrap();
        let ours: Vec<Event<'_>> = page
            .blobs()
            .map(|blob| seerflow::codec::msgpack::decode_event(blob).unwrap())
            .collect();
        let answer = peer.run("timeline", &filters);
        let theirs: Vec<&str> = answer["event_ids"]
            .as_array()
            .unwrap()
            .iter()
            .map(|id| id.as_str().unwrap())
            .collect();
        let ids: Vec<String> = ours
            .iter()
            .map(|event| event.event_id.unwrap().to_string())
            .collect();
        assert!(!ids.is_empty());
        assert_eq!(ids, theirs, "{query:?}");
        cases += 1;
    }
    println!("interop: {cases} timelines agree");
}

/// Counts the events that Seerflow reads, and compares with our counts.
#[test]
fn event_counts_equal_those_of_events_read_by_seerflow() {
    let Some(peer) = Peer::find() else { return };
    let engine = peer.open();
    written_by_both(&peer, &engine);
    let read = peer.read(&[]);
    assert_eq!(read.len(), 1200);
    let aggregates = engine.aggregates().unwrap();
    let mut cases = 0;
    for (from_ns, to_ns) in [
        (i64::MIN, i64::MAX),
        (START + 3 * MINUTE + 7, START + 40 * MINUTE),
        (START - MINUTE, START),
    ] {
        let window = Window { from_ns, to_ns };
        let query = EventQuery::within(window);
        let there = || {
            read.iter()
                .filter(|event| window.contains(event.timestamp_ns.unwrap()))
        };
        for by in CountBy::ALL {
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            for event in there() {
                let values: BTreeSet<String> = match by {
                    CountBy::Source => [event.source_type.to_string()].into(),
                    CountBy::Host => [event.source_id.to_string()].into(),
                    CountBy::Template if event.template_id == -1 => [].into(),
                    CountBy::Template => [event.template_id.to_string()].into(),
                    CountBy::Severity => [event.severity_id.to_string()].into(),
                    CountBy::Entity => event.entity_refs.iter().map(ToString::to_string).collect(),
                };
                values
                    .into_iter()
                    .for_each(|value| *counts.entry(value).or_default() += 1);
            }
            let found = aggregates.count_by(by, &query, 10_000, &anytime()).unwrap();
            let found: BTreeMap<String, u64> = found
                .into_iter()
                .map(|Counted { value, events }| (value, events))
                .collect();
            assert_eq!(found, counts, "{by:?} in {window:?}");
            cases += 1;
        }
        let mut minutes: BTreeMap<i64, u64> = BTreeMap::new();
        for event in there() {
            let minute = event.timestamp_ns.unwrap().div_euclid(MINUTE) * MINUTE;
            *minutes.entry(minute).or_default() += 1;
        }
        let buckets = engine
            .aggregates()
            .unwrap()
            .histogram(None, &query, MINUTE, &anytime())
            .unwrap();
        let buckets = buckets.into_iter().map(|bucket| (bucket.start_ns, bucket.events));
        assert!(buckets.eq(minutes));
        cases += 1;
    }
    println!("interop: {cases} counts of events agree");
}

#[test]
fn alert_counts_and_patterns_equal_those_of_seerflow() {
    let Some(peer) = Peer::find() else { return };
    let engine = peer.open();
    let alert = |n: i64| Alert {
        rule_name: format!("rule-{}", n % 3),
        alert_type: ["sigma", "ml"][n as usize % 2].into(),
        entity_type: ["ip", "user"][n as usize / 2 % 2].into(),
        severity_id: n % 7,
        ..one_alert(&format!("alert-{n:03}"), &format!("key-{n}"), alert_time(n))
    };
    let all: Vec<Alert> = (0..120).map(alert).collect();
    let alerts = engine.alerts().unwrap();
    alerts
        .write_alerts(&all[..60], DEDUP_WINDOW_NS, &anytime())
        .unwrap();
    peer.run(
        "alerts-write",
        &[&peer.file("alerts.ndjson", &lines_of(&all[60..]))],
    );

    // Seerflow counts one alert type; the window excludes the other type from our counts.
    let by_severity = alerts
        .alerts_by_severity(&AlertQuery::default(), &anytime())
        .unwrap();
    let theirs = peer.run("alert-counts", &["--per-severity"]);
    let ours: serde_json::Map<String, Json> = by_severity
        .into_iter()
        .map(|(name, count)| (name, count.into()))
        .collect();
    assert_eq!(Json::Object(ours), theirs["counts"]);
    let both_types = |arguments: &[&str]| {
        let mut sums: BTreeMap<String, i64> = BTreeMap::new();
        for kind in ["sigma", "ml"] {
            let mut arguments = arguments.to_vec();
            arguments.extend(["--type", kind]);
            let answer = peer.run("alert-counts", &arguments);
            if let Some(counts) = answer["counts"].as_object() {
                for (rule, count) in counts {
                    *sums.entry(rule.clone()).or_default() += count.as_i64().unwrap();
                }
            } else {
                for bucket in answer["buckets"].as_array().unwrap() {
                    *sums.entry(bucket[0].to_string()).or_default() += bucket[1].as_i64().unwrap();
                }
            }
        }
        sums
    };
    let (from, to) = (alert_time(7), alert_time(100));
    let (from_text, to_text) = (from.to_string(), to.to_string());
    let window = AlertQuery::within(Window {
        from_ns: from,
        to_ns: to,
    });
    let by_rule = alerts.alerts_by_rule(&window, 10, &anytime()).unwrap();
    let by_rule: BTreeMap<String, i64> = by_rule
        .into_iter()
        .map(|(rule, count)| (rule, count as i64))
        .collect();
    assert_eq!(
        by_rule,
        both_types(&["--per-rule", "--start", &from_text, "--end", &to_text])
    );
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for rule in ["rule-0", "rule-1", "rule-2"] {
        let bucket = (10 * MINUTE).to_string();
        let arguments = [
            "--bucket-ns",
            &bucket,
            "--rule",
            rule,
            "--start",
            &from_text,
            "--end",
            &to_text,
        ];
        for (start, count) in both_types(&arguments) {
            *sums.entry(start).or_default() += count;
        }
    }
    let by_time = alerts.alerts_by_time(&window, 10 * MINUTE, &anytime()).unwrap();
    let by_time: BTreeMap<String, i64> = by_time
        .into_iter()
        .map(|(start, count)| (start.to_string(), count as i64))
        .collect();
    assert_eq!(by_time, sums);

    // Verdicts that change, given by both programs; only in the audit trail can we choose their times.
    let trail: Vec<FeedbackEvent> = (0..300)
        .map(|n: i64| FeedbackEvent {
            alert_id: format!("alert-{:03}", n * 7 % 110),
            feedback: if n % 3 == 0 { "fp" } else { "tp" }.into(),
            origin: "api".into(),
            submitted_at_ns: alert_time(n),
            ..FeedbackEvent::default()
        })
        .collect();
    for one in &trail[..150] {
        alerts.append_feedback(one, &anytime()).unwrap();
    }
    peer.run(
        "feedback-append",
        &[&peer.file("trail.ndjson", &lines_of(&trail[150..]))],
    );
    let mut cases = 0;
    for (least, window) in [(1, None), (5, None), (1, Some(100)), (2, Some(40))] {
        let (least_text, now) = (least.to_string(), alert_time(299));
        let mut arguments = vec!["--min-tp".to_owned(), least_text];
        let mut query = PatternQuery {
            min_count: least,
            max_alerts: 1000,
            ..PatternQuery::default()
        };
        if let Some(minutes) = window {
            let window = minutes * MINUTE;
            arguments.extend([
                "--window-ns".into(),
                window.to_string(),
                "--now-ns".into(),
                now.to_string(),
            ]);
            query.verdicts.from_ns = now - window;
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let theirs = peer.run("alert-patterns", &arguments);
        let ours = alerts.alert_patterns(&query, &anytime()).unwrap();
        let ours: BTreeSet<String> = ours
            .into_iter()
            .map(|one| {
                let mut ids = one.alert_ids;
                ids.sort();
                let key = format!("{}:{}:{}", one.alert_type, one.rule_name, one.entity_type);
                json!([key, one.count, one.last_verdict_ns, ids]).to_string()
            })
            .collect();
        let theirs: BTreeSet<String> = theirs["patterns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                let mut ids: Vec<&str> = one["contributing_alert_ids"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|id| id.as_str().unwrap())
                    .collect();
                ids.sort_unstable();
                json!([one["pattern_key"], one["tp_count"], one["most_recent_tp_ns"], ids]).to_string()
            })
            .collect();
        assert_eq!(ours, theirs, "{query:?}");
        cases += 1;
    }
    println!("interop: {cases} lists of patterns agree");
}

#[test]
fn inferred_edges_equal_those_of_seerflow() {
    let Some(peer) = Peer::find() else { return };
    let mut config = Config::new();
    config
        .set("storage.sqlite_path", peer.db().to_str().unwrap())
        .unwrap();
    config.set("storage.infer_edges", "true").unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    let kinds = EntityType::ALL;
    let lists: Vec<Vec<(EntityType, uuid::Uuid)>> = (0..300u128)
        .map(|n| {
            (0..n % 9)
                .map(|place| {
                    let kind = kinds[((n * 31 + place * place * 7 + n / 9) % 6) as usize];
                    (kind, uuid::Uuid::from_u128(n * 100 + place))
                })
                .collect()
        })
        .collect();
    let lines: Vec<Vec<(&str, String)>> = lists
        .iter()
        .map(|list| {
            list.iter()
                .map(|(kind, id)| (kind.name(), id.to_string()))
                .collect()
        })
        .collect();
    let answer = peer.run("infer-edges", &[&peer.file("entities.ndjson", &lines_of(&lines))]);
    let mut edges = 0;
    for (list, theirs) in lists.iter().zip(answer["edges"].as_array().unwrap()) {
        let ours: BTreeSet<String> = inferred_edges(list)
            .into_iter()
            .map(|(source, target, relation)| {
                json!([source.to_string(), target.to_string(), relation]).to_string()
            })
            .collect();
        let theirs: BTreeSet<String> = theirs
            .as_array()
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(ours, theirs, "{list:?}");
        edges += ours.len();
    }
    assert!(edges > 500);

    // Written with the events, and as Seerflow loads them.
    let events = events(200);
    write(&engine, Input::Events(Box::new(events.iter().cloned().map(Ok))));
    engine.flush(&Control::unbounded()).unwrap();
    let mut expected: BTreeMap<(String, String, String), (i64, i64, i64)> = BTreeMap::new();
    for event in &events {
        let mut entities = Vec::new();
        related_entities(event, |kind, id| entities.push((kind, id)));
        let time = event.timestamp_ns.unwrap();
        for (source, target, relation) in inferred_edges(&entities) {
            let key = (source.to_string(), target.to_string(), relation.to_owned());
            let seen = expected.entry(key).or_insert((time, time, 0));
            *seen = (seen.0.min(time), seen.1.max(time), seen.2 + 1);
        }
    }
    let answer = peer.run("edges-load", &[]);
    let loaded: BTreeMap<(String, String, String), (i64, i64, i64)> = answer["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| {
            let text = |key: &str| edge[key].as_str().unwrap().to_owned();
            let int = |key: &str| edge[key].as_i64().unwrap();
            (
                (text("source_id"), text("target_id"), text("rel_type")),
                (int("first_seen"), int("last_seen"), int("event_count")),
            )
        })
        .collect();
    assert_eq!(loaded, expected);
    println!("interop: {} lists of entities, {edges} edges agree", lists.len());
}
