//! The work of counts with several filters: it must not grow with the store if few events match.

use seerflow::Engine;
use seerflow::record::{Control, CountBy, EntityType, EventQuery, Total, Window, entity_id};

use super::common::two_streams::{START_NS, STEP_NS};
use super::services::POSTGRES;
use super::work::{Streams, assert_bounded, instructions_of, observe_sqlite, sqlite, turn};

/// Returns queries with several filters, or with a filter that few events match.
fn queries() -> Vec<(&'static str, EventQuery)> {
    let from_ns = START_NS + 2_000 * STEP_NS;
    let old = EventQuery::within(Window {
        from_ns,
        to_ns: from_ns + 500 * STEP_NS,
    });
    let word = |word: &str| EventQuery {
        text: Some(word.to_owned()),
        ..EventQuery::default()
    };
    let entity = |user| entity_id(EntityType::User, user).map(|id| id.to_string());
    let severity = |query| EventQuery {
        min_severity: Some(6),
        ..query
    };
    let host = |query| EventQuery {
        source_id: Some("host-99".to_owned()),
        ..query
    };
    vec![
        (
            "common word within an old time",
            EventQuery {
                text: Some("connection".to_owned()),
                ..old.clone()
            },
        ),
        (
            "two common words within an old time",
            EventQuery {
                text: Some("connection lookup".to_owned()),
                ..old.clone()
            },
        ),
        (
            "common word and common entity within an old time",
            EventQuery {
                text: Some("connection".to_owned()),
                entity: entity("user1"),
                ..old
            },
        ),
        (
            "common word and rare entity",
            EventQuery {
                entity: entity("intruder"),
                ..word("connection")
            },
        ),
        (
            "rare word and common entity",
            EventQuery {
                entity: entity("user1"),
                ..word("exfiltration")
            },
        ),
        ("common word and rare severity", severity(word("connection"))),
        (
            "common template and rare severity",
            severity(EventQuery {
                template_id: Some(7),
                ..EventQuery::default()
            }),
        ),
        (
            "common word and a host that is not there",
            host(word("connection")),
        ),
        ("host that is not there", host(EventQuery::default())),
        (
            "common entity and a host that is not there",
            host(EventQuery {
                entity: entity("user1"),
                ..EventQuery::default()
            }),
        ),
    ]
}

/// Counts the events of a query by severity, and for the total of a page.
fn count(engine: &Engine, query: &EventQuery) {
    let counts = engine.aggregates().unwrap();
    counts
        .count_by(CountBy::Severity, query, 10, &Control::unbounded())
        .unwrap();
    total(engine, query, Total::Exact);
}

fn total(engine: &Engine, query: &EventQuery, total: Total) -> Option<u64> {
    let query = EventQuery {
        limit: 1,
        total,
        ..query.clone()
    };
    let page = engine.query_events(&query, &Control::unbounded()).unwrap();
    page.total
}

/// The bound of a capped total.
const CAP: u64 = 100;

/// Returns queries that many events match, with one filter and with several.
fn common_queries() -> Vec<(&'static str, EventQuery)> {
    let word = EventQuery {
        text: Some("connection".to_owned()),
        ..EventQuery::default()
    };
    let user = EventQuery {
        entity: entity_id(EntityType::User, "user1").map(|id| id.to_string()),
        ..EventQuery::default()
    };
    let severity = EventQuery {
        min_severity: Some(1),
        ..user.clone()
    };
    vec![
        ("capped total of all events", EventQuery::default()),
        ("capped total of a common word", word),
        ("capped total of a common entity", user),
        ("capped total of a common entity and severity", severity),
    ]
}

/// Asserts that counts have as many events as a page with all of them.
fn assert_right(engine: &Engine) {
    for (name, query) in queries() {
        let all = EventQuery {
            limit: 100_000,
            ..query.clone()
        };
        let page = engine.query_events(&all, &Control::unbounded()).unwrap();
        let counts = engine.aggregates().unwrap();
        for by in [
            CountBy::Severity,
            CountBy::Source,
            CountBy::Host,
            CountBy::Template,
        ] {
            let counted = counts.count_by(by, &query, 1_000, &Control::unbounded()).unwrap();
            let sum: u64 = counted.iter().map(|counted| counted.events).sum();
            assert_eq!(sum, page.len() as u64, "{name}, by {}", by.name());
        }
        assert_eq!(
            total(engine, &query, Total::Exact),
            Some(page.len() as u64),
            "{name}"
        );
    }
}

#[test]
fn work_of_counts_does_not_grow_on_sqlite() {
    let _turn = turn();
    observe_sqlite();
    let work = |events| -> Vec<(&'static str, u64)> {
        let (_folder, engine) = sqlite(events);
        assert_right(&engine);
        let work = queries()
            .into_iter()
            .map(|(name, query)| (name, instructions_of(|| count(&engine, &query))));
        let capped = common_queries().into_iter().map(|(name, query)| {
            let work = instructions_of(|| {
                assert_eq!(total(&engine, &query, Total::Capped(CAP)), Some(CAP), "{name}");
            });
            (name, work)
        });
        work.chain(capped).collect()
    };
    assert_bounded(&work(10_000), &work(40_000), 20_000);
}

#[test]
fn work_of_counts_does_not_grow_on_postgres() {
    let Some(server) = POSTGRES.url() else { return };
    let work = |events| -> Vec<(&'static str, u64)> {
        let (mut streams, engine) = Streams::new(&server, events);
        assert_right(&engine);
        engine.close(&Control::unbounded()).unwrap();
        let mut work: Vec<_> = queries()
            .into_iter()
            .map(|(name, query)| (name, streams.rows_read(|engine| count(engine, &query))))
            .collect();
        for (name, query) in common_queries() {
            let rows = streams.rows_read(|engine| {
                assert_eq!(total(engine, &query, Total::Capped(CAP)), Some(CAP), "{name}");
            });
            work.push((name, rows));
        }
        work
    };
    assert_bounded(&work(10_000), &work(40_000), 2_000);
}
