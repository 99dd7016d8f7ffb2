//! Background work and work of unknown duration: close does not wait for it, and timeouts do not cut it short.

use std::thread;
use std::time::{Duration, Instant};

use seerflow::Config;
use seerflow::record::Control;
use seerflow::store::table::Table;
use seerflow::transfer::{MoveOptions, Phase, move_storage};

use crate::cluster::{Cluster, eventually, is_possible};
use crate::load::{open, sqlite_file, write};

#[test]
fn close_does_not_wait_for_summarising() {
    if !is_possible() {
        return;
    }
    let cluster = Cluster::start("");
    let engine = open(&cluster.url("postgres"), &[]);
    write(&engine, 0, 0, &Control::unbounded()).unwrap();
    engine.close(&Control::unbounded()).unwrap();
    // The tables that the thread reads first.
    let lock = cluster.hold("postgres", "BEGIN; LOCK TABLE event_ranges, event_tallies");
    let engine = open(&cluster.url("postgres"), &[]);
    engine.start(&Control::unbounded()).unwrap();
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'libseerflow' AND wait_event_type = 'Lock'";
    eventually("the thread", || cluster.number("postgres", waiting) == 1);
    let began = Instant::now();
    engine.close(&Control::unbounded()).unwrap();
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!(cluster.number("postgres", waiting), 0);
    drop(lock);
}

/// ANALYZE of a very large table takes longer than any other statement.
#[test]
fn final_analyze_of_a_move_has_no_statement_timeout() {
    if !is_possible() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let sqlite = sqlite_file(folder.path(), 100);

    let cluster = Cluster::start("");
    let mut server = Config::new();
    server.set("storage.backend", "postgresql").unwrap();
    server
        .set("storage.postgresql_url", &cluster.url("postgres"))
        .unwrap();
    server.set("storage.postgresql_command_timeout_s", "1").unwrap();
    let (from, to) = [&sqlite, &server]
        .map(|config| seerflow::store::open(config, &seerflow::log::Logger::default()).unwrap())
        .into();
    thread::scope(|scope| {
        let mut is_held = false;
        let moved = move_storage(
            &*from,
            &*to,
            &MoveOptions::default(),
            &Control::unbounded(),
            &mut |now| {
                if now.phase != Phase::Verify && now.table == Table::EntityEvents && !is_held {
                    // The lock that VACUUM takes: rows can be written, ANALYZE waits.
                    let lock = "BEGIN; LOCK TABLE events IN SHARE UPDATE EXCLUSIVE MODE";
                    let lock = cluster.hold("postgres", lock);
                    is_held = true;
                    scope.spawn(move || {
                        thread::sleep(Duration::from_secs(4));
                        drop(lock);
                    });
                }
            },
        );
        assert!(moved.unwrap().verified && is_held);
    });
    let analyzed = "SELECT count(*) FROM pg_stats WHERE tablename = 'events' AND attname = 'timestamp_ns'";
    assert_eq!(cluster.number("postgres", analyzed), 1);
}
