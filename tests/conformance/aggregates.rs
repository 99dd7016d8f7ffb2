//! Counts and histograms of events, compared with the same counts in Rust.

use std::collections::BTreeMap;

use seerflow::ErrorKind;
use seerflow::record::{Bucket, CountBy, Counted, Event, EventQuery, Window};
use seerflow::store::PruneOptions;

use crate::backends::Backend;
use crate::store::{Dice, Store, anytime, event, open};

cases! {
    counts_are_exact_in_any_window,
    filtered_counts_equal_counts_of_all_pages,
    histograms_are_exact_and_split,
    counts_are_exact_after_pruning,
    limits_and_names_are_validated,
    extremes_of_time_are_counted,
}

const MINUTE: i64 = 60_000_000_000;

/// Returns a store with more events than two tally blocks, a twentieth of them late, over 1,000 minutes around the epoch.
fn filled(backend: &dyn Backend) -> (Store, Vec<Event<'static>>) {
    let store = open(backend);
    let mut dice = Dice::new(7);
    let mut events: Vec<Event<'static>> = (0..36_000)
        .map(|n: i64| {
            let late = if dice.draw(20) == 0 {
                dice.draw(90) as i64 * MINUTE
            } else {
                0
            };
            Event {
                severity_id: dice.draw(7) as i64,
                source_type: ["", "sshd", "nginx", "aüdit"][dice.draw(4) as usize].into(),
                source_id: format!("host-{}", dice.draw(30)).into(),
                template_id: dice.draw(50) as i64 - 1,
                related_ips: vec![format!("10.0.{}.{}", dice.draw(10), dice.draw(200)).into()],
                // The same entity twice counts as one entity of the event.
                related_users: vec![
                    format!("user{}", dice.draw(9)).into(),
                    format!("USER{}", dice.draw(9)).into(),
                ],
                ..event((n - 18_000) * MINUTE / 36 - late, ["m", "failed login", "m two"][n as usize % 3])
            }
        })
        .collect();
    for chunk in events.chunks(5000) {
        store.put(chunk.iter().cloned());
    }
    let mut stored = store.find(&EventQuery {
        limit: 100_000,
        ..EventQuery::default()
    });
    assert_eq!(stored.len(), events.len());
    events.clear();
    events.append(&mut stored);
    (store, events)
}

/// Returns the values of an event.
fn values(by: CountBy, event: &Event<'_>) -> Vec<String> {
    match by {
        CountBy::Source => vec![event.source_type.to_string()],
        CountBy::Host => vec![event.source_id.to_string()],
        CountBy::Template if event.template_id == -1 => vec![],
        CountBy::Template => vec![event.template_id.to_string()],
        CountBy::Severity => vec![event.severity_id.to_string()],
        CountBy::Entity => {
            let mut ids: Vec<String> = event.entity_refs.iter().map(ToString::to_string).collect();
            ids.sort();
            ids.dedup();
            ids
        }
    }
}

fn within<'e>(events: &'e [Event<'static>], window: Window) -> Vec<&'e Event<'static>> {
    let is_within = |event: &&Event<'_>| window.contains(event.timestamp_ns.unwrap());
    events.iter().filter(is_within).collect()
}

fn counted(by: CountBy, events: &[&Event<'static>]) -> Vec<Counted> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for value in events.iter().flat_map(|event| values(by, event)) {
        *counts.entry(value).or_default() += 1;
    }
    let mut counts: Vec<Counted> = counts
        .into_iter()
        .map(|(value, events)| Counted { value, events })
        .collect();
    // Numeric values are sorted as numbers.
    counts.sort_by_key(|one| {
        (
            std::cmp::Reverse(one.events),
            one.value.parse::<i64>().unwrap_or_default(),
        )
    });
    counts
}

fn windows() -> Vec<Window> {
    let window = |from_ns, to_ns| Window { from_ns, to_ns };
    vec![
        Window::default(),
        window(0, i64::MAX),
        window(-100 * MINUTE, 100 * MINUTE - 1),
        window(-500 * MINUTE + 1, 40 * MINUTE + 17),
        window(3 * MINUTE + 5, 3 * MINUTE + 6),
        // Bounds equal to times of events.
        window(5 * MINUTE, 5 * MINUTE + MINUTE / 36),
        window(5 * MINUTE, 5 * MINUTE + MINUTE / 36 + 1),
        window(5 * MINUTE + 1, 9 * MINUTE),
        window(5 * MINUTE, 9 * MINUTE + 1),
        window(5 * MINUTE, 5 * MINUTE),
        window(400 * MINUTE, i64::MAX),
        window(i64::MIN, -300 * MINUTE),
        window(100_000 * MINUTE, 100_001 * MINUTE),
        window(7, -7),
    ]
}

