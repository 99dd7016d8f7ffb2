//! Queries of events: filters, orders, pages, cursors, text, totals, limits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use seerflow::record::{
    Control, Cursor, EntityType, Event, EventQuery, Field, Order, Total, Window, entity_id,
};
use seerflow::{ErrorKind, Health, Input, WriteOptions};

use crate::backends::Backend;
use crate::store::{anytime, event, find, messages, open, put, write};

cases! {
    lines_are_found_by_word_entity_and_time,
    order_and_cursors_are_exact_with_equal_times_and_late_arrivals,
    all_combinations_of_filters_match,
    queries_end_at_deadline_and_interrupt,
    event_cursors_are_stable_under_writes,
    following_by_arrival_misses_nothing,
    search_has_no_operators,
    limits_and_pages_are_validated,
    total_is_absent_capped_or_exact,
    page_of_100_000_events,
}

fn lines_are_found_by_word_entity_and_time(backend: &'static dyn Backend) {
    let engine = open(backend);
    assert_eq!(engine.health(), Health::Idle);
    let line = b"<38>Mar 14 01:47:13 web2 sshd[21346]: Accepted password for deploy from 203.0.113.66 port 51514 ssh2\npartial";
    let options = WriteOptions {
        durable: true,
        ..WriteOptions::default()
    };
    let outcome = engine.write(Input::Lines(line), options, &anytime()).unwrap();
    assert_eq!(
        (outcome.accepted, outcome.consumed),
        (1, line.len() - "partial".len())
    );
    let found = |query| messages(&engine, &query);
    assert_eq!(
        found(EventQuery {
            text: Some("password accepted".into()),
            ..EventQuery::default()
        })
        .len(),
        1
    );
    assert_eq!(
        found(EventQuery {
            text: Some("\"password accepted\"".into()),
            ..EventQuery::default()
        })
        .len(),
        0
    );
    assert_eq!(
        found(EventQuery {
            text: Some("\"accepted passwords\"".into()),
            ..EventQuery::default()
        })
        .len(),
        1
    );
    for (kind, value) in [
        (EntityType::Ip, "203.0.113.66"),
        (EntityType::User, "deploy"),
        (EntityType::Host, "web2"),
    ] {
        let entity = entity_id(kind, value).unwrap().to_string();
        assert_eq!(
            found(EventQuery {
                entity: Some(entity),
                ..EventQuery::default()
            })
            .len(),
            1,
            "{value}"
        );
    }
    assert_eq!(engine.health(), Health::Ok);
    engine.assert_sound();
}

fn order_and_cursors_are_exact_with_equal_times_and_late_arrivals(backend: &'static dyn Backend) {
    let engine = open(backend);
    // Five arrival ranges; times repeat, go back and include the extremes.
    let mut times: Vec<i64> = (0..11_000).map(|n: i64| (n * 7919) % 3000 + n).collect();
    times.extend([i64::MIN, i64::MAX, 0, 0, 0, -1]);
    let mut expected: Vec<(i64, usize)> = times.iter().copied().zip(0..).collect();
    for chunk in expected.chunks(777) {
        write(
            &engine,
            chunk
                .iter()
                .map(|(time, n)| event(*time, &format!("word n{n}")))
                .collect(),
        );
    }
    expected.sort_unstable();
    let oldest_first: Vec<String> = expected.iter().map(|(_, n)| format!("word n{n}")).collect();
    let newest_first: Vec<String> = oldest_first.iter().rev().cloned().collect();
    let arrival: Vec<String> = (0..times.len()).map(|n| format!("word n{n}")).collect();
    for limit in [333, 5000, 100_000] {
        for text in [None, Some("word".to_owned())] {
            for source_type in [None, Some("test".to_owned())] {
                for (order, expected) in [
                    (Order::Newest, &newest_first),
                    (Order::Oldest, &oldest_first),
                    (Order::Arrival, &arrival),
                ] {
                    let query = EventQuery {
                        limit,
                        order,
                        text: text.clone(),
                        source_type: source_type.clone(),
                        ..EventQuery::default()
                    };
                    let found = messages(&engine, &query);
                    assert!(
                        found == *expected,
                        "limit {limit} {order:?} text {text:?} source {source_type:?}"
                    );
                }
            }
        }
    }
    let page = engine
        .query_events(
            &EventQuery {
                limit: 10,
                page: 3,
                total: Total::Exact,
                ..EventQuery::default()
            },
            &anytime(),
        )
        .unwrap();
    assert_eq!(page.total, Some(times.len() as u64));
    let first = seerflow::codec::msgpack::decode_event(page.blob(0).unwrap()).unwrap();
    assert_eq!(first.message, newest_first[20]);
    let capped = EventQuery {
        total: Total::Capped(50),
        text: Some("word".into()),
        ..EventQuery::default()
    };
    assert_eq!(engine.query_events(&capped, &anytime()).unwrap().total, Some(50));
    engine.assert_sound();
}

