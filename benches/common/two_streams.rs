//! Two streams in one store: live events, and a backfill of older ones that arrives at the same time. Arrival order and time order
//! therefore differ in every part of the store.

use std::time::{Duration, Instant};

use seerflow::record::{Control, EntityType, Event, EventQuery, Window, entity_id};
use seerflow::{Engine, Input, WriteOptions};

use super::Lcg;
use super::store;
pub use super::store::{START_NS, STEP_NS};

/// How much later the live stream is than the backfill.
const GAP_NS: i64 = 90 * DAY_NS;
const DAY_NS: i64 = 86_400_000_000_000;

/// Events of one write.
const BATCH: i64 = 1_000;

/// The user of one event in 50,000.
const RARE_USER: &str = "intruder";

/// Writes `count` events, half of them in each stream.
pub fn fill(engine: &Engine, count: i64) {
    std::thread::scope(|scope| {
        for start_ns in [START_NS, START_NS + GAP_NS] {
            scope.spawn(move || write(engine, start_ns, count / 2));
        }
    });
    engine.flush(&Control::unbounded()).unwrap();
}

fn write(engine: &Engine, start_ns: i64, count: i64) {
    let mut lcg = Lcg::new();
    for first in (0..count).step_by(BATCH as usize) {
        let batch: Vec<_> = (first..count.min(first + BATCH))
            .map(|n| Ok(event(&mut lcg, n, start_ns)))
            .collect();
        let durable = WriteOptions {
            durable: true,
            ..WriteOptions::default()
        };
        engine
            .write(
                Input::Events(Box::new(batch.into_iter())),
                durable,
                &Control::unbounded(),
            )
            .unwrap();
    }
}

fn event(lcg: &mut Lcg, n: i64, start_ns: i64) -> Event<'static> {
    let mut event = store::event(lcg, n);
    event.timestamp_ns = event.timestamp_ns.map(|time| time - START_NS + start_ns);
    // Two words that are in a quarter of the messages each, and never in the same message.
    let verdict = ["accepted ", "denied ", "", ""][lcg.draw(4) as usize];
    event.message = format!("{verdict}{}", event.message).into();
    if n % 50_000 == 44_444 {
        event.related_users = vec![RARE_USER.into()];
    }
    event
}

/// The queries that are measured.
pub fn queries(engine: &Engine, count: i64) -> Vec<(&'static str, EventQuery)> {
    let text = |words: &str| EventQuery {
        text: Some(words.to_owned()),
        ..EventQuery::default()
    };
    let intruder = entity_id(EntityType::User, RARE_USER).map(|id| id.to_string());
    // In the middle of the backfill.
    let from_ns = START_NS + count / 4 * STEP_NS;
    let day = Window {
        from_ns,
        to_ns: from_ns + (count / 20 * STEP_NS).min(DAY_NS),
    };
    let host = |host: &str| EventQuery {
        source_id: Some(host.to_owned()),
        ..EventQuery::default()
    };
    vec![
        ("newest 100", EventQuery::default()),
        ("newest 100, page 1000", further(engine, &EventQuery::default())),
        ("common word", text("connection")),
        ("common word, page 1000", further(engine, &text("connection"))),
        (
            "common word within an old day",
            EventQuery {
                window: day,
                ..text("connection")
            },
        ),
        ("rare word", text("exfiltration")),
        ("word that is not there", text("unheard")),
        ("two common words", text("connection lookup")),
        ("two common words that never meet", text("accepted denied")),
        (
            "common word and rare entity",
            EventQuery {
                entity: intruder,
                ..text("connection")
            },
        ),
        (
            "rare word and common entity",
            EventQuery {
                entity: entity_id(EntityType::User, "user1").map(|id| id.to_string()),
                ..text("exfiltration")
            },
        ),
        (
            "common word and rare severity",
            EventQuery {
                min_severity: Some(6),
                ..text("connection")
            },
        ),
        ("common host", host("host-07")),
        ("host that is not there", host("host-99")),
        (
            "common word and a host that is not there",
            EventQuery {
                text: Some("connection".to_owned()),
                ..host("host-99")
            },
        ),
    ]
}

/// Returns the query for the thousandth page.
fn further(engine: &Engine, query: &EventQuery) -> EventQuery {
    let mut query = query.clone();
    for _ in 0..999 {
        let page = engine.query_events(&query, &Control::unbounded()).unwrap();
        let Some(next) = page.next else { break };
        query.cursor = Some(next);
    }
    query
}

/// Returns the median time of a query.
pub fn median(engine: &Engine, query: &EventQuery) -> Duration {
    let mut times: Vec<Duration> = (0..9)
        .map(|_| {
            let began = Instant::now();
            engine.query_events(query, &Control::unbounded()).unwrap();
            began.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}
