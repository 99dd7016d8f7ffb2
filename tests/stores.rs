//! Alerts, models, Sigma rules and edges, through the engine on SQLite.

use seerflow::codec::alert;
use seerflow::record::{
    Alert, AlertCursor, AlertQuery, Control, DEDUP_WINDOW_NS, Edge, FeedbackEvent, FeedbackStats,
    PatternQuery, RelatedEntity, SigmaMatches,
};
use seerflow::store::sql::alert::Written;
use seerflow::store::sql::model::Expected;
use seerflow::{Config, Engine, ErrorKind};

fn open(folder: &tempfile::TempDir) -> Engine {
    let mut config = Config::new();
    config
        .set(
            "storage.sqlite_path",
            folder.path().join("seerflow.db").to_str().unwrap(),
        )
        .unwrap();
    Engine::open(&config, Default::default()).unwrap()
}

fn anytime() -> Control {
    Control::unbounded()
}

fn alert(id: &str, key: &str, time: i64) -> Alert {
    Alert {
        alert_id: id.into(),
        alert_type: "sigma".into(),
        timestamp_ns: time,
        severity_id: 4,
        rule_name: "ssh brute force".into(),
        entity_uuid: "ef9df6a4-1012-59be-9067-f1f04204b487".into(),
        entity_value: "203.0.113.66".into(),
        entity_type: "ip".into(),
        mitre_tactics: vec!["credential-access".into()],
        mitre_techniques: vec!["t1110.001".into()],
        dedup_key: key.into(),
        ..Alert::default()
    }
}

fn write(engine: &Engine, alert: Alert) -> Written {
    engine
        .alerts()
        .unwrap()
        .write_alerts(&[alert], DEDUP_WINDOW_NS, &anytime())
        .unwrap()[0]
}

fn ids(engine: &Engine, query: &AlertQuery) -> Vec<String> {
    let mut query = query.clone();
    let mut ids = Vec::new();
    loop {
        let page = engine.alerts().unwrap().query_alerts(&query, &anytime()).unwrap();
        ids.extend(page.alerts.into_iter().map(|alert| alert.alert_id));
        query.cursor = page.next;
        match &query.cursor {
            Some(cursor) => assert_eq!(AlertCursor::parse(&cursor.token()).unwrap(), *cursor),
            None => return ids,
        }
    }
}

#[test]
fn alerts_are_deduplicated_in_windows() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    let window = DEDUP_WINDOW_NS;
    let start = 10 * window;
    let new = |dedup_count| Written {
        is_new: dedup_count == 1,
        dedup_count,
    };
    assert_eq!(write(&engine, alert("a1", "k", start)), new(1));
    // At the edge, in both directions; the stored time stays.
    assert_eq!(write(&engine, alert("a2", "k", start + window)), new(2));
    assert_eq!(write(&engine, alert("a3", "k", start - window)), new(3));
    let stored = engine.alerts().unwrap().alert("a3", &anytime()).unwrap().unwrap();
    assert_eq!((stored.timestamp_ns, stored.dedup_count), (start, 3));
    assert_eq!(engine.alerts().unwrap().alert("a1", &anytime()).unwrap(), None);
    // Beyond it everything starts over.
    assert_eq!(write(&engine, alert("a4", "k", start + window + 1)), new(1));
    assert_eq!(write(&engine, alert("a5", "k", i64::MIN)), new(1));
    assert_eq!(write(&engine, alert("a6", "k", i64::MAX)), new(1));
    assert_eq!(ids(&engine, &AlertQuery::default()), ["a6"]);
    // A verdict outlives occurrences; blob and columns say the same.
    let verdict = FeedbackEvent {
        alert_id: "a6".into(),
        feedback: "fp".into(),
        note: "known".into(),
        origin: "api".into(),
        ..FeedbackEvent::default()
    };
    assert!(
        engine
            .alerts()
            .unwrap()
            .update_feedback(&verdict, &anytime())
            .unwrap()
    );
    let later = Alert {
        severity_id: 6,
        description: "again".into(),
        ..alert("a7", "k", i64::MAX - 1)
    };
    assert_eq!(write(&engine, later), new(2));
    let stored = engine.alerts().unwrap().alert("a7", &anytime()).unwrap().unwrap();
    assert_eq!(
        (stored.feedback.as_str(), stored.feedback_note.as_str()),
        ("fp", "known")
    );
    assert_eq!(
        (stored.description.as_str(), stored.timestamp_ns),
        ("again", i64::MAX)
    );
    let severe = AlertQuery {
        min_severity: Some(5),
        ..AlertQuery::default()
    };
    assert_eq!(
        ids(&engine, &severe),
        [] as [String; 0],
        "the first occurrence decides what it is filtered by"
    );
    // A negative window makes every occurrence new.
    let alerts = engine.alerts().unwrap();
    let again = alerts
        .write_alerts(&[alert("a8", "k", i64::MAX)], -1, &anytime())
        .unwrap();
    assert_eq!(again, [new(1)]);
}

