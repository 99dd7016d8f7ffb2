//! The work of further pages, and of pages within a time range: at most twice that of the first page.

use seerflow::Engine;
use seerflow::record::{Control, EntityType, EventQuery, Order, Window, entity_id};

use super::common::two_streams::{START_NS, STEP_NS};
use super::services::POSTGRES;
use super::work::{Streams, instructions, observe_sqlite, sqlite, turn};

/// Events of the store. In its larger half of time are only live events, in the other half only those of the backfill.
const COUNT: i64 = 40_000;

/// The pages whose work is compared with that of the first one, in hundredths of all pages.
const PLACES: [usize; 3] = [25, 60, 95];

/// A query, and the same query at further places.
struct Pages {
    name: String,
    first: EventQuery,
    further: Vec<EventQuery>,
}

/// Returns searches for a common word, alone and with other filters, in both orders.
fn searches(engine: &Engine) -> Vec<Pages> {
    let word = EventQuery {
        text: Some("connection".to_owned()),
        ..EventQuery::default()
    };
    let user = EventQuery {
        entity: entity_id(EntityType::User, "user1").map(|id| id.to_string()),
        ..word.clone()
    };
    let severity = EventQuery {
        min_severity: Some(3),
        ..word.clone()
    };
    let host = EventQuery {
        source_id: Some("host-07".to_owned()),
        ..word.clone()
    };
    let two_words = EventQuery {
        text: Some("connection lookup".to_owned()),
        ..word.clone()
    };
    let searches = [
        ("word", word),
        ("word and entity", user),
        ("word and severity", severity),
        ("word and host", host),
        ("two words", two_words),
    ];
    let mut all = Vec::new();
    for (name, query) in searches {
        for order in [Order::Newest, Order::Oldest] {
            let first = EventQuery {
                order,
                limit: 50,
                ..query.clone()
            };
            all.push(Pages {
                name: format!("{name}, {order:?}"),
                further: further(engine, &first),
                first,
            });
        }
    }
    all
}

/// Returns the query at further places, and within a part of the backfill's time.
fn further(engine: &Engine, first: &EventQuery) -> Vec<EventQuery> {
    let mut pages = Vec::new();
    let mut query = first.clone();
    loop {
        let page = engine.query_events(&query, &Control::unbounded()).unwrap();
        let Some(next) = page.next else { break };
        query.cursor = Some(next);
        pages.push(query.clone());
    }
    assert!(pages.len() >= 4, "{} pages", pages.len());
    let mut further: Vec<EventQuery> = PLACES
        .iter()
        .map(|place| pages[pages.len() * place / 100].clone())
        .collect();
    let old = Window {
        from_ns: START_NS + COUNT / 8 * STEP_NS,
        to_ns: START_NS + COUNT / 2 * STEP_NS - COUNT / 8 * STEP_NS,
    };
    further.push(EventQuery {
        window: old,
        ..first.clone()
    });
    further
}

/// Asserts that no page takes more than twice the work of the first one, and the allowance.
fn assert_even(pages: &[Pages], allowance: u64, mut work: impl FnMut(&EventQuery) -> u64) {
    let mut worst = Vec::new();
    for Pages { name, first, further } in pages {
        let first = work(first);
        let further: Vec<u64> = further.iter().map(&mut work).collect();
        println!("{name}: {first}, further {further:?}");
        if further.iter().any(|further| *further > 2 * first + allowance) {
            worst.push(format!("{name}: {first} became {further:?}"));
        }
    }
    assert!(worst.is_empty(), "{worst:#?}");
}

#[test]
fn further_pages_cost_at_most_twice_the_first_on_sqlite() {
    let _turn = turn();
    observe_sqlite();
    let (_folder, engine) = sqlite(COUNT);
    assert_even(&searches(&engine), 1_000, |query| instructions(&engine, query));
}

#[test]
fn further_pages_cost_at_most_twice_the_first_on_postgres() {
    let Some(server) = POSTGRES.url() else { return };
    let (mut streams, engine) = Streams::new(&server, COUNT);
    let searches = searches(&engine);
    engine.close(&Control::unbounded()).unwrap();
    assert_even(&searches, 500, |query| streams.rows_of(query));
}
