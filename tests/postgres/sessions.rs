//! The number of the server's sessions that a store uses.

use seerflow::record::{Event, EventQuery, Order};

use crate::{anytime, assert_sound, database, open, put};

#[test]
fn one_connection_suffices_for_one_writer() {
    let Some(database) = database() else { return };
    let options = [
        ("storage.postgresql_writers", "1"),
        ("storage.postgresql_pool_min_size", "1"),
        ("storage.postgresql_pool_max_size", "1"),
    ];
    let store = open(&database.url(), &options);
    for _ in 0..5 {
        let event = |number| Event {
            message: format!("event {number}").into(),
            ..Event::default()
        };
        put(&store, (0..1_000).map(event).collect());
        for order in [Order::Newest, Order::Arrival] {
            let query = EventQuery {
                order,
                ..EventQuery::default()
            };
            assert_eq!(store.query_events(&query, &anytime()).unwrap().len(), 100);
        }
    }
    assert_sound(&store);
    let sessions = "SELECT count(*) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    assert_eq!(database.run(sessions), ["1"]);
}