#[test]
fn an_alert_id_under_another_key_is_a_conflict_that_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    write(&engine, alert("a1", "k1", 1));
    let batch = [alert("a2", "k2", 2), alert("a1", "k3", 3)];
    let error = engine
        .alerts()
        .unwrap()
        .write_alerts(&batch, DEDUP_WINDOW_NS, &anytime())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("k1"), "{error}");
    assert_eq!(ids(&engine, &AlertQuery::default()), ["a1"]);
}

#[test]
fn queries_by_every_filter_and_page() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    for n in 0..200i64 {
        let one = Alert {
            severity_id: n % 7,
            alert_type: ["ml", "sigma", "ioc"][n as usize % 3].into(),
            entity_uuid: format!("e{}", n % 4),
            mitre_tactics: if n % 5 == 0 {
                vec!["execution".into(), "impact".into()]
            } else {
                vec![]
            },
            mitre_techniques: match n % 8 {
                0 => vec!["T1053".into(), "T1053.005".into()],
                1 => vec!["t1053.005".into()],
                2 => vec!["T10531".into()],
                _ => vec![],
            },
            ..alert(&format!("a{n:03}"), &format!("k{n}"), n / 3)
        };
        write(&engine, one);
    }
    for mask in 0..64u32 {
        let on = |bit: u32| mask & (1 << bit) != 0;
        let query = AlertQuery {
            from_ns: if on(0) { 10 } else { i64::MIN },
            to_ns: if on(0) { 50 } else { i64::MAX },
            alert_type: on(1).then(|| "sigma".into()),
            min_severity: on(2).then_some(3),
            entity: on(3).then(|| "e1".into()),
            tactic: on(4).then(|| "impact".into()),
            technique: on(5).then(|| "t1053".into()),
            limit: 7,
            total: true,
            ..AlertQuery::default()
        };
        let mut expected: Vec<i64> = (0..200i64)
            .filter(|n| !on(0) || (10..=50).contains(&(n / 3)))
            .filter(|n| !on(1) || n % 3 == 1)
            .filter(|n| !on(2) || n % 7 >= 3)
            .filter(|n| !on(3) || n % 4 == 1)
            .filter(|n| !on(4) || n % 5 == 0)
            .filter(|n| !on(5) || n % 8 < 2)
            .collect();
        expected.reverse();
        let names: Vec<String> = expected.iter().map(|n| format!("a{n:03}")).collect();
        assert_eq!(ids(&engine, &query), names, "{query:?}");
        let page = engine.alerts().unwrap().query_alerts(&query, &anytime()).unwrap();
        assert_eq!(page.total, Some(names.len() as u64));
        let second = AlertQuery { page: 2, ..query };
        let page = engine
            .alerts()
            .unwrap()
            .query_alerts(&second, &anytime())
            .unwrap();
        let shown: Vec<&str> = page.alerts.iter().map(|alert| alert.alert_id.as_str()).collect();
        assert_eq!(
            shown,
            names
                .iter()
                .skip(7)
                .take(7)
                .map(String::as_str)
                .collect::<Vec<_>>()
        );
    }
    let exact = AlertQuery {
        technique: Some("T1053.005".into()),
        limit: 1000,
        ..AlertQuery::default()
    };
    assert_eq!(ids(&engine, &exact).len(), 50);
    let alerts = engine.alerts().unwrap();
    let buckets = alerts.alerts_by_time((0, 66), 10, &anytime()).unwrap();
    assert_eq!(buckets.iter().map(|(_, n)| n).sum::<u64>(), 198);
    assert_eq!(buckets[0], (0, 30));
    assert_eq!(
        alerts.alerts_by_rule((0, 100), &anytime()).unwrap(),
        [("ssh brute force".into(), 200)]
    );
    let severities = alerts.alerts_by_severity((0, 100), &anytime()).unwrap();
    assert_eq!(severities[0], ("trace".into(), 29));
}

#[test]
fn feedback_is_kept_and_audited() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    write(&engine, alert("a1", "k1", 1));
    write(&engine, alert("a2", "k2", 2));
    let alerts = engine.alerts().unwrap();
    let verdict = |id: &str, feedback: &str, time| FeedbackEvent {
        alert_id: id.into(),
        feedback: feedback.into(),
        note: "sure".into(),
        origin: "cli".into(),
        submitted_at_ns: time,
        ..FeedbackEvent::default()
    };
    assert!(
        alerts
            .update_feedback(&verdict("a1", "tp", 5), &anytime())
            .unwrap()
    );
    assert!(
        alerts
            .update_feedback(&verdict("a1", "fp", 6), &anytime())
            .unwrap()
    );
    assert!(
        alerts
            .update_feedback(&verdict("a1", "tp", 7), &anytime())
            .unwrap()
    );
    assert!(
        alerts
            .update_feedback(&verdict("a2", "fp", 8), &anytime())
            .unwrap()
    );
    assert!(
        !alerts
            .update_feedback(&verdict("nobody", "tp", 9), &anytime())
            .unwrap()
    );
    assert!(
        alerts
            .update_feedback(&verdict("a1", "maybe", 9), &anytime())
            .is_err()
    );
    let stored = alerts.alert("a1", &anytime()).unwrap().unwrap();
    assert_eq!(
        (stored.feedback.as_str(), stored.feedback_note.as_str()),
        ("tp", "sure")
    );
    assert_eq!(
        alerts.feedback_stats(&anytime()).unwrap(),
        FeedbackStats {
            tp: 1,
            fp: 1,
            total: 2
        }
    );
    let trail = alerts.feedback_events(Some("a1"), 1, 2, &anytime()).unwrap();
    assert_eq!(
        trail
            .iter()
            .map(|event| event.submitted_at_ns)
            .collect::<Vec<_>>(),
        [7, 6]
    );
    let patterns = alerts
        .alert_patterns(&PatternQuery::default(), &anytime())
        .unwrap();
    assert_eq!((patterns.len(), patterns[0].count), (1, 1));
}

