//! Random operations on a store and on the reference implementation, with equal results.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config as Runs, RngAlgorithm, TestRng, TestRunner};
use seerflow::ErrorKind;
use seerflow::record::{
    Alert, AlertQuery, CountBy, Edge, EntityType, Event, EventQuery, FeedbackEvent, Order, PatternQuery,
    SigmaMatches, TEMPLATE_NONE, Template, Total, Window, entity_id,
};
use seerflow::store::PruneOptions;
use seerflow::record::ExpectedModel;

use crate::model::Model;
use crate::backends::Backend;
use crate::store::{Store, anytime, messages, open};

cases! {
    random_operations_match_the_model,
}

const MINUTE: i64 = 60_000_000_000;
const DEDUP_NS: u64 = 10;

/// One operation.
#[derive(Clone, Debug)]
enum Step {
    Put(Vec<Event<'static>>),
    Prune(i64),
    Find(EventQuery),
    Count(CountBy, EventQuery, u32),
    Histogram(Option<CountBy>, EventQuery, i64),
    Alerts(Vec<Alert>),
    FindAlerts(AlertQuery),
    CountAlerts(AlertQuery, i64),
    Patterns(PatternQuery),
    Judge(FeedbackEvent),
    SaveModel(String, Vec<u8>),
    SwapModel(String, bool),
    DeleteModel(String),
    Match(Vec<SigmaMatches>),
    Enable(String, bool),
    Edges(Vec<Edge>),
    PruneEdges(i64),
    Related(String),
    Templates(Vec<Template>),
    PruneTemplates(i64),
}

fn random_operations_match_the_model(backend: &'static dyn Backend) {
    let runs = Runs {
        cases: 40,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Runs::default()
    };
    TestRunner::new(runs)
        .run(&vec(step(), 1..40), |steps| {
            compare(backend, steps);
            Ok(())
        })
        .unwrap();
}

/// Takes operations on an empty store and on the reference implementation, and compares each result and the contents.
fn compare(backend: &dyn Backend, steps: Vec<Step>) {
    let store = open(backend);
    let mut model = Model::default();
    for (number, step) in steps.into_iter().enumerate() {
        take(&store, &mut model, step, number);
    }
    assert_same_state(&store, &model);
}

/// Makes the operations of bytes, for a fuzz target.
#[allow(dead_code)]
pub fn compare_bytes(backend: &dyn Backend, bytes: &[u8]) {
    // The bytes are a seed. A generator that hands out the bytes themselves returns zeros after them, and a choice that refuses zero
    // never ends.
    let seed: Vec<u8> = bytes.iter().copied().chain(std::iter::repeat(0)).take(32).collect();
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Runs::default(), random);
    if let Ok(steps) = vec(step(), 1..12).new_tree(&mut runner) {
        compare(backend, steps.current());
    }
}

fn name(prefix: &'static str, bound: u32) -> impl Strategy<Value = String> {
    (0..bound).prop_map(move |n| format!("{prefix}{n}"))
}

/// Times within a few minutes around the epoch; many are equal.
fn time() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => (-3..3i64, 0..4i64).prop_map(|(minute, part)| minute * MINUTE + part * (MINUTE / 4)),
        1 => select(vec![i64::MIN, i64::MAX, -1, 0, 1]),
    ]
}

fn event() -> impl Strategy<Value = Event<'static>> {
    let words = || select(vec!["alpha", "beta", "gamma", "delta"]);
    (
        (0..300u128, time(), 0..7i64),
        (name("source", 3), name("host", 3), -1..4i64),
        vec(name("user", 4), 0..3),
        vec(words(), 1..4),
    )
        .prop_map(|((id, time, severity_id), (source, host, template), users, words)| {
            let mut event = Event {
                event_id: Some(uuid::Uuid::from_u128(id)),
                timestamp_ns: Some(time),
                severity_id,
                source_type: source.into(),
                source_id: host.into(),
                template_id: template,
                related_users: users.into_iter().map(Into::into).collect(),
                message: format!("{} id{id}", words.join(" ")).into(),
                ..Event::default()
            };
            let user = |name: &str| entity_id(EntityType::User, name).unwrap().to_string().into();
            event.entity_refs = event.related_users.iter().map(|name| user(name)).collect();
            if event.entity_refs.is_empty() {
                // Otherwise the store reads entities from the source and the message.
                let host = entity_id(EntityType::Host, &event.source_id).unwrap();
                event.related_hosts = vec![event.source_id.clone()];
                event.entity_refs = vec![host.to_string().into()];
            }
            event
        })
}