fn assert_counts(store: &Store, events: &[Event<'static>]) {
    let aggregates = store.aggregates().unwrap();
    for window in windows() {
        let query = EventQuery::within(window);
        let there = within(events, window);
        for by in CountBy::ALL {
            let expected = counted(by, &there);
            for limit in [1, 10, 10_000] {
                let found = aggregates.count_by(by, &query, limit, &anytime()).unwrap();
                let expected: Vec<_> = expected.iter().take(limit as usize).cloned().collect();
                assert_eq!(found, expected, "{by:?} in {window:?}, {limit}");
            }
            let distinct = aggregates.distinct(by, &query, &anytime()).unwrap();
            assert_eq!(distinct, expected.len() as u64, "{by:?} in {window:?}");
        }
    }
}

fn counts_are_exact_in_any_window(backend: &'static dyn Backend) {
    let (store, events) = filled(backend);
    assert_counts(&store, &events);
    let active = store
        .entities()
        .unwrap()
        .active_entities(&EventQuery::default(), 3, &anytime())
        .unwrap();
    let all = within(&events, Window::default());
    assert_eq!(active, counted(CountBy::Entity, &all)[..3]);
    let other = store.again();
    let seen = other.entities().unwrap();
    assert_eq!(
        seen.active_entities(&EventQuery::default(), 3, &anytime()).unwrap(),
        active
    );
    store.assert_sound();
}

fn histograms_are_exact_and_split(backend: &'static dyn Backend) {
    let (store, events) = filled(backend);
    let aggregates = store.aggregates().unwrap();
    for window in windows() {
        let query = EventQuery::within(window);
        let there = within(&events, window);
        for bucket in [MINUTE, 7 * MINUTE, 60 * MINUTE, MINUTE + 1, 5_000_000_000] {
            for split in SPLITS {
                let found = aggregates.histogram(split, &query, bucket, &anytime()).unwrap();
                let expected = buckets(split, bucket, &there);
                assert!(found == expected, "{split:?} in {window:?} by {bucket} ns");
            }
        }
    }
}

const SPLITS: [Option<CountBy>; 3] = [None, Some(CountBy::Source), Some(CountBy::Severity)];

fn buckets(split: Option<CountBy>, bucket: i64, events: &[&Event<'static>]) -> Vec<Bucket> {
    let mut buckets: BTreeMap<(i64, String), u64> = BTreeMap::new();
    for event in events {
        let start = event.timestamp_ns.unwrap().div_euclid(bucket) * bucket;
        let value = split.map_or(String::new(), |by| values(by, event).remove(0));
        *buckets.entry((start, value)).or_default() += 1;
    }
    buckets
        .into_iter()
        .map(|((start_ns, value), events)| Bucket {
            start_ns,
            value,
            events,
        })
        .collect()
}

fn filtered_counts_equal_counts_of_all_pages(backend: &'static dyn Backend) {
    let (store, events) = filled(backend);
    let aggregates = store.aggregates().unwrap();
    let mut dice = Dice::new(3);
    let mut found = 0;
    for mask in 1..64u32 {
        let on = |bit: u32| mask & (1 << bit) != 0;
        let one = events[dice.draw(36_000) as usize].clone();
        let time = one.timestamp_ns.unwrap();
        let windows = [Window::ALL, Window { from_ns: time - 90 * MINUTE, to_ns: time }, Window { from_ns: time, to_ns: time + 1 }];
        let query = EventQuery {
            window: windows[dice.draw(3) as usize],
            source_type: on(0).then(|| one.source_type.to_string()),
            source_id: on(1).then(|| one.source_id.to_string()),
            min_severity: on(2).then(|| dice.draw(7) as i64),
            template_id: on(3).then_some(one.template_id).filter(|id| *id != -1),
            entity: on(4).then(|| one.entity_refs[0].to_string().to_uppercase()),
            text: on(5).then(|| ["m", "\"failed login\"", "login failed", "nowhere", "!"][dice.draw(5) as usize].to_owned()),
            limit: 100_000,
            ..EventQuery::default()
        };
        let pages = store.find(&query);
        let there: Vec<&Event<'static>> = pages.iter().collect();
        found += there.len();
        for by in CountBy::ALL {
            let expected = counted(by, &there);
            assert_eq!(aggregates.distinct(by, &query, &anytime()).unwrap(), expected.len() as u64, "{by:?} {query:?}");
            let most = aggregates.count_by(by, &query, 7, &anytime()).unwrap();
            assert_eq!(most, expected.into_iter().take(7).collect::<Vec<_>>(), "{by:?} {query:?}");
        }
        for split in SPLITS {
            for bucket in [30 * MINUTE, 1_000_000_007] {
                let found = aggregates.histogram(split, &query, bucket, &anytime()).unwrap();
                assert!(found == buckets(split, bucket, &there), "{split:?} {bucket} {query:?}");
            }
        }
    }
    assert!(found > 5_000, "{found}");
    let bad = EventQuery { min_severity: Some(7), ..EventQuery::default() };
    assert_eq!(aggregates.distinct(CountBy::Host, &bad, &anytime()).unwrap_err().kind(), ErrorKind::Invalid);
}

fn counts_are_exact_after_pruning(backend: &'static dyn Backend) {
    let (store, mut events) = filled(backend);
    for before in [-400 * MINUTE + 3, -100 * MINUTE, 450 * MINUTE] {
        let options = PruneOptions {
            before_ns: Some(before),
            max_bytes: None,
        };
        let report = store.maintenance().unwrap().prune(&options, &anytime()).unwrap();
        let all = events.len();
        events.retain(|event| event.timestamp_ns.unwrap() >= before);
        assert_eq!(report.events, (all - events.len()) as u64);
        assert_counts(&store, &events);
        store.assert_sound();
    }
    // Events written later are counted with those that remain.
    let late = Event {
        related_ips: vec!["10.0.1.1".into()],
        template_id: 3,
        ..event(0, "late")
    };
    store.put(vec![late; 20_000]);
    let mut stored = store.find(&EventQuery {
        limit: 100_000,
        ..EventQuery::default()
    });
    assert_eq!(stored.len(), events.len() + 20_000);
    assert_counts(&store, &stored);
    stored.clear();
}

fn limits_and_names_are_validated(backend: &'static dyn Backend) {
    let store = open(backend);
    let aggregates = store.aggregates().unwrap();
    let all = &EventQuery::default();
    for limit in [0, 10_001] {
        let error = aggregates
            .count_by(CountBy::Host, all, limit, &anytime())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
    for bucket in [0, -MINUTE] {
        let error = aggregates.histogram(None, all, bucket, &anytime()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
    for by in [CountBy::Host, CountBy::Template, CountBy::Entity] {
        let error = aggregates
            .histogram(Some(by), all, MINUTE, &anytime())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
    for by in CountBy::ALL {
        assert_eq!(aggregates.count_by(by, all, 10, &anytime()).unwrap(), []);
        assert_eq!(aggregates.distinct(by, all, &anytime()).unwrap(), 0);
    }
}

fn extremes_of_time_are_counted(backend: &'static dyn Backend) {
    let store = open(backend);
    store.put([i64::MIN, i64::MAX, -1, 0].map(|time| event(time, "m")));
    let aggregates = store.aggregates().unwrap();
    let at = |time| {
        let query = &EventQuery::within(Window::closed(time, time));
        let hosts = aggregates
            .count_by(CountBy::Host, query, 1, &anytime())
            .unwrap();
        let sources = aggregates
            .count_by(CountBy::Source, query, 1, &anytime())
            .unwrap();
        assert_eq!(hosts[0].events, sources[0].events);
        hosts[0].events
    };
    assert_eq!([at(i64::MIN), at(i64::MAX), at(-1), at(0)], [1, 1, 1, 1]);
    let buckets = aggregates
        .histogram(None, &EventQuery::default(), MINUTE, &anytime())
        .unwrap();
    assert_eq!(buckets.iter().map(|bucket| bucket.events).sum::<u64>(), 4);
}
