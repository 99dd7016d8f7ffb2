//! Optional data derived from events: edges between their entities, statistics of their templates.

use std::collections::BTreeMap;

use seerflow::record::{EntityType, Event, Template, entity_id};

use crate::backends::Backend;
use crate::store::{Store, anytime, event, open, open_with};

cases! {
    nothing_is_derived_by_default,
    edges_are_derived_from_new_events_only,
    templates_are_derived_from_new_events_only,
}

type Edges = BTreeMap<(String, String, String), (i64, i64, i64)>;

fn edges(store: &Store) -> Edges {
    let mut edges = Edges::new();
    store
        .edges()
        .unwrap()
        .load_edges(&anytime(), &mut |edge| {
            edges.insert(
                (edge.source_id, edge.target_id, edge.rel_type),
                (edge.first_seen, edge.last_seen, edge.event_count),
            );
            Ok(())
        })
        .unwrap();
    edges
}

fn login(n: u128, time: i64, user: &str, address: &str, host: &str) -> Event<'static> {
    Event {
        event_id: Some(uuid::Uuid::from_u128(n)),
        related_users: vec![user.to_owned().into(), user.to_uppercase().into()],
        related_ips: vec![address.to_owned().into()],
        related_hosts: vec![host.to_owned().into()],
        ..event(time, "login")
    }
}

fn nothing_is_derived_by_default(backend: &'static dyn Backend) {
    let store = open(backend);
    store.put([Event {
        template_id: 7,
        template_str: "login of <*>".into(),
        ..login(1, 5, "u", "192.0.2.1", "h")
    }]);
    assert_eq!(edges(&store), Edges::new());
    assert_eq!(store.templates().unwrap().templates(10, &anytime()).unwrap(), []);
}

fn edges_are_derived_from_new_events_only(backend: &'static dyn Backend) {
    let store = open_with(backend, &[("storage.infer_edges", "true")]);
    let id = |kind, value: &str| entity_id(kind, value).unwrap().to_string();
    let mut expected = Edges::new();
    let expect = |expected: &mut Edges, time: i64, user: usize, address: usize| {
        let (user, ip, host) = (
            id(EntityType::User, &format!("u{user}")),
            id(EntityType::Ip, &format!("192.0.2.{address}")),
            id(EntityType::Host, "h"),
        );
        for (source, target, relation) in [
            (&user, &ip, "authenticated_from"),
            (&user, &host, "logged_into"),
            (&ip, &host, "has_ip"),
        ] {
            let edge = expected
                .entry((source.clone(), target.clone(), relation.into()))
                .or_insert((time, time, 0));
            *edge = (edge.0.min(time), edge.1.max(time), edge.2 + 1);
        }
    };
    let make = |n: i64| {
        let (user, address) = ((n % 5) as usize, (n % 7) as usize);
        let time = (n * 31) % 1000 - 500;
        (time, user, address)
    };
    // The same events three times, in overlapping batches: each counts once.
    for start in [0, 300, 100] {
        let events = (start..start + 2000).map(|n| {
            let (time, user, address) = make(n);
            login(
                n as u128 + 1,
                time,
                &format!("u{user}"),
                &format!("192.0.2.{address}"),
                "h",
            )
        });
        store.put(events);
    }
    for n in 0..2300 {
        let (time, user, address) = make(n);
        expect(&mut expected, time, user, address);
    }
    assert_eq!(edges(&store), expected);
    // An existing edge gets the wider time range.
    let (time, user, address) = (9_000, 1, 1);
    store.put([login(
        99_999,
        time,
        &format!("u{user}"),
        &format!("192.0.2.{address}"),
        "h",
    )]);
    expect(&mut expected, time, user, address);
    assert_eq!(edges(&store), expected);
}

fn templates_are_derived_from_new_events_only(backend: &'static dyn Backend) {
    let store = open_with(backend, &[("storage.track_templates", "true")]);
    let make = |n: i64, text: &'static str, time: i64| Event {
        event_id: Some(uuid::Uuid::from_u128(n as u128)),
        template_id: 7,
        template_str: text.into(),
        ..event(time, &format!("message {n}"))
    };
    store.put([make(1, "m <*>", 50), make(2, "", 20), event(1, "of no template")]);
    // The second event is a duplicate.
    store.put([make(2, "never", 900), make(3, "message <*>", 70)]);
    store.put([make(4, "", 60)]);
    let expected = Template {
        template_id: 7,
        template_str: "message <*>".into(),
        first_seen_ns: 20,
        last_seen_ns: 70,
        event_count: 4,
        example_message: Some("message 1".into()),
    };
    assert_eq!(
        store.templates().unwrap().templates(10, &anytime()).unwrap(),
        std::slice::from_ref(&expected)
    );
    // Counts are added to a template that was written explicitly.
    store
        .templates().unwrap().write_templates(std::slice::from_ref(&expected), &anytime())
        .unwrap();
    let long = Event {
        template_id: -9,
        ..event(3, &"é".repeat(5000))
    };
    store.put([long]);
    let templates = store.templates().unwrap().templates(10, &anytime()).unwrap();
    assert_eq!(templates[0].event_count, 8);
    let example = templates[1].example_message.clone().unwrap();
    assert_eq!(
        (templates[1].template_id, example),
        (-9, "é".repeat(2048))
    );
}