fn event_query() -> impl Strategy<Value = EventQuery> {
    let text = select(vec!["alpha", "beta gamma", "delta id7", "nowhere"]);
    (
        (time(), time(), option::of(name("source", 4)), option::of(name("host", 4))),
        (option::of(0..7i64), option::weighted(0.3, 0..5i64)),
        (option::weighted(0.3, name("user", 5)), option::weighted(0.3, text)),
        (select(vec![Order::Newest, Order::Oldest, Order::Arrival]), 1..30u32),
    )
        .prop_map(|((a, b, source, host), (severity, template), (user, text), (order, limit))| EventQuery {
            window: Window {
                from_ns: a.min(b),
                to_ns: a.max(b),
            },
            source_type: source,
            source_id: host,
            min_severity: severity,
            template_id: template,
            entity: user.map(|user| entity_id(EntityType::User, &user).unwrap().to_string()),
            text: text.map(str::to_owned),
            order,
            limit,
            total: Total::Exact,
            ..EventQuery::default()
        })
}

fn alert() -> impl Strategy<Value = Alert> {
    let techniques = select(vec!["T1053", "T1053.005", "T10531", "T1110.001"]);
    let tactics = select(vec!["impact", "execution"]);
    (
        (name("a", 12), name("k", 6), 0..40i64, 0..7i64),
        (select(vec!["ml", "sigma"]), name("rule", 2), select(vec!["ip", "user"]), name("e", 3)),
        (vec(techniques, 0..3), vec(tactics, 0..2)),
    )
        .prop_map(|((id, key, time, severity), (kind, rule, entity_type, entity), (techniques, tactics))| {
            let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect();
            Alert {
                alert_id: id,
                dedup_key: key,
                timestamp_ns: time,
                severity_id: severity,
                alert_type: kind.into(),
                rule_name: rule,
                entity_type: entity_type.into(),
                entity_uuid: entity,
                mitre_techniques: owned(techniques),
                mitre_tactics: owned(tactics),
                ..Alert::default()
            }
        })
}

fn alert_query() -> impl Strategy<Value = AlertQuery> {
    let technique = select(vec!["T1053", "T1053.005", "T1110", "T9"]);
    (
        (0..40i64, 0..40i64, option::of(select(vec!["ml", "ioc"]))),
        (option::of(0..7i64), option::weighted(0.3, name("e", 4))),
        (
            option::weighted(0.3, select(vec!["impact", "none"])),
            option::weighted(0.4, technique),
            1..5u32,
        ),
    )
        .prop_map(|((a, b, kind), (severity, entity), (tactic, technique, limit))| AlertQuery {
            window: Window {
                from_ns: a.min(b),
                to_ns: a.max(b),
            },
            alert_type: kind.map(str::to_owned),
            min_severity: severity,
            entity,
            tactic: tactic.map(str::to_owned),
            technique: technique.map(str::to_owned),
            limit,
            total: true,
            ..AlertQuery::default()
        })
}

fn verdict() -> impl Strategy<Value = FeedbackEvent> {
    (name("a", 13), select(vec!["tp", "fp"]), 0..20i64).prop_map(|(alert_id, feedback, time)| FeedbackEvent {
        alert_id,
        feedback: feedback.into(),
        origin: "api".into(),
        submitted_at_ns: time,
        ..FeedbackEvent::default()
    })
}

fn edge() -> impl Strategy<Value = Edge> {
    (name("n", 5), name("n", 5), name("r", 2), 0..50i64, 0..50i64, 0..4i64).prop_map(
        |(source_id, target_id, rel_type, first_seen, longer, event_count)| Edge {
            source_id,
            target_id,
            rel_type,
            first_seen,
            last_seen: first_seen + longer,
            event_count,
        },
    )
}

fn template() -> impl Strategy<Value = Template> {
    (0..6i64, 0..50i64, 0..50i64, 0..5i64).prop_map(|(template_id, first, last, event_count)| Template {
        template_id,
        template_str: format!("seen {event_count} times"),
        first_seen_ns: first,
        last_seen_ns: last,
        event_count,
        example_message: (first > 25).then(|| format!("example {first}")),
    })
}

