//! The pool of connections to a PostgreSQL server.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use once_cell::sync::OnceCell;

use super::conn::PgConn;
use super::connector::Connector;
use crate::error::{Error, ErrorKind, Result};
use crate::pool::{Bounds, Connect, Lease, Pool};
use crate::record::Control;
use crate::store::sql::Statements;

/// A connection in use, which returns to its pool.
pub type PgLease<'p> = Lease<'p, PgConnect>;

/// Opens connections whose statements are in the database's dialect.
pub struct PgConnect {
    connector: Arc<Connector>,
    statements: OnceCell<Arc<Statements>>,
    /// The server accepted a login before.
    was_let_in: AtomicBool,
}

impl fmt::Debug for PgConnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.connector.fmt(f)
    }
}

impl Connect for PgConnect {
    type Connection = PgConn;

    fn connect(&self, control: &Control) -> Result<PgConn> {
        let connected = PgConn::connect(&self.connector, control);
        let conn = connected.map_err(|error| match error.kind() {
            // The password is being changed, and the new one is not known here yet: worth another try.
            ErrorKind::Permission if self.was_let_in.load(Ordering::Relaxed) => {
                Error::new(ErrorKind::Io, error.to_string())
            }
            _ => error,
        })?;
        self.was_let_in.store(true, Ordering::Relaxed);
        if let Some(statements) = self.statements.get() {
            conn.set_statements(statements);
        }
        Ok(conn)
    }

    fn is_reusable(&self, conn: &PgConn) -> bool {
        !conn.is_broken() && !conn.is_in_transaction()
    }
}

/// A bounded set of connections to a server.
#[derive(Debug)]
pub struct PgPool(Pool<PgConnect>);

impl PgPool {
    /// Makes a pool that keeps `min` idle connections and opens at most `max`. Connects to nothing yet.
    pub fn new(connector: Connector, (min, max): (usize, usize)) -> Self {
        let bounds = Bounds {
            min,
            max,
            option: "storage.postgresql_pool_max_size",
            wait: connector.command_timeout,
        };
        let connect = PgConnect {
            connector: Arc::new(connector),
            statements: OnceCell::new(),
            was_let_in: AtomicBool::new(false),
        };
        Self(Pool::new(connect, bounds))
    }

    /// Sets the statements of all connections that are opened from now on.
    pub fn set_statements(&self, statements: Arc<Statements>) {
        let _ = self.0.connector().statements.set(statements);
    }

    /// Returns the longest time of one statement.
    pub fn command_timeout(&self) -> Duration {
        self.0.connector().connector.command_timeout
    }

    /// Returns the server's address, without a password.
    pub fn location(&self) -> &str {
        &self.0.connector().connector.dsn.shown
    }

    /// Opens a connection outside of the pool, for long work.
    pub fn connect(&self, control: &Control) -> Result<PgConn> {
        self.0.connector().connect(control)
    }

    /// Takes a connection and begins a transaction with the statements `begin`; returns their answer too.
    pub fn begin(&self, control: &Control, begin: &str) -> Result<(PgLease<'_>, Option<String>)> {
        self.take_alive(control, |conn| conn.begin(begin))
    }

    /// Takes a connection that is in no transaction; returns the answer to a query too.
    pub fn ask(&self, control: &Control, query: &str) -> Result<(PgLease<'_>, Option<String>)> {
        self.take_alive(control, |conn| conn.ask(query))
    }

    /// Takes a connection that has answered `first`. If an idle connection turns out to be broken, another one is taken.
    fn take_alive(
        &self,
        control: &Control,
        first: impl Fn(&PgConn) -> Result<Option<String>>,
    ) -> Result<(PgLease<'_>, Option<String>)> {
        loop {
            let lease = self.0.take(control)?;
            match lease.controlled(control, &first) {
                Ok(answer) => return Ok((lease, answer)),
                Err(_) if !lease.is_fresh() && lease.is_broken() => {}
                Err(error) => {
                    lease.discard();
                    return Err(error);
                }
            }
        }
    }

    /// Closes surplus connections that nobody has used for a while.
    pub fn close_old(&self) {
        self.0.close_old();
    }

    /// Closes all idle connections; those in use are closed when they are returned.
    pub fn close(&self) {
        self.0.close();
    }
}