fn all_combinations_of_filters_match(backend: &'static dyn Backend) {
    let engine = open(backend);
    let make = |n: i64| Event {
        severity_id: n % 7,
        source_type: format!("s{}", n % 3).into(),
        source_id: format!("h{}", n % 2).into(),
        template_id: n % 5 - 1,
        related_ips: vec![format!("192.0.2.{}", n % 4).into()],
        ..event(n / 2, if n % 11 == 0 { "rare word" } else { "common words" })
    };
    write(&engine, (0..3000).map(make).collect());
    let entity = entity_id(EntityType::Ip, "192.0.2.1").unwrap().to_string();
    // Compares each combination with the same filter written in Rust.
    for mask in 0..128u32 {
        let on = |bit: u32| mask & (1 << bit) != 0;
        let query = EventQuery {
            window: if on(0) { Window { from_ns: 100, to_ns: 901 } } else { Window::ALL },
            source_type: on(1).then(|| "s1".into()),
            source_id: on(2).then(|| "h1".into()),
            min_severity: on(3).then_some(4),
            template_id: on(4).then_some(2),
            entity: on(5).then(|| entity.clone()),
            text: on(6).then(|| "rare".into()),
            limit: 70,
            total: Total::Exact,
            ..EventQuery::default()
        };
        let mut expected: Vec<(i64, i64)> = (0..3000i64)
            .filter(|n| !on(0) || (100..=900).contains(&(n / 2)))
            .filter(|n| !on(1) || n % 3 == 1)
            .filter(|n| !on(2) || n % 2 == 1)
            .filter(|n| !on(3) || n % 7 >= 4)
            .filter(|n| !on(4) || n % 5 - 1 == 2)
            .filter(|n| !on(5) || n % 4 == 1)
            .filter(|n| !on(6) || n % 11 == 0)
            .map(|n| (n / 2, n))
            .collect();
        for order in [Order::Newest, Order::Oldest, Order::Arrival] {
            let query = EventQuery {
                order,
                ..query.clone()
            };
            match order {
                Order::Newest => expected.sort_by(|a, b| b.cmp(a)),
                _ => expected.sort(),
            }
            let page = engine.query_events(&query, &anytime()).unwrap();
            assert_eq!(page.total, Some(expected.len() as u64), "{query:?}");
            let mut times = Vec::new();
            let mut cursor: Option<Cursor> = None;
            loop {
                let page = engine
                    .query_events(
                        &EventQuery {
                            cursor,
                            ..query.clone()
                        },
                        &anytime(),
                    )
                    .unwrap();
                times.extend(page.blobs().map(|blob| {
                    seerflow::codec::msgpack::find(blob, Field::TimestampNs)
                        .unwrap()
                        .int()
                        .unwrap()
                }));
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            assert!(
                times == expected.iter().map(|(time, _)| *time).collect::<Vec<_>>(),
                "{query:?}"
            );
        }
    }
}

fn queries_end_at_deadline_and_interrupt(backend: &'static dyn Backend) {
    let engine = open(backend);
    for start in 0..20 {
        let events = (start * 2000..(start + 1) * 2000).map(|n| Event {
            source_id: ["a", "b"][n as usize % 2].into(),
            template_id: n % 2,
            ..event(n, "w")
        });
        write(&engine, events.collect());
    }
    // Each filter matches half of the events, and none matches both: half of the events must be read.
    let slow = EventQuery {
        template_id: Some(1),
        source_id: Some("a".into()),
        total: Total::Exact,
        ..EventQuery::default()
    };
    let control = Control {
        deadline: Some(std::time::Instant::now() + Duration::from_micros(300)),
        interrupt: None,
    };
    assert_eq!(
        engine.query_events(&slow, &control).unwrap_err().kind(),
        ErrorKind::Timeout
    );
    let interrupt = seerflow::record::Interrupt::new();
    interrupt.raise();
    let control = Control {
        deadline: None,
        interrupt: Some(interrupt),
    };
    assert_eq!(
        engine.query_events(&slow, &control).unwrap_err().kind(),
        ErrorKind::Interrupted
    );
    assert!(engine.query_events(&slow, &anytime()).unwrap().is_empty());
}

fn event_cursors_are_stable_under_writes(backend: &'static dyn Backend) {
    let store = open(backend);
    let old: Vec<String> = (0..3000).map(|n| format!("old word {n}")).collect();
    store.put((0..3000i64).map(|n| event(n / 7, &old[n as usize])));
    let newest_first: Vec<String> = old.iter().rev().cloned().collect();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 0;
            while !done.load(Ordering::Relaxed) {
                // Newer than all events, and between existing ones.
                put(&store, [event(10_000 + n, "new word"), event(n % 400, "new word")]);
                n += 1;
            }
        });
        for text in [None, Some("word".to_owned())] {
            for limit in [10, 100, 1000] {
                let query = EventQuery {
                    limit,
                    text: text.clone(),
                    ..EventQuery::default()
                };
                let found: Vec<String> = messages(&store, &query)
                    .into_iter()
                    .filter(|message| message.starts_with("old"))
                    .collect();
                assert!(found == newest_first, "limit {limit}, text {text:?}");
            }
        }
        done.store(true, Ordering::Relaxed);
    });
}

