//! Every kind of answer ends at `storage.page_bytes`.

use seerflow::ErrorKind;
use seerflow::record::{
    AlertQuery, CountBy, DEDUP_WINDOW_NS, Edge, EdgeCursor, EntityType, Event, EventQuery, Order, Template,
    entity_id,
};
use seerflow::Input;

use crate::alerts::alert;
use crate::backends::Backend;
use crate::store::{Store, anytime, durable, event, events_of, open_with};

cases! {
    pages_of_events_end_at_page_bytes_and_continue,
    numbered_page_that_ends_early_continues_by_cursor,
    record_larger_than_a_page_is_returned_alone,
    lists_with_a_cursor_end_at_page_bytes,
    lists_without_a_cursor_are_refused_above_page_bytes,
    events_with_long_values_get_small_tally_blocks,
}

/// The smallest page.
const PAGE: usize = 64 << 10;

/// Three events of this size fit into a page, four do not.
const LARGE: usize = 20_000;

fn open(backend: &'static dyn Backend) -> Store {
    open_with(backend, &[("storage.page_bytes", "65536")])
}

fn large(number: i64) -> Event<'static> {
    Event {
        template_id: 7,
        related_ips: vec!["192.0.2.1".into()],
        ..event(number, &format!("number {number} word {}", "x".repeat(LARGE)))
    }
}

fn pages_of_events_end_at_page_bytes_and_continue(backend: &'static dyn Backend) {
    let store = open(backend);
    store.put((0..20).map(large));
    let all = || EventQuery {
        limit: 10,
        ..EventQuery::default()
    };
    let entity = entity_id(EntityType::Ip, "192.0.2.1").unwrap().to_string();
    let ways = [
        all(),
        EventQuery { entity: Some(entity.clone()), ..all() },
        EventQuery { template_id: Some(7), ..all() },
        EventQuery { text: Some("word".into()), ..all() },
        EventQuery { source_type: Some("test".into()), ..all() },
    ];
    for way in ways {
        for order in [Order::Newest, Order::Oldest, Order::Arrival] {
            let mut query = EventQuery { order, ..way.clone() };
            let mut times = Vec::new();
            loop {
                let page = store.query_events(&query, &anytime()).unwrap();
                assert!(page.len() <= 3 && page.data().len() <= PAGE, "{query:?}");
                assert!(page.next.is_none() || page.len() == 3, "{query:?}");
                times.extend(events_of(&page).iter().filter_map(|event| event.timestamp_ns));
                let Some(next) = page.next else { break };
                query.cursor = Some(next);
            }
            let mut expected: Vec<i64> = (0..20).collect();
            if order == Order::Newest {
                expected.reverse();
            }
            assert_eq!(times, expected, "{query:?}");
        }
    }
    let timeline = EventQuery { entity: Some(entity), ..all() };
    let page = store.entities().unwrap().timeline(&timeline, &anytime()).unwrap();
    assert_eq!((page.len(), page.next, page.last.is_some()), (3, page.last, true));
}

fn numbered_page_that_ends_early_continues_by_cursor(backend: &'static dyn Backend) {
    let store = open(backend);
    store.put((0..20).map(large));
    let second = EventQuery {
        limit: 5,
        page: 2,
        order: Order::Oldest,
        ..EventQuery::default()
    };
    let times = |query: &EventQuery| {
        let page = store.query_events(query, &anytime()).unwrap();
        let times = events_of(&page).iter().filter_map(|event| event.timestamp_ns).collect();
        (times, page.next)
    };
    let (found, next): (Vec<i64>, _) = times(&second);
    assert_eq!(found, [5, 6, 7]);
    let rest = EventQuery { page: 1, cursor: next, ..second };
    assert_eq!(times(&rest).0, [8, 9, 10]);
}

fn record_larger_than_a_page_is_returned_alone(backend: &'static dyn Backend) {
    let store = open(backend);
    let events = [(1, 10), (2, 2 * PAGE), (3, 10), (4, 10)];
    store.put(events.map(|(time, length)| event(time, &"y".repeat(length))));
    let mut query = EventQuery {
        order: Order::Oldest,
        ..EventQuery::default()
    };
    let mut lengths = Vec::new();
    loop {
        let page = store.query_events(&query, &anytime()).unwrap();
        lengths.push(page.len());
        let Some(next) = page.next else { break };
        query.cursor = Some(next);
    }
    assert_eq!(lengths, [1, 1, 2]);
    let model = vec![7; 3 * PAGE];
    let models = store.models().unwrap();
    models
        .save_model("m", &model, seerflow::record::ExpectedModel::Any, &anytime())
        .unwrap();
    assert_eq!(models.load_model("m", &anytime()).unwrap().unwrap().data, model);
}

