//! Edges whose commit was not answered: a count must not be added twice.

use std::thread;
use std::time::Duration;

use seerflow::record::{Control, Edge};

use crate::cluster::eventually;
use crate::load::behind_proxy;
use crate::proxy::Moment;

#[test]
fn count_is_added_once_if_the_server_dies_after_the_commit() {
    let Some((cluster, proxy, engine)) = behind_proxy(&[]) else {
        return;
    };
    engine.start(&Control::unbounded()).unwrap();
    let anytime = Control::unbounded();
    let edge = Edge {
        source_id: "a".into(),
        target_id: "b".into(),
        rel_type: "knows".into(),
        first_seen: 1,
        last_seen: 2,
        event_count: 3,
    };
    let count = || {
        cluster.number(
            "postgres",
            "SELECT coalesce(sum(event_count), 0) FROM graph_edges",
        )
    };
    for round in 1..=3 {
        // The answer is delayed until the server is gone; it restarts with the commit in it.
        proxy.delay(Duration::from_secs(1));
        proxy.cut(Moment::AfterCommit);
        engine
            .write_edges(std::slice::from_ref(&edge), false, &anytime)
            .unwrap();
        thread::scope(|scope| {
            let flush = scope.spawn(|| engine.flush(&anytime));
            eventually("the commit", || count() == 3 * round);
            cluster.kill();
            proxy.delay(Duration::ZERO);
            thread::sleep(Duration::from_millis(1500));
            cluster.up();
            flush.join().unwrap().unwrap();
        });
        assert_eq!(count(), 3 * round);
    }
    engine.close(&anytime).unwrap();
    assert_eq!(count(), 9);
}
