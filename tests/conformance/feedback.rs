//! Verdicts: on alerts, in the audit trail, and the patterns of true positives.

use seerflow::record::{
    Alert, DEDUP_WINDOW_NS, FeedbackCursor, FeedbackEvent, FeedbackStats, PatternQuery, Window,
};
use seerflow::{Engine, ErrorKind};

use super::alerts::{alert, write};
use crate::backends::Backend;
use crate::store::{anytime, open};

cases! {
    feedback_is_stored_and_audited,
    audit_trail_is_newest_first_in_pages,
    latest_verdict_counts,
    patterns_respect_minimum_window_and_limit,
}

fn verdict(id: &str, feedback: &str, time: i64) -> FeedbackEvent {
    FeedbackEvent {
        alert_id: id.into(),
        feedback: feedback.into(),
        note: format!("because {feedback}"),
        origin: "cli".into(),
        submitted_at_ns: time,
        ..FeedbackEvent::default()
    }
}

fn judge(engine: &Engine, id: &str, feedback: &str, time: i64) -> bool {
    let alerts = engine.alerts().unwrap();
    alerts
        .update_feedback(&verdict(id, feedback, time), &anytime())
        .unwrap()
}

fn feedback_is_stored_and_audited(backend: &'static dyn Backend) {
    let engine = open(backend);
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
    let trail = alerts.feedback_events(Some("a1"), None, 1, 2, &anytime()).unwrap();
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

fn audit_trail_is_newest_first_in_pages(backend: &'static dyn Backend) {
    let store = open(backend);
    write(&store, alert("a", "k", 1));
    // Verdicts of the same time are sorted by number.
    for n in 0..25 {
        judge(&store, "a", if n % 2 == 0 { "tp" } else { "fp" }, n / 5);
    }
    let alerts = store.alerts().unwrap();
    alerts
        .append_feedback(&verdict("of no alert", "tp", i64::MAX), &anytime())
        .unwrap();
    let page = |of: Option<&str>, page, limit| alerts.feedback_events(of, None, page, limit, &anytime()).unwrap();
    let mut trail = Vec::new();
    for number in 1..=4 {
        trail.extend(page(Some("a"), number, 7));
    }
    assert_eq!(trail.len(), 25);
    let order: Vec<(i64, i64)> = trail
        .iter()
        .map(|event| (event.submitted_at_ns, event.id))
        .collect();
    assert!(order.is_sorted_by(|a, b| a > b), "{order:?}");
    assert_eq!(trail[0].feedback, "tp");
    assert_eq!(page(None, 1, 1)[0].alert_id, "of no alert");
    assert_eq!(page(None, 1, 100).len(), 26);
    assert_eq!(page(Some("a"), 5, 7), []);
    for (of, expected) in [(Some("a"), &trail), (None, &page(None, 1, 100))] {
        let (mut after, mut continued) = (None, Vec::new());
        loop {
            let next = alerts.feedback_events(of, after, 1, 4, &anytime()).unwrap();
            let Some(last) = next.last() else { break };
            after = Some(FeedbackCursor::parse(&FeedbackCursor::from(last).token()).unwrap());
            continued.extend(next);
        }
        assert_eq!(continued, *expected);
    }
    let both = alerts.feedback_events(None, Some((&trail[0]).into()), 2, 1, &anytime());
    assert_eq!(both.unwrap_err().kind(), ErrorKind::Invalid);
    for (number, limit) in [(0, 1), (1, 0), (1, 100_001)] {
        let error = alerts
            .feedback_events(None, None, number, limit, &anytime())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}

fn latest_verdict_counts(backend: &'static dyn Backend) {
    let store = open(backend);
    for id in ["a", "b", "c"] {
        write(&store, alert(id, id, 1));
    }
    let alerts = store.alerts().unwrap();
    let counted = || {
        let stats = alerts.feedback_stats(&anytime()).unwrap();
        let patterns = alerts.alert_patterns(&PatternQuery::default(), &anytime()).unwrap();
        (stats.tp, stats.fp, stats.total, patterns.first().map(|one| one.count))
    };
    assert_eq!(counted(), (0, 0, 0, None));
    for (id, feedback, time, expected) in [
        ("a", "tp", 5, (1, 0, 1, Some(1))),
        ("a", "fp", 6, (0, 1, 1, None)),
        ("a", "tp", 7, (1, 0, 1, Some(1))),
        // Of two verdicts of the same time the later one counts.
        ("b", "tp", 9, (2, 0, 2, Some(2))),
        ("b", "fp", 9, (1, 1, 2, Some(1))),
        ("c", "tp", i64::MIN, (2, 1, 3, Some(2))),
    ] {
        assert!(judge(&store, id, feedback, time));
        assert_eq!(counted(), expected, "{id} {feedback} at {time}");
    }
    assert!(!judge(&store, "nobody", "tp", 10));
    assert_eq!(
        alerts.feedback_events(Some("nobody"), None, 1, 10, &anytime()).unwrap(),
        []
    );
    // The alert's column has the verdict written last, regardless of its time.
    assert_eq!(alerts.alert("b", &anytime()).unwrap().unwrap().feedback, "fp");
}

fn patterns_respect_minimum_window_and_limit(backend: &'static dyn Backend) {
    let store = open(backend);
    for n in 0..30i64 {
        let one = Alert {
            rule_name: format!("rule {}", n % 4),
            entity_type: if n % 2 == 0 { "ip" } else { "user" }.into(),
            ..alert(&format!("a{n:02}"), &format!("k{n}"), n)
        };
        store
            .alerts()
            .unwrap()
            .write_alerts(&[one], DEDUP_WINDOW_NS, &anytime())
            .unwrap();
        judge(&store, &format!("a{n:02}"), "tp", 100 + n);
    }
    let alerts = store.alerts().unwrap();
    let found = |query: PatternQuery| {
        let patterns = alerts.alert_patterns(&query, &anytime()).unwrap();
        patterns
            .into_iter()
            .map(|one| (one.rule_name, one.count, one.alert_ids.len()))
            .collect::<Vec<_>>()
    };
    let rule = |n: i32, count: u64, ids: usize| (format!("rule {n}"), count, ids);
    let all = PatternQuery::default;
    assert_eq!(found(all()), [rule(0, 8, 8), rule(1, 8, 8), rule(2, 7, 7), rule(3, 7, 7)]);
    let few = PatternQuery {
        min_count: 8,
        max_alerts: 2,
        ..all()
    };
    assert_eq!(found(few), [rule(0, 8, 2), rule(1, 8, 2)]);
    let window = PatternQuery {
        verdicts: Window { from_ns: 100, to_ns: 106 },
        ..all()
    };
    assert_eq!(found(window), [rule(0, 2, 2), rule(1, 2, 2), rule(2, 1, 1), rule(3, 1, 1)]);
    assert_eq!(found(PatternQuery { limit: 1, ..all() }), [rule(0, 8, 8)]);
    let newest = &alerts
        .alert_patterns(&PatternQuery { max_alerts: 3, ..all() }, &anytime())
        .unwrap()[0];
    assert_eq!(newest.alert_ids, ["a28", "a24", "a20"]);
    assert_eq!(newest.last_verdict_ns, 128);
    let error = alerts
        .alert_patterns(&PatternQuery { limit: 0, ..all() }, &anytime())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}