fn following_by_arrival_misses_nothing(backend: &'static dyn Backend) {
    const WRITERS: i64 = 3;
    const EACH: i64 = 2000;
    let store = open(backend);
    let mut seen: Vec<String> = Vec::new();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let store = &store;
            scope.spawn(move || {
                for start in (0..EACH).step_by(50) {
                    // Later arrivals have earlier times.
                    put(
                        store,
                        (start..start + 50).map(|n| event(-n, &format!("{writer}-{n}"))),
                    );
                }
            });
        }
        let mut query = EventQuery {
            order: Order::Arrival,
            limit: 77,
            ..EventQuery::default()
        };
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        while seen.len() < (WRITERS * EACH) as usize && std::time::Instant::now() < deadline {
            let page = store.query_events(&query, &anytime()).unwrap();
            seen.extend(
                crate::store::events_of(&page)
                    .into_iter()
                    .map(|e| e.message.into_owned()),
            );
            query.cursor = page.last.or(query.cursor);
        }
    });
    let mut expected: Vec<String> = (0..WRITERS)
        .flat_map(|writer| (0..EACH).map(move |n| format!("{writer}-{n}")))
        .collect();
    expected.sort();
    seen.sort();
    assert!(seen == expected, "{} events seen of {}", seen.len(), expected.len());
}

