//! The back ends under test. To add one, create a file in `backends/`, named as the back end, and add it to [`BACKENDS`].

mod citus;
mod pgbouncer_session;
mod pgbouncer_transaction;
mod postgres;
mod sqlite;

use std::any::Any;

use seerflow::Config;

/// A source of empty stores.
pub trait Backend: Sync {
    /// Returns the name of the back end and of its file.
    fn name(&self) -> &'static str;

    /// Returns the reason why it cannot run here, such as a missing server, or `None`.
    fn missing(&self) -> Option<String> {
        None
    }

    /// Returns whether CI may lack it.
    fn is_optional(&self) -> bool {
        false
    }

    /// Returns the names of the cases that cannot hold on it.
    fn excluded(&self) -> &'static [&'static str] {
        &[]
    }

    /// Creates an empty store.
    fn fresh(&self) -> Fresh;
}

/// An empty store: its configuration, and the guard that removes it.
pub struct Fresh {
    /// The configuration that opens the store.
    pub config: Config,
    /// Removes the store when dropped.
    pub guard: Box<dyn Any + Send + Sync>,
}

/// Every back end.
pub const BACKENDS: &[&dyn Backend] = &[
    &sqlite::Sqlite,
    &postgres::Postgres,
    &pgbouncer_transaction::Transaction,
    &pgbouncer_session::Session,
    &citus::Citus,
];
