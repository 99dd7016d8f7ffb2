//! State of Sigma rules.

use seerflow::ErrorKind;
use seerflow::record::SigmaMatches;

use crate::backends::Backend;
use crate::store::{anytime, open};

cases! {
    matches_accumulate,
    rules_are_listed_in_order,
    match_counts_saturate,
}

fn matches_accumulate(backend: &'static dyn Backend) {
    let engine = open(backend);
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
}

fn rules_are_listed_in_order(backend: &'static dyn Backend) {
    let store = open(backend);
    let rules = store.sigma_rules().unwrap();
    assert_eq!(rules.sigma_rules(&anytime()).unwrap(), []);
    for (id, enabled) in [("b", true), ("B", false), ("a", true), ("é", true), ("b", false)] {
        rules.enable_sigma_rule(id, enabled, &anytime()).unwrap();
    }
    let listed = rules.sigma_rules(&anytime()).unwrap();
    let shown: Vec<(&str, bool, i64, Option<i64>)> = listed
        .iter()
        .map(|one| {
            (
                one.rule_id.as_str(),
                one.enabled,
                one.match_count_lifetime,
                one.last_fired_ns,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("B", false, 0, None),
            ("a", true, 0, None),
            ("b", false, 0, None),
            ("é", true, 0, None),
        ]
    );
    assert!(listed.iter().all(|one| one.updated_at_ns > 0));
    let error = rules.enable_sigma_rule("", true, &anytime()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

fn match_counts_saturate(backend: &'static dyn Backend) {
    let store = open(backend);
    let rules = store.sigma_rules().unwrap();
    let matches = |rule_id: &str, count, last_fired_ns| SigmaMatches {
        rule_id: rule_id.into(),
        count,
        last_fired_ns,
    };
    let error = rules
        .add_sigma_matches(&[matches("new", 1, 1), matches("bad", -1, 1)], &anytime())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(rules.sigma_rules(&anytime()).unwrap(), [], "all or nothing");
    rules
        .add_sigma_matches(
            &[
                matches("r", i64::MAX, i64::MIN),
                matches("r", 5, i64::MAX),
                matches("r", 0, 7),
            ],
            &anytime(),
        )
        .unwrap();
    let state = rules.sigma_rules(&anytime()).unwrap().remove(0);
    assert_eq!(
        (state.enabled, state.match_count_lifetime, state.last_fired_ns),
        (true, i64::MAX, Some(i64::MAX))
    );
}
