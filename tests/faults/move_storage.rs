//! A move whose destination is disconnected and restarted: it continues by itself and stores each row once.

use std::time::Duration;

use seerflow::Config;
use seerflow::record::Control;
use seerflow::store::table::Table;
use seerflow::transfer::{MoveOptions, Phase, move_storage};

use crate::cluster::{Cluster, is_possible, url};
use crate::load::sqlite_file;
use crate::proxy::{Moment, Proxy};

const EVENTS: u64 = 12_000;

#[test]
fn move_survives_disconnects_and_restarts() {
    if !is_possible() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let sqlite = sqlite_file(folder.path(), EVENTS);

    let cluster = Cluster::start("");
    let proxy = Proxy::before(cluster.port);
    let mut server = Config::new();
    server.set("storage.backend", "postgresql").unwrap();
    server
        .set("storage.postgresql_url", &url(proxy.port, "postgres"))
        .unwrap();
    let (from, to) = [&sqlite, &server]
        .map(|config| seerflow::store::open(config, &seerflow::log::Logger::default()).unwrap())
        .into();
    let options = MoveOptions {
        batch_rows: 500,
        ..MoveOptions::default()
    };
    let moments = [
        Moment::BeforeCommit,
        Moment::DuringCommit,
        Moment::AfterCommit,
        Moment::BeforeQuery,
    ];
    let mut batches = 0;
    let report = move_storage(&*from, &*to, &options, &Control::unbounded(), &mut |now| {
        if now.phase == Phase::Verify || !matches!(now.table, Table::Events | Table::EntityEvents) {
            return;
        }
        batches += 1;
        if proxy.is_done() && batches % 3 == 0 {
            proxy.cut(moments[batches / 3 % moments.len()]);
        }
        if batches % 17 == 0 {
            cluster.restart();
        }
    })
    .unwrap();
    assert!(proxy.cuts() >= 8, "{} cuts", proxy.cuts());
    assert!(report.verified, "{:#?}", report.tables);
    for moved in &report.tables {
        assert_eq!(moved.stored, moved.rows, "{}", moved.table.name());
    }
    assert_eq!(
        cluster.number("postgres", "SELECT count(*) FROM events") as u64,
        EVENTS
    );
    assert_eq!(
        cluster.number("postgres", "SELECT count(*) FROM entity_events") as u64,
        2 * EVENTS
    );

    // A longer outage ends the move in time for its caller; a second one resumes it.
    proxy.cut(Moment::Never);
    let again = MoveOptions {
        resume: true,
        ..options
    };
    proxy.refuse(true);
    to.close();
    let to = seerflow::store::open(&server, &seerflow::log::Logger::default()).unwrap();
    let error = move_storage(
        &*from,
        &*to,
        &again,
        &Control::within(Duration::from_secs(2)),
        &mut |_| {},
    )
    .unwrap_err();
    assert!(error.is_retriable(), "{error}");
    proxy.refuse(false);
    let report = move_storage(&*from, &*to, &again, &Control::unbounded(), &mut |_| {}).unwrap();
    assert!(report.verified && report.resumed);
}