fn matches() -> impl Strategy<Value = SigmaMatches> {
    (name("rule", 3), 0..5i64, -5..50i64).prop_map(|(rule_id, count, last_fired_ns)| SigmaMatches {
        rule_id,
        count,
        last_fired_ns,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let key = || name("m", 4);
    let window = (time(), time()).prop_map(|(from_ns, to_ns)| EventQuery::within(Window { from_ns, to_ns }));
    let counted = prop_oneof![window, event_query()];
    let split = select(vec![None, Some(CountBy::Source), Some(CountBy::Severity)]);
    let bucket = select(vec![MINUTE, 3 * MINUTE, MINUTE / 4 + 1, i64::MAX]);
    let patterns = (option::of(alert_query()), 0..20i64, 0..20i64).prop_map(|(alerts, a, b)| PatternQuery {
        alerts: alerts.unwrap_or_default(),
        verdicts: Window { from_ns: a.min(b), to_ns: a.max(b) },
        ..PatternQuery::default()
    });
    prop_oneof![
        6 => vec(event(), 0..60).prop_map(Step::Put),
        1 => (-3..4i64).prop_map(|minute| Step::Prune(minute * MINUTE)),
        6 => event_query().prop_map(Step::Find),
        3 => (select(CountBy::ALL.to_vec()), counted.clone(), 1..8u32).prop_map(|(by, q, n)| Step::Count(by, q, n)),
        3 => (split, counted, bucket).prop_map(|(split, q, ns)| Step::Histogram(split, q, ns)),
        4 => vec(alert(), 0..4).prop_map(Step::Alerts),
        4 => alert_query().prop_map(Step::FindAlerts),
        3 => (alert_query(), 1..9i64).prop_map(|(query, ns)| Step::CountAlerts(query, ns)),
        2 => patterns.prop_map(Step::Patterns),
        3 => verdict().prop_map(Step::Judge),
        1 => (key(), vec(any::<u8>(), 0..9)).prop_map(|(key, data)| Step::SaveModel(key, data)),
        1 => (key(), any::<bool>()).prop_map(|(key, right)| Step::SwapModel(key, right)),
        1 => key().prop_map(Step::DeleteModel),
        1 => vec(matches(), 0..4).prop_map(Step::Match),
        1 => (name("rule", 3), any::<bool>()).prop_map(|(rule, on)| Step::Enable(rule, on)),
        2 => vec(edge(), 0..6).prop_map(Step::Edges),
        1 => (0..60i64).prop_map(Step::PruneEdges),
        1 => name("n", 6).prop_map(Step::Related),
        1 => vec(template(), 0..5).prop_map(Step::Templates),
        1 => (0..5i64).prop_map(Step::PruneTemplates),
    ]
}

/// Runs an operation on both and compares the results.
fn take(store: &Store, model: &mut Model, step: Step, number: usize) {
    match step {
        Step::Put(events) => {
            let outcome = store.put(events.clone());
            assert_eq!(outcome.accepted, events.len() as u64);
            assert_eq!(outcome.duplicates, model.put(&events));
        }
        Step::Prune(before_ns) => {
            // The event that arrived last may remain: write one that is not pruned.
            let last = [Event {
                event_id: Some(uuid::Uuid::from_u128(1 << 64 | number as u128)),
                timestamp_ns: Some(i64::MAX),
                template_id: TEMPLATE_NONE,
                message: format!("last {number}").into(),
                ..Event::default()
            }];
            store.put(last.clone());
            model.put(&last);
            let options = PruneOptions {
                before_ns: Some(before_ns),
                max_bytes: None,
            };
            let report = store.maintenance().unwrap().prune(&options, &anytime()).unwrap();
            assert_eq!(report.events, model.prune(before_ns));
        }
        Step::Find(query) => {
            let expected = model.find(&query);
            assert_eq!(messages(store, &query), expected, "{query:?}");
            let page = store.query_events(&query, &anytime()).unwrap();
            assert_eq!(page.total, Some(expected.len() as u64), "{query:?}");
        }
        Step::Count(by, query, limit) => {
            let aggregates = store.aggregates().unwrap();
            let expected = model.count_by(by, &query);
            let distinct = aggregates.distinct(by, &query, &anytime()).unwrap();
            assert_eq!(distinct, expected.len() as u64, "{by:?} {query:?}");
            let found = aggregates.count_by(by, &query, limit, &anytime()).unwrap();
            let most: Vec<_> = expected.into_iter().take(limit as usize).collect();
            assert_eq!(found, most, "{by:?} {query:?}");
        }
        Step::Histogram(split, query, bucket_ns) => {
            let aggregates = store.aggregates().unwrap();
            let found = aggregates.histogram(split, &query, bucket_ns, &anytime()).unwrap();
            let expected = model.histogram(split, &query, bucket_ns);
            assert_eq!(found, expected, "{split:?} {query:?} {bucket_ns}");
        }
        Step::Alerts(alerts) => write_alerts(store, model, &alerts),
        Step::FindAlerts(query) => find_alerts(store, model, query),
        Step::CountAlerts(query, bucket_ns) => {
            let alerts = store.alerts().unwrap();
            let by_time = alerts.alerts_by_time(&query, bucket_ns, &anytime()).unwrap();
            assert_eq!(by_time, model.alerts_by_time(&query, bucket_ns), "{query:?} {bucket_ns}");
            let by_rule = alerts.alerts_by_rule(&query, 10, &anytime()).unwrap();
            assert_eq!(by_rule, model.alerts_by_rule(&query), "{query:?}");
            let by_severity = alerts.alerts_by_severity(&query, &anytime()).unwrap();
            assert_eq!(by_severity, model.alerts_by_severity(&query), "{query:?}");
        }
        Step::Patterns(query) => {
            let found = store.alerts().unwrap().alert_patterns(&query, &anytime()).unwrap();
            assert_eq!(found, model.patterns(&query), "{query:?}");
        }
        Step::Judge(verdict) => {
            let there = store
                .alerts()
                .unwrap()
                .update_feedback(&verdict, &anytime())
                .unwrap();
            assert_eq!(there, model.judge(&verdict));
        }
        Step::SaveModel(key, data) => {
            let models = store.models().unwrap();
            models
                .save_model(&key, &data, ExpectedModel::Any, &anytime())
                .unwrap();
            model.models.insert(key, data);
        }
        Step::SwapModel(key, right) => swap_model(store, model, key, right),
        Step::DeleteModel(key) => {
            let was_there = store.models().unwrap().delete_model(&key, &anytime()).unwrap();
            assert_eq!(was_there, model.models.remove(&key).is_some());
        }
        Step::Match(matches) => {
            store
                .sigma_rules()
                .unwrap()
                .add_sigma_matches(&matches, &anytime())
                .unwrap();
            matches.iter().for_each(|one| model.match_rule(one));
        }
        Step::Enable(rule, enabled) => {
            let rules = store.sigma_rules().unwrap();
            rules.enable_sigma_rule(&rule, enabled, &anytime()).unwrap();
            model.rules.entry(rule).or_insert((true, 0, None)).0 = enabled;
        }
        Step::Edges(edges) => {
            store.write_edges(&edges, true, &anytime()).unwrap();
            edges.iter().for_each(|edge| model.add_edge(edge));
        }
        Step::PruneEdges(before) => {
            let removed = store.edges().unwrap().prune_edges(before, &anytime()).unwrap();
            let all = model.edges.len();
            model.edges.retain(|_, edge| edge.last_seen >= before);
            assert_eq!(removed, (all - model.edges.len()) as u64);
        }
        Step::Related(entity) => {
            let edges = store.edges().unwrap();
            let related = edges.related_entities(&entity, 100, &anytime()).unwrap();
            let found: Vec<_> = related
                .into_iter()
                .map(|one| (one.entity, one.rel_type, one.event_count))
                .collect();
            assert_eq!(found, model.related(&entity), "{entity}");
        }
        Step::Templates(templates) => {
            store.templates().unwrap().write_templates(&templates, &anytime()).unwrap();
            templates.iter().for_each(|one| model.add_template(one));
        }
        Step::PruneTemplates(least) => {
            let removed = store.templates().unwrap().prune_templates(least, &anytime()).unwrap();
            let all = model.templates.len();
            model.templates.retain(|_, one| one.event_count >= least);
            assert_eq!(removed, (all - model.templates.len()) as u64);
        }
    }
}

fn write_alerts(store: &Store, model: &mut Model, alerts: &[Alert]) {
    let written = store
        .alerts()
        .unwrap()
        .write_alerts(alerts, DEDUP_NS as i64, &anytime());
    // All or nothing.
    let mut after = model.clone();
    let counts: Option<Vec<i64>> = alerts
        .iter()
        .map(|alert| after.write_alert(alert, DEDUP_NS))
        .collect();
    match counts {
        Some(counts) => {
            let found: Vec<i64> = written.unwrap().iter().map(|one| one.dedup_count).collect();
            assert_eq!(found, counts);
            *model = after;
        }
        None => assert_eq!(written.unwrap_err().kind(), ErrorKind::Conflict),
    }
}

fn find_alerts(store: &Store, model: &Model, mut query: AlertQuery) {
    let expected = model.find_alerts(&query);
    let mut found = Vec::new();
    loop {
        let page = store.alerts().unwrap().query_alerts(&query, &anytime()).unwrap();
        assert_eq!(page.total, Some(expected.len() as u64), "{query:?}");
        found.extend(
            page.alerts
                .into_iter()
                .map(|one| (one.alert_id, one.timestamp_ns, one.dedup_count, one.feedback)),
        );
        query.cursor = page.next;
        if query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, expected, "{query:?}");
}

fn swap_model(store: &Store, model: &mut Model, key: String, right: bool) {
    let models = store.models().unwrap();
    let there = models.load_model(&key, &anytime()).unwrap();
    let expected = match (&there, right) {
        (Some(model), true) => ExpectedModel::SavedAt(model.updated_at_ns),
        (Some(_), false) | (None, true) => ExpectedModel::Absent,
        (None, false) => ExpectedModel::SavedAt(1),
    };
    let saved = models.save_model(&key, b"swapped", expected, &anytime());
    if right {
        saved.unwrap();
        model.models.insert(key, b"swapped".to_vec());
    } else {
        assert_eq!(saved.unwrap_err().kind(), ErrorKind::Conflict);
    }
}

/// Compares the complete contents.
fn assert_same_state(store: &Store, model: &Model) {
    for order in [Order::Newest, Order::Arrival] {
        let all = EventQuery {
            order,
            limit: 1000,
            ..EventQuery::default()
        };
        assert_eq!(messages(store, &all), model.find(&all));
    }
    let all = EventQuery::default();
    let minutes = store.aggregates().unwrap().histogram(None, &all, MINUTE, &anytime()).unwrap();
    assert_eq!(minutes, model.histogram(None, &all, MINUTE));

    let alerts = store.alerts().unwrap();
    find_alerts(store, model, AlertQuery { total: true, ..AlertQuery::default() });
    assert_eq!(alerts.feedback_stats(&anytime()).unwrap(), model.stats());
    let patterns = alerts.alert_patterns(&PatternQuery::default(), &anytime()).unwrap();
    assert_eq!(patterns, model.patterns(&PatternQuery::default()));
    let trail = alerts.feedback_events(None, None, 1, 1000, &anytime()).unwrap();
    let mut expected = model.verdicts.clone();
    expected.reverse();
    expected.sort_by_key(|verdict| std::cmp::Reverse(verdict.submitted_at_ns));
    assert!(
        trail
            .iter()
            .map(|one| (&one.alert_id, &one.feedback))
            .eq(expected.iter().map(|one| (&one.alert_id, &one.feedback)))
    );

    let models = store.models().unwrap();
    let listed = models.models("", &anytime()).unwrap();
    assert!(listed.iter().map(|one| &one.key).eq(model.models.keys()));
    for (key, data) in &model.models {
        assert_eq!(models.load_model(key, &anytime()).unwrap().unwrap().data, *data);
    }
    let rules = store.sigma_rules().unwrap().sigma_rules(&anytime()).unwrap();
    let rules: Vec<_> = rules
        .into_iter()
        .map(|one| (one.rule_id, (one.enabled, one.match_count_lifetime, one.last_fired_ns)))
        .collect();
    assert_eq!(rules, model.rules.clone().into_iter().collect::<Vec<_>>());
    let mut edges = Vec::new();
    store
        .edges()
        .unwrap()
        .load_edges(&anytime(), &mut |edge| {
            edges.push(edge);
            Ok(())
        })
        .unwrap();
    assert_eq!(edges, model.edges.values().cloned().collect::<Vec<_>>());
    assert_eq!(store.templates().unwrap().templates(100, &anytime()).unwrap(), model.list_templates());
    store.assert_sound();
}
