//! Values that SQLite can store and PostgreSQL cannot.

use seerflow::ErrorKind;
use seerflow::transfer::{MoveOptions, move_storage};

use crate::database::Database;
use crate::postgres::postgres;
use crate::services::POSTGRES;
use crate::source::{anytime, full, sqlite};

#[test]
fn alert_too_long_for_the_servers_index_is_named() {
    let Some(url) = POSTGRES.url() else { return };
    let database = Database::new(&url);
    let folder = tempfile::tempdir().unwrap();
    let a = folder.path().join("a.db");
    full(&a, 10);
    let raw = rusqlite::Connection::open(&a).unwrap();
    // Stored by another program: longer than our limit, and incompressible.
    raw.execute_batch(
        "PRAGMA foreign_keys = OFF;
         UPDATE alerts SET dedup_key = hex(randomblob(3500)) WHERE alert_id = 'alert-33'",
    )
    .unwrap();
    let (from, to) = (sqlite(&a), postgres(&database));
    let error = move_storage(&*from, &*to, &MoveOptions::default(), &anytime(), &mut |_| {}).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    let text = error.to_string();
    assert!(
        text.starts_with("alerts: ") && text.contains("dedup_key of alert-33, 7000 bytes"),
        "{text}"
    );
    // As the runbook advises: without this alert the move continues.
    raw.execute("DELETE FROM alerts WHERE alert_id = 'alert-33'", [])
        .unwrap();
    let resume = MoveOptions {
        resume: true,
        ..MoveOptions::default()
    };
    let report = move_storage(&*from, &*to, &resume, &anytime(), &mut |_| {}).unwrap();
    assert!(report.verified && report.resumed, "{report:?}");
}
