//! PostgreSQL behind pgbouncer in transaction mode; all stores share one database and its few sessions, one schema per store.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{Backend, Fresh, postgres};
use crate::database;
use crate::services;

/// Schemas of one PostgreSQL database behind pgbouncer in transaction mode.
pub struct Transaction;

/// A schema, removed when dropped.
struct Schema(String);

impl Drop for Schema {
    fn drop(&mut self) {
        // May run during a panic, hence must not panic.
        let _ = database::try_run(&direct(), &format!("DROP SCHEMA IF EXISTS {} CASCADE", self.0));
    }
}

fn direct() -> String {
    services::POSTGRES.url().unwrap()
}

impl Backend for Transaction {
    fn name(&self) -> &'static str {
        "pgbouncer_transaction"
    }

    fn missing(&self) -> Option<String> {
        match services::PGBOUNCER_TRANSACTION.url() {
            Some(_) => None,
            None => Some("tests/services/up.sh pgbouncer starts it".to_owned()),
        }
    }

    fn fresh(&self) -> Fresh {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let schema = Schema(format!("test_{}_{number}", std::process::id()));
        let mut config = postgres::config(&services::PGBOUNCER_TRANSACTION.url().unwrap());
        config.set("storage.postgresql_schema", &schema.0).unwrap();
        Fresh {
            config,
            guard: Box::new(schema),
        }
    }
}