#[test]
fn models_are_saved_listed_and_swapped() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    let models = engine.models().unwrap();
    let save = |key: &str, expected| models.save_model(key, b"\0data", expected, &anytime());
    let first = save("drain/1", Expected::Nothing).unwrap();
    assert_eq!(
        save("drain/1", Expected::Nothing).unwrap_err().kind(),
        ErrorKind::Conflict
    );
    let second = save("drain/1", Expected::SavedAt(first)).unwrap();
    assert!(second > first);
    assert_eq!(
        save("drain/1", Expected::SavedAt(first)).unwrap_err().kind(),
        ErrorKind::Conflict
    );
    save("drain/2", Expected::Anything).unwrap();
    save("other", Expected::Anything).unwrap();
    assert_eq!(models.models("drain/", &anytime()).unwrap().len(), 2);
    assert_eq!(models.models("", &anytime()).unwrap().len(), 3);
    assert_eq!(
        models.load_model("drain/1", &anytime()).unwrap().unwrap().data,
        b"\0data"
    );
    assert!(models.delete_model("drain/1", &anytime()).unwrap());
    assert!(!models.delete_model("drain/1", &anytime()).unwrap());
    assert_eq!(models.load_model("drain/1", &anytime()).unwrap(), None);
    for bad in ["", "é", &"k".repeat(257)] {
        assert_eq!(
            save(bad, Expected::Anything).unwrap_err().kind(),
            ErrorKind::Invalid
        );
    }
    let large = vec![7; 64 << 20];
    models
        .save_model("large", &large, Expected::Anything, &anytime())
        .unwrap();
    assert!(models.load_model("large", &anytime()).unwrap().unwrap().data == large);
    let error = models
        .save_model("large", &vec![7; (64 << 20) + 1], Expected::Anything, &anytime())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}

#[test]
fn sigma_rules_and_edges_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    let rules = engine.sigma_rules().unwrap();
    let matches = |count, last_fired_ns| SigmaMatches {
        rule_id: "r".into(),
        count,
        last_fired_ns,
    };
    rules
        .add_sigma_matches(&[matches(2, 9), matches(3, 5)], &anytime())
        .unwrap();
    rules.enable_sigma_rule("r", false, &anytime()).unwrap();
    let state = rules.sigma_rules(&anytime()).unwrap().remove(0);
    assert_eq!(
        (state.enabled, state.match_count_lifetime, state.last_fired_ns),
        (false, 5, Some(9))
    );

    let edges = engine.edges().unwrap();
    let edge = |source: &str, target: &str, first_seen, last_seen| Edge {
        source_id: source.into(),
        target_id: target.into(),
        rel_type: "logged_into".into(),
        first_seen,
        last_seen,
        event_count: 1,
    };
    edges
        .upsert_edges(
            &[
                edge("u", "h", 5, 6),
                edge("u", "h", 3, 4),
                edge("v", "u", 1, 1),
                edge("u", "u", 1, 1),
            ],
            &anytime(),
        )
        .unwrap();
    let mut all = Vec::new();
    edges
        .load_edges(&anytime(), &mut |edge| {
            all.push(edge);
            Ok(())
        })
        .unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!(
        all[0],
        Edge {
            event_count: 2,
            ..edge("u", "h", 3, 6)
        }
    );
    let related = edges.related_entities("u", 10, &anytime()).unwrap();
    let names: Vec<(&str, i64)> = related
        .iter()
        .map(
            |RelatedEntity {
                 entity, event_count, ..
             }| (entity.as_str(), *event_count),
        )
        .collect();
    assert_eq!(names, [("h", 2), ("u", 1), ("v", 1)]);
    let hostile = Edge {
        rel_type: "a]->() DELETE".into(),
        ..edge("a", "b", 1, 1)
    };
    assert_eq!(
        edges.upsert_edges(&[hostile], &anytime()).unwrap_err().kind(),
        ErrorKind::Invalid
    );
    assert_eq!(edges.prune_edges(2, &anytime()).unwrap(), 2);
}

#[test]
fn alert_blobs_decode_in_part() {
    assert_eq!(alert::decode(&[0x80]).unwrap(), Alert::default());
}
