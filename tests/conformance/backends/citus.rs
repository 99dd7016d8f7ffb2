//! Citus: tables distributed over the workers of a cluster; one schema per store. Runs if `SEERFLOW_TEST_CITUS_URL` is the address of a
//! coordinator.

use std::sync::atomic::{AtomicU32, Ordering};

use seerflow::Engine;
use seerflow::record::Control;

use super::{Backend, Fresh, postgres};
use crate::database;

const DISTRIBUTE: &str = include_str!("../../../migrations/postgres/distribute_citus.sql");

/// Schemas of one database on a coordinator.
pub struct Citus;

/// A schema, removed when dropped.
struct Schema(String);

impl Drop for Schema {
    fn drop(&mut self) {
        // May run during a panic, hence must not panic.
        let _ = database::try_run(&url(), &format!("DROP SCHEMA IF EXISTS {} CASCADE", self.0));
    }
}

fn url() -> String {
    std::env::var("SEERFLOW_TEST_CITUS_URL").unwrap_or_default()
}

impl Backend for Citus {
    fn name(&self) -> &'static str {
        "citus"
    }

    fn missing(&self) -> Option<String> {
        url()
            .is_empty()
            .then(|| "SEERFLOW_TEST_CITUS_URL names no coordinator".to_owned())
    }

    fn is_optional(&self) -> bool {
        true
    }

    fn excluded(&self) -> &'static [&'static str] {
        &[
            // Tables must exist before they can be distributed, and these need a database without tables.
            "summary_counts_the_contents",
            "read_only_store_answers_and_refuses_writes",
            "database_that_must_exist_is_not_created",
            // A transaction becomes visible on one worker before another, and this counts the events of whole calls.
            "concurrent_writes_and_reads",
        ]
    }

    fn fresh(&self) -> Fresh {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let schema = Schema(format!("test_{}_{number}", std::process::id()));
        let mut config = postgres::config(&url());
        config.set("storage.postgresql_schema", &schema.0).unwrap();
        let engine = Engine::open(&config, Default::default()).unwrap();
        engine.start(&Control::unbounded()).unwrap();
        engine.close(&Control::unbounded()).unwrap();
        let held = database::Held::open(&url());
        // Few shards, because each case creates and drops all of them.
        held.run(&format!(
            "SET search_path = {}, public; SET citus.shard_count = 4",
            schema.0
        ));
        let statements: String = DISTRIBUTE
            .lines()
            .filter(|line| !line.starts_with("--"))
            .collect::<Vec<_>>()
            .join("\n");
        for statement in statements.split(';').filter(|text| !text.trim().is_empty()) {
            held.run(statement);
        }
        Fresh {
            config,
            guard: Box::new(schema),
        }
    }
}
