//! PostgreSQL behind pgbouncer in session mode; one database per store.

use super::{Backend, Fresh, postgres};
use crate::database::Database;
use crate::services;

/// PostgreSQL databases behind pgbouncer in session mode.
pub struct Session;

impl Backend for Session {
    fn name(&self) -> &'static str {
        "pgbouncer_session"
    }

    fn missing(&self) -> Option<String> {
        match services::PGBOUNCER_SESSION.url() {
            Some(_) => None,
            None => Some("tests/services/up.sh pgbouncer starts it".to_owned()),
        }
    }

    fn fresh(&self) -> Fresh {
        let database = Database::new(&services::POSTGRES.url().unwrap());
        let url = database.url_through(&services::PGBOUNCER_SESSION.url().unwrap());
        Fresh {
            config: postgres::config(&url),
            guard: Box::new(database),
        }
    }
}
