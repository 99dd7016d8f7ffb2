//! The back ends that the suite runs over. A new one is a file in `backends/`, named as it is, and a line in [`BACKENDS`].

mod pgbouncer_session;
mod pgbouncer_transaction;
mod postgres;
mod sqlite;

use std::any::Any;

use seerflow::Config;

/// A way to get fresh stores.
pub trait Backend: Sync {
    /// Returns its name, which is also that of its file.
    fn name(&self) -> &'static str;

    /// Says why it cannot run here, such as for want of a server; `None` when it can.
    fn missing(&self) -> Option<String> {
        None
    }

    /// Makes a fresh, empty store.
    fn fresh(&self) -> Fresh;
}

/// A fresh store: how to open it, and what removes it when it is dropped.
pub struct Fresh {
    /// The configuration that opens it.
    pub config: Config,
    /// Removes it.
    pub guard: Box<dyn Any + Send + Sync>,
}

/// Every back end.
pub const BACKENDS: &[&dyn Backend] = &[
    &sqlite::Sqlite,
    &postgres::Postgres,
    &pgbouncer_transaction::Transaction,
    &pgbouncer_session::Session,
];