fn search_has_no_operators(backend: &'static dyn Backend) {
    let store = open(backend);
    let texts = [
        "Failed password for root from 192.0.2.1 port 22",
        "password accepted, connections failing",
        "Ünïcode Straße CONNECTED",
        "error in module seven",
        "error module seven",
        "a OR b NOT c",
    ];
    store.put(texts.iter().zip(0..).map(|(text, n)| event(n, text)));
    let found = |text: &str| {
        let query = EventQuery {
            text: Some(text.into()),
            order: Order::Oldest,
            total: Total::Exact,
            ..EventQuery::default()
        };
        let page = store.query_events(&query, &anytime()).unwrap();
        assert_eq!(page.total, Some(page.len() as u64), "{text:?}");
        let times = crate::store::events_of(&page);
        times
            .iter()
            .map(|event| event.timestamp_ns.unwrap())
            .collect::<Vec<i64>>()
    };
    for (text, expected) in [
        ("password", vec![0, 1]),
        ("PASSWORD", vec![0, 1]),
        ("password failed", vec![0, 1]),
        ("fail connect", vec![1]),
        ("\"failed password\"", vec![0]),
        ("\"password failed\"", vec![]),
        ("connection", vec![1, 2]),
        ("straße", vec![2]),
        ("192.0.2.1", vec![0]),
        ("192.0.2.2", vec![]),
        ("error in module", vec![3]),
        ("\"error module\"", vec![4]),
        ("error OR password", vec![]),
        ("b OR a", vec![5]),
        ("pass*", vec![]),
        ("-password", vec![0, 1]),
        ("message:password", vec![]),
        ("", vec![]),
        ("  !? \"", vec![]),
        ("\"failed", vec![0, 1]),
        ("password & root | nobody", vec![]),
        ("'; DROP TABLE events; --", vec![]),
    ] {
        assert_eq!(found(text), expected, "{text:?}");
    }
    let many = EventQuery {
        text: Some("word ".repeat(65)),
        ..EventQuery::default()
    };
    let error = store.query_events(&many, &anytime()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}

fn limits_and_pages_are_validated(backend: &'static dyn Backend) {
    let store = open(backend);
    store.put((0..10).map(|n| event(n, &format!("n{n}"))));
    let query = EventQuery::default;
    let cursor = Some(Cursor {
        timestamp_ns: 1,
        ingest_seq: 1,
    });
    for bad in [
        EventQuery { limit: 0, ..query() },
        EventQuery {
            limit: 100_001,
            ..query()
        },
        EventQuery { page: 0, ..query() },
        EventQuery {
            page: 2,
            cursor,
            ..query()
        },
        EventQuery {
            min_severity: Some(7),
            ..query()
        },
        EventQuery {
            min_severity: Some(-1),
            ..query()
        },
        EventQuery {
            entity: Some("user:root".into()),
            ..query()
        },
    ] {
        let error = store.query_events(&bad, &anytime()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{bad:?}");
    }
    let page = |page, limit| {
        let query = EventQuery {
            page,
            limit,
            ..query()
        };
        let page = store.query_events(&query, &anytime()).unwrap();
        (page.len(), page.next.is_some())
    };
    assert_eq!(page(1, 10), (10, false));
    assert_eq!(page(1, 9), (9, true));
    assert_eq!(page(2, 9), (1, false));
    assert_eq!(page(3, 9), (0, false));
    assert_eq!(page(u32::MAX, 100_000), (0, false));
    let nothing = EventQuery {
        window: Window { from_ns: 5, to_ns: 5 },
        ..query()
    };
    assert_eq!(find(&store, &nothing), []);
}

fn total_is_absent_capped_or_exact(backend: &'static dyn Backend) {
    let store = open(backend);
    store.put((0..500).map(|n| event(n, "word")));
    for text in [None, Some("word".to_owned())] {
        for (total, expected) in [
            (Total::None, None),
            (Total::Capped(1), Some(1)),
            (Total::Capped(499), Some(499)),
            (Total::Capped(1000), Some(500)),
            (Total::Exact, Some(500)),
        ] {
            let query = EventQuery {
                total,
                limit: 3,
                text: text.clone(),
                ..EventQuery::default()
            };
            let page = store.query_events(&query, &anytime()).unwrap();
            assert_eq!(page.total, expected, "{query:?}");
        }
    }
}

fn page_of_100_000_events(backend: &'static dyn Backend) {
    let store = open(backend);
    // Small enough for one page: without a source they have no entity.
    store.put((0..100_050).map(|n| Event {
        source_id: "".into(),
        ..event(n, "one of many")
    }));
    let query = EventQuery {
        limit: 100_000,
        ..EventQuery::default()
    };
    let page = store.query_events(&query, &anytime()).unwrap();
    assert_eq!(page.len(), 100_000);
    let time = |blob| {
        let mut reader = seerflow::codec::msgpack::find(blob, Field::TimestampNs).unwrap();
        reader.int().unwrap()
    };
    assert!(page.blobs().map(time).eq((50..100_050).rev()));
    let rest = EventQuery {
        cursor: page.next,
        ..query
    };
    let rest = store.query_events(&rest, &anytime()).unwrap();
    assert_eq!((rest.len(), rest.next), (50, None));
}
