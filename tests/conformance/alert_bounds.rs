//! Alerts with texts at and above the length limits.

use seerflow::ErrorKind;
use seerflow::record::{Alert, AlertQuery, DEDUP_WINDOW_NS, MAX_ALERT_KEY, MAX_ALERT_TAG};

use crate::alerts::{alert, ids};
use crate::backends::Backend;
use crate::store::{anytime, open};

cases! {
    texts_at_the_limit_are_stored_and_longer_ones_refused,
}

/// Returns a text that a server cannot compress.
fn text(seed: u64, bytes: usize) -> String {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'!' + (state >> 33) as u8 % 94)
    };
    (0..bytes).map(|_| next()).collect()
}

fn texts_at_the_limit_are_stored_and_longer_ones_refused(backend: &'static dyn Backend) {
    let store = open(backend);
    let alerts = store.alerts().unwrap();
    let key = |seed: u64| text(seed, MAX_ALERT_KEY);
    let longest = Alert {
        alert_id: key(1),
        rule_name: key(2),
        entity_uuid: key(3),
        dedup_key: key(4),
        mitre_tactics: vec![text(5, MAX_ALERT_TAG)],
        mitre_techniques: vec![text(6, MAX_ALERT_TAG)],
        ..alert("", "", 1)
    };
    let write = |one: &Alert| {
        alerts.write_alerts(&[alert("good", "good", 1), one.clone()], DEDUP_WINDOW_NS, &anytime())
    };
    let long = || key(7) + "x";
    for (field, most, bad) in [
        ("alert_id", MAX_ALERT_KEY, Alert { alert_id: long(), ..longest.clone() }),
        ("rule_name", MAX_ALERT_KEY, Alert { rule_name: long(), ..longest.clone() }),
        ("entity_uuid", MAX_ALERT_KEY, Alert { entity_uuid: long(), ..longest.clone() }),
        ("dedup_key", MAX_ALERT_KEY, Alert { dedup_key: long(), ..longest.clone() }),
        ("mitre_tactics", MAX_ALERT_TAG, Alert { mitre_tactics: vec![long()], ..longest.clone() }),
        ("mitre_techniques", MAX_ALERT_TAG, Alert { mitre_techniques: vec![long()], ..longest.clone() }),
    ] {
        let error = write(&bad).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        let text = error.to_string();
        assert!(text.contains(field) && text.contains(&format!("the limit is {most}")), "{text}");
        assert!(text.len() < 200, "{text}");
    }
    assert_eq!(ids(&store, &AlertQuery::default()), [] as [String; 0]);
    write(&longest).unwrap();
    assert_eq!(ids(&store, &AlertQuery::default()).len(), 2);
    assert_eq!(alerts.alert(&longest.alert_id, &anytime()).unwrap(), Some(longest));
}