fn lists_with_a_cursor_end_at_page_bytes(backend: &'static dyn Backend) {
    let store = open(backend);
    let long = "d".repeat(LARGE);
    let alerts: Vec<_> = (0..10)
        .map(|n| seerflow::record::Alert {
            description: long.clone(),
            ..alert(&format!("a{n}"), &format!("k{n}"), n)
        })
        .collect();
    store
        .alerts()
        .unwrap()
        .write_alerts(&alerts, DEDUP_WINDOW_NS, &anytime())
        .unwrap();
    let mut query = AlertQuery::default();
    let mut times = Vec::new();
    loop {
        let page = store.alerts().unwrap().query_alerts(&query, &anytime()).unwrap();
        assert!(page.alerts.len() <= 3);
        times.extend(page.alerts.iter().map(|alert| alert.timestamp_ns));
        if page.next.is_none() {
            break;
        }
        query.cursor = page.next;
    }
    assert_eq!(times, (0..10).rev().collect::<Vec<_>>());

    let bad: Vec<u8> = (0..10).flat_map(|n| format!("{n} {long}\n").into_bytes()).collect();
    store.write(Input::Ndjson(&bad), durable(), &anytime()).unwrap();
    let (mut after, mut letters) = (None, 0);
    loop {
        let list = store.dead_letters().unwrap().dead_letters(after, 100, &anytime()).unwrap();
        let Some(last) = list.last() else { break };
        assert!(list.len() <= 3);
        (after, letters) = (Some(last.into()), letters + list.len());
    }
    assert_eq!(letters, 10);

    let edges: Vec<Edge> = (0..600)
        .map(|n| Edge {
            source_id: format!("{n:0>900}"),
            target_id: "t".into(),
            rel_type: "r".into(),
            event_count: 1,
            ..Edge::default()
        })
        .collect();
    store.write_edges(&edges, true, &anytime()).unwrap();
    let mut found: Vec<Edge> = Vec::new();
    loop {
        let list = store.edges().unwrap().edges(found.last().map(EdgeCursor::from).as_ref(), 1000, &anytime()).unwrap();
        if list.is_empty() {
            break;
        }
        assert!(list.len() < 75);
        found.extend(list);
    }
    assert_eq!(found, edges);
    let mut loaded = 0;
    let count = &mut |_| {
        loaded += 1;
        Ok(())
    };
    store.edges().unwrap().load_edges(&anytime(), count).unwrap();
    assert_eq!(loaded, 600);
}

fn lists_without_a_cursor_are_refused_above_page_bytes(backend: &'static dyn Backend) {
    let store = open(backend);
    let templates: Vec<Template> = (0..10)
        .map(|n| Template {
            template_id: n,
            template_str: "t".repeat(LARGE),
            first_seen_ns: 1,
            last_seen_ns: 1,
            event_count: 100 - n,
            example_message: None,
        })
        .collect();
    store.templates().unwrap().write_templates(&templates, &anytime()).unwrap();
    assert_eq!(store.templates().unwrap().templates(3, &anytime()).unwrap(), templates[..3]);
    let error = store.templates().unwrap().templates(10, &anytime()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert_eq!(
        error.to_string(),
        "the answer exceeds storage.page_bytes (65536 bytes): ask for fewer, or raise the option"
    );
    store.put((0..200).map(|n| Event {
        source_type: format!("{n:0>900}").into(),
        ..event(n, "m")
    }));
    let aggregates = store.aggregates().unwrap();
    let count = |limit| aggregates.count_by(CountBy::Source, &EventQuery::default(), limit, &anytime());
    assert_eq!(count(10).unwrap().len(), 10);
    assert_eq!(count(200).unwrap_err().kind(), ErrorKind::Limit);
    let split = aggregates.histogram(
        Some(CountBy::Source),
        &EventQuery::default(),
        60_000_000_000,
        &anytime(),
    );
    assert_eq!(split.unwrap_err().kind(), ErrorKind::Limit);
}

fn events_with_long_values_get_small_tally_blocks(backend: &'static dyn Backend) {
    let store = open(backend);
    // The hosts of 8,192 events take more than 20 MB.
    for part in 0..9 {
        store.put((0..1000).map(|n| Event {
            source_id: format!("{:0>2600}", part * 1000 + n).into(),
            ..event(n, "m")
        }));
    }
    let aggregates = store.aggregates().unwrap();
    let hosts = aggregates.distinct(CountBy::Host, &EventQuery::default(), &anytime());
    assert_eq!(hosts.unwrap(), 9000);
    store.assert_sound();
}
