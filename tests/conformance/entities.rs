//! Timelines, entities of an event, and descriptions of entities.

use seerflow::ErrorKind;
use seerflow::record::{EntityType, Event, EventEntity, EventQuery, TEMPLATE_NONE, Window, entity_id};

use crate::backends::Backend;
use crate::store::{anytime, event, events_of, open};

cases! {
    timelines_are_oldest_first_with_every_filter,
    timelines_are_validated,
    event_is_found_by_id,
    entities_of_an_event_have_names,
}

fn id(kind: EntityType, value: &str) -> String {
    entity_id(kind, value).unwrap().to_string()
}

fn timelines_are_oldest_first_with_every_filter(backend: &'static dyn Backend) {
    let store = open(backend);
    let make = |n: i64| Event {
        severity_id: n % 7,
        source_type: format!("s{}", n % 3).into(),
        source_id: format!("h{}", n % 2).into(),
        related_users: vec![format!("user{}", n % 4).into()],
        ..event((n * 7919) % 500, &format!("n{n}"))
    };
    store.put((0..2000).map(make));
    for mask in 0..16u32 {
        let on = |bit: u32| mask & (1 << bit) != 0;
        let query = EventQuery {
            entity: Some(id(EntityType::User, "user1")),
            window: if on(0) { Window { from_ns: 100, to_ns: 401 } } else { Window::ALL },
            source_type: on(1).then(|| "s1".into()),
            source_id: on(2).then(|| "h1".into()),
            min_severity: on(3).then_some(4),
            limit: 17,
            ..EventQuery::default()
        };
        let mut expected: Vec<(i64, i64)> = (0..2000)
            .filter(|n| n % 4 == 1)
            .map(|n| ((n * 7919) % 500, n))
            .filter(|(time, _)| !on(0) || (100..=400).contains(time))
            .filter(|(_, n)| !on(1) || n % 3 == 1)
            .filter(|(_, n)| !on(2) || n % 2 == 1)
            .filter(|(_, n)| !on(3) || n % 7 >= 4)
            .collect();
        expected.sort_unstable();
        let expected: Vec<String> = expected.iter().map(|(_, n)| format!("n{n}")).collect();
        let mut found = Vec::new();
        let mut query = query;
        loop {
            let page = store.entities().unwrap().timeline(&query, &anytime()).unwrap();
            found.extend(
                events_of(&page)
                    .into_iter()
                    .map(|event| event.message.into_owned()),
            );
            query.cursor = page.next;
            if query.cursor.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "{query:?}");
    }
}

fn timelines_are_validated(backend: &'static dyn Backend) {
    let store = open(backend);
    let entities = store.entities().unwrap();
    let of = |entity: Option<&str>, limit| {
        let query = EventQuery {
            entity: entity.map(str::to_owned),
            limit,
            ..EventQuery::default()
        };
        entities
            .timeline(&query, &anytime())
            .map(|page| page.len())
            .map_err(|e| e.kind())
    };
    let user = id(EntityType::User, "u");
    assert_eq!(of(Some(&user), 10_000), Ok(0));
    for (entity, limit) in [
        (Some(&*user), 0),
        (Some(&*user), 10_001),
        (None, 10),
        (Some("not an id"), 10),
    ] {
        assert_eq!(of(entity, limit), Err(ErrorKind::Invalid), "{entity:?} {limit}");
    }
}

fn event_is_found_by_id(backend: &'static dyn Backend) {
    let store = open(backend);
    let stored = Event {
        event_id: Some(uuid::Uuid::from_u128(0xabcdef)),
        template_id: TEMPLATE_NONE,
        ..event(7, "here")
    };
    store.put([stored.clone(), event(8, "another")]);
    let get = |id: &str| store.event(id, &anytime());
    let id = "00000000-0000-0000-0000-000000abcdef";
    for spelling in [id.to_owned(), id.to_uppercase(), id.replace('-', "")] {
        let page = get(&spelling).unwrap();
        assert_eq!(events_of(&page)[0].message, "here", "{spelling}");
        assert_eq!(page.len(), 1);
    }
    assert!(
        get("00000000-0000-0000-0000-000000000000")
            .unwrap()
            .is_empty()
    );
    assert_eq!(get("here").unwrap_err().kind(), ErrorKind::Invalid);
}

fn entities_of_an_event_have_names(backend: &'static dyn Backend) {
    let store = open(backend);
    let nobody = "00000000-0000-5000-8000-000000000001";
    let event_id = uuid::Uuid::from_u128(1);
    let ip = id(EntityType::Ip, "2001:db8::1");
    let stored = Event {
        event_id: Some(event_id),
        related_ips: vec!["2001:db8::1".into()],
        related_users: vec!["CORP\\Alice".into()],
        // Given by the caller, in another order; one id belongs to none of the event's values.
        entity_refs: vec![
            nobody.into(),
            ip.clone().into(),
            id(EntityType::User, "alice@corp").into(),
            ip.clone().into(),
        ],
        ..event(1, "m")
    };
    store.put([stored, event(2, "without")]);
    let known = |entity: &str, kind: &str, value: &str| EventEntity {
        entity: entity.into(),
        entity_type: kind.into(),
        value: value.into(),
    };
    let entities = store.entities().unwrap();
    let user = id(EntityType::User, "alice@corp");
    assert_eq!(
        entities
            .entities_of_event(&event_id.to_string(), &anytime())
            .unwrap(),
        [
            known(nobody, "", ""),
            known(&ip, "ip", "2001:db8::1"),
            known(&user, "user", "CORP\\Alice"),
        ]
    );
    let unknown = uuid::Uuid::from_u128(2).to_string();
    assert_eq!(entities.entities_of_event(&unknown, &anytime()).unwrap(), []);
    let described = |entity: &str| entities.describe_entity(entity, &anytime()).unwrap();
    assert_eq!(described(&user), Some(known(&user, "user", "CORP\\Alice")));
    assert_eq!(described(nobody), Some(known(nobody, "", "")));
    assert_eq!(described(&unknown), None);
}
