//! SQLite's query plans, compared with `tests/data/plans.txt`: an index that is no longer used fails the test.
//! `UPDATE_PLANS=1 cargo test --test plans` rewrites the file. And the work of queries, which must not grow with the store.

#[path = "../benches/common/mod.rs"]
mod common;
#[path = "plans/counts.rs"]
mod counts;
#[path = "services/database.rs"]
mod database;
#[path = "plans/pages.rs"]
mod pages;
#[path = "services/mod.rs"]
mod services;
#[path = "plans/tables.rs"]
mod tables;
#[path = "plans/work.rs"]
mod work;

use std::fmt::Write as _;
use std::path::Path;

use rusqlite::Connection;
use seerflow::store::sql::Statements;
use seerflow::{Config, Engine};

#[test]
fn query_plans_are_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seerflow.db");
    let mut config = Config::new();
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    Engine::open(&config, Default::default())
        .unwrap()
        .start(&seerflow::record::Control::unbounded())
        .unwrap();
    let conn = Connection::open(&path).unwrap();

    let mut plans = String::new();
    for (name, sql) in Statements::sqlite().reading() {
        let _ = writeln!(plans, "{name}");
        let mut statement = conn
            .prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text()))
            .unwrap();
        let nulls = vec![rusqlite::types::Null; statement.parameter_count()];
        let mut rows = statement.query(rusqlite::params_from_iter(nulls)).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let _ = writeln!(plans, "    {}", row.get::<_, String>(3).unwrap());
        }
    }
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/plans.txt");
    if std::env::var_os("UPDATE_PLANS").is_some() {
        std::fs::write(&recorded, &plans).unwrap();
    }
    let expected = std::fs::read_to_string(&recorded).unwrap();
    assert!(
        plans == expected,
        "query plans have changed; review them, then run UPDATE_PLANS=1 cargo test --test plans\n{plans}"
    );
}
