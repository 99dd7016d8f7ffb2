//! Alerts: deduplication, filters, pages, counts.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use seerflow::ErrorKind;
use seerflow::record::{Alert, AlertCursor, AlertQuery, DEDUP_WINDOW_NS, FeedbackEvent, Window};
use seerflow::record::AlertOutcome;
use seerflow::Engine;

use crate::backends::Backend;
use crate::store::{anytime, open};

cases! {
    all_queries_agree_on_an_alerts_window,
    alerts_are_deduplicated_in_windows,
    alert_id_under_another_key_is_a_conflict,
    every_filter_and_page_of_alerts,
    parent_technique_matches_sub_techniques,
    alerts_are_validated_before_anything_is_written,
    mitre_rows_follow_new_alerts_only,
    windows_of_counts_are_half_open,
    alert_cursors_are_stable_under_writes,
    every_field_of_an_alert_round_trips,
}

/// Returns an alert for a test.
pub fn alert(id: &str, key: &str, time: i64) -> Alert {
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

/// Writes one alert.
pub fn write(engine: &Engine, alert: Alert) -> AlertOutcome {
    engine
        .alerts()
        .unwrap()
        .write_alerts(&[alert], DEDUP_WINDOW_NS, &anytime())
        .unwrap()[0]
}

/// Returns the ids of all alerts that match a query, page by page.
pub fn ids(engine: &Engine, query: &AlertQuery) -> Vec<String> {
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

fn alerts_are_deduplicated_in_windows(backend: &'static dyn Backend) {
    let engine = open(backend);
    let window = DEDUP_WINDOW_NS;
    let start = 10 * window;
    let new = |dedup_count| AlertOutcome {
        is_new: dedup_count == 1,
        dedup_count,
    };
    assert_eq!(write(&engine, alert("a1", "k", start)), new(1));
    // At the window's edge, in both directions; the stored time does not change.
    assert_eq!(write(&engine, alert("a2", "k", start + window)), new(2));
    assert_eq!(write(&engine, alert("a3", "k", start - window)), new(3));
    let stored = engine.alerts().unwrap().alert("a3", &anytime()).unwrap().unwrap();
    assert_eq!((stored.timestamp_ns, stored.dedup_count), (start, 3));
    assert_eq!(engine.alerts().unwrap().alert("a1", &anytime()).unwrap(), None);
    // Beyond the window a new occurrence starts.
    assert_eq!(write(&engine, alert("a4", "k", start + window + 1)), new(1));
    assert_eq!(write(&engine, alert("a5", "k", i64::MIN)), new(1));
    assert_eq!(write(&engine, alert("a6", "k", i64::MAX)), new(1));
    assert_eq!(ids(&engine, &AlertQuery::default()), ["a6"]);
    // A verdict survives later occurrences; blob and columns agree.
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
        "the first occurrence decides the filtered values"
    );
    // With a negative window every occurrence is new.
    let alerts = engine.alerts().unwrap();
    let again = alerts
        .write_alerts(&[alert("a8", "k", i64::MAX)], -1, &anytime())
        .unwrap();
    assert_eq!(again, [new(1)]);
}

fn alert_id_under_another_key_is_a_conflict(backend: &'static dyn Backend) {
    let engine = open(backend);
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

fn every_filter_and_page_of_alerts(backend: &'static dyn Backend) {
    let engine = open(backend);
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
            window: if on(0) { Window { from_ns: 10, to_ns: 51 } } else { Window::ALL },
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
    let buckets = alerts.alerts_by_time(&within(0, 66), 10, &anytime()).unwrap();
    assert_eq!(buckets.iter().map(|(_, n)| n).sum::<u64>(), 198);
    assert_eq!(buckets[0], (0, 30));
    assert_eq!(
        alerts.alerts_by_rule(&within(0, 100), 10, &anytime()).unwrap(),
        [("ssh brute force".into(), 200)]
    );
    let severities = alerts.alerts_by_severity(&within(0, 100), &anytime()).unwrap();
    assert_eq!(severities[0], ("trace".into(), 29));
}

fn parent_technique_matches_sub_techniques(backend: &'static dyn Backend) {
    let store = open(backend);
    for (n, techniques) in [
        vec!["T1053"],
        vec!["T1053.005"],
        vec!["t1053.002", "T1021"],
        vec!["T10531"],
        vec!["T105"],
        vec!["T1053.005.1"],
        vec![],
    ]
    .into_iter()
    .enumerate()
    {
        let one = Alert {
            mitre_techniques: techniques.into_iter().map(str::to_owned).collect(),
            ..alert(&format!("a{n}"), &format!("k{n}"), -(n as i64))
        };
        write(&store, one);
    }
    let found = |technique: &str| {
        let query = AlertQuery {
            technique: Some(technique.into()),
            total: true,
            ..AlertQuery::default()
        };
        let page = store.alerts().unwrap().query_alerts(&query, &anytime()).unwrap();
        assert_eq!(page.total, Some(page.alerts.len() as u64), "{technique}");
        page.alerts
            .into_iter()
            .map(|alert| alert.alert_id)
            .collect::<Vec<_>>()
            .join(" ")
    };
    for (technique, expected) in [
        ("T1053", "a0 a1 a2 a5"),
        ("t1053", "a0 a1 a2 a5"),
        ("T1053.005", "a1"),
        ("T1053.002", "a2"),
        ("T1021", "a2"),
        ("T105", "a4"),
        ("T10", ""),
        ("%", ""),
        ("T1053.", ""),
    ] {
        assert_eq!(found(technique), expected, "{technique}");
    }
}

fn alerts_are_validated_before_anything_is_written(backend: &'static dyn Backend) {
    let store = open(backend);
    let alerts = store.alerts().unwrap();
    let good = || alert("good", "good", 1);
    for bad in [
        Alert {
            alert_type: "rumour".into(),
            ..good()
        },
        Alert {
            entity_type: "planet".into(),
            ..good()
        },
        Alert {
            severity_id: 7,
            ..good()
        },
        Alert {
            severity_id: -1,
            ..good()
        },
        Alert {
            feedback: "maybe".into(),
            ..good()
        },
        Alert {
            risk_score: f64::NAN,
            ..good()
        },
        Alert {
            risk_score: f64::INFINITY,
            ..good()
        },
    ] {
        let error = alerts
            .write_alerts(&[good(), bad], DEDUP_WINDOW_NS, &anytime())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    }
    assert_eq!(ids(&store, &AlertQuery::default()), [] as [String; 0]);
    for (limit, page) in [(0, 1), (100_001, 1), (10, 0)] {
        let query = AlertQuery {
            limit,
            page,
            ..AlertQuery::default()
        };
        let error = alerts.query_alerts(&query, &anytime()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
    assert_eq!(alerts.alert("nobody", &anytime()).unwrap(), None);
}

fn mitre_rows_follow_new_alerts_only(backend: &'static dyn Backend) {
    let store = open(backend);
    let with = |id: &str, time: i64, tactic: &str| Alert {
        mitre_tactics: vec![tactic.into(), tactic.into()],
        ..alert(id, "k", time)
    };
    let found = |tactic: &str| {
        let query = AlertQuery {
            tactic: Some(tactic.into()),
            ..AlertQuery::default()
        };
        ids(&store, &query)
    };
    write(&store, with("a1", 0, "execution"));
    // Another occurrence does not change them, a new window replaces them.
    assert!(!write(&store, with("a2", 1, "impact")).is_new);
    assert_eq!((found("execution"), found("impact").len()), (vec!["a2".to_owned()], 0));
    assert!(write(&store, with("a3", 2 * DEDUP_WINDOW_NS, "impact")).is_new);
    assert_eq!((found("execution").len(), found("impact")), (0, vec!["a3".to_owned()]));
}

fn windows_of_counts_are_half_open(backend: &'static dyn Backend) {
    let store = open(backend);
    for (n, time) in [-11, -10, -1, 0, 9, 10, 19, 20].into_iter().enumerate() {
        let one = Alert {
            rule_name: ["b", "a", "B"][n % 3].into(),
            severity_id: (n % 2) as i64,
            ..alert(&format!("a{n}"), &format!("k{n}"), time)
        };
        write(&store, one);
    }
    let alerts = store.alerts().unwrap();
    let by_time = |from, to| alerts.alerts_by_time(&within(from, to), 10, &anytime()).unwrap();
    assert_eq!(
        by_time(-100, 100),
        [(-20, 1), (-10, 2), (0, 2), (10, 2), (20, 1)]
    );
    assert_eq!(by_time(-10, 10), [(-10, 2), (0, 2)]);
    assert_eq!(by_time(5, 5), []);
    let by_rule = |from, to| alerts.alerts_by_rule(&within(from, to), 10, &anytime()).unwrap();
    let counts = |list: &[(&str, u64)]| {
        list.iter()
            .map(|(name, n)| ((*name).to_owned(), *n))
            .collect::<Vec<_>>()
    };
    assert_eq!(by_rule(-100, 100), counts(&[("a", 3), ("b", 3), ("B", 2)]));
    assert_eq!(by_rule(20, 21), counts(&[("a", 1)]));
    let by_severity = alerts.alerts_by_severity(&within(-100, 20), &anytime()).unwrap();
    assert_eq!(by_severity, counts(&[("trace", 4), ("informational", 3)]));
    let error = alerts.alerts_by_time(&within(0, 1), 0, &anytime()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

fn alert_cursors_are_stable_under_writes(backend: &'static dyn Backend) {
    let store = open(backend);
    let old: Vec<Alert> = (0..400)
        .map(|n| alert(&format!("old{n:03}"), &format!("k{n}"), n / 5))
        .collect();
    let alerts = store.alerts().unwrap();
    alerts.write_alerts(&old, DEDUP_WINDOW_NS, &anytime()).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 0;
            while !done.load(Ordering::Relaxed) {
                write(&store, alert(&format!("new{n:05}"), &format!("new{n}"), n % 100));
                n += 1;
            }
        });
        for limit in [3, 50, 1000] {
            let query = AlertQuery {
                limit,
                ..AlertQuery::default()
            };
            let found: Vec<String> = ids(&store, &query)
                .into_iter()
                .filter(|id| id.starts_with("old"))
                .collect();
            let expected: Vec<String> = old.iter().rev().map(|alert| alert.alert_id.clone()).collect();
            assert_eq!(found, expected, "limit {limit}");
        }
        done.store(true, Ordering::Relaxed);
    });
    let all = ids(&store, &AlertQuery::default());
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
}

fn every_field_of_an_alert_round_trips(backend: &'static dyn Backend) {
    let store = open(backend);
    let full = Alert {
        severity_id: 6,
        description: "tried \u{1F512} and\nfailed".into(),
        contributing_events: vec![uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2)],
        mitre_tactics: vec!["impact".into(), "execution".into()],
        mitre_techniques: vec!["T1053.005".into()],
        risk_score: 99.5,
        dedup_count: 1,
        ..alert("full", "key of it", i64::MAX)
    };
    let least = Alert {
        risk_score: f64::MIN,
        severity_id: 0,
        entity_uuid: String::new(),
        mitre_tactics: vec![],
        mitre_techniques: vec![],
        ..alert("least", "", i64::MIN)
    };
    for one in [full, least] {
        write(&store, one.clone());
        let stored = store.alerts().unwrap().alert(&one.alert_id, &anytime()).unwrap();
        assert_eq!(stored, Some(one));
    }
}

fn all_queries_agree_on_an_alerts_window(backend: &'static dyn Backend) {
    let store = open(backend);
    let alerts = store.alerts().unwrap();
    alerts.write_alerts(&[alert("a", "a", 7)], DEDUP_WINDOW_NS, &anytime()).unwrap();
    for (from_ns, to_ns, expected) in [(7, 7, 0), (7, 8, 1), (6, 7, 0), (i64::MIN, 7, 0), (7, i64::MAX, 1), (8, i64::MAX, 0)] {
        let query = within(from_ns, to_ns);
        let page = alerts.query_alerts(&AlertQuery { total: true, ..query.clone() }, &anytime()).unwrap();
        assert_eq!((page.alerts.len() as u64, page.total), (expected, Some(expected)), "{query:?}");
        let by_time = alerts.alerts_by_time(&query, 1, &anytime()).unwrap();
        assert_eq!(by_time.len() as u64, expected, "{query:?}");
        let by_rule = alerts.alerts_by_rule(&query, 1, &anytime()).unwrap();
        assert_eq!(by_rule.len() as u64, expected, "{query:?}");
        let by_severity = alerts.alerts_by_severity(&query, &anytime()).unwrap();
        assert_eq!(by_severity.len() as u64, expected, "{query:?}");
    }
    for limit in [0, 10_001] {
        let error = alerts.alerts_by_rule(&AlertQuery::default(), limit, &anytime()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}

fn within(from_ns: i64, to_ns: i64) -> AlertQuery {
    AlertQuery::within(Window { from_ns, to_ns })
}
