//! PostgreSQL on a real server; one database per store.

use seerflow::Config;

use super::{Backend, Fresh};
use crate::database::Database;
use crate::services;

/// PostgreSQL databases.
pub struct Postgres;

impl Backend for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn missing(&self) -> Option<String> {
        match services::POSTGRES.url() {
            Some(_) => None,
            None => Some("tests/services/up.sh postgres starts a server".to_owned()),
        }
    }

    fn fresh(&self) -> Fresh {
        let database = Database::new(&services::POSTGRES.url().unwrap());
        Fresh {
            config: config(&database.url()),
            guard: Box::new(database),
        }
    }
}

/// The configuration that opens a store at an address.
pub fn config(url: &str) -> Config {
    let mut config = Config::new();
    config.set("storage.backend", "postgresql").unwrap();
    config.set("storage.postgresql_url", url).unwrap();
    config
}
