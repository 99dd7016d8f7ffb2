//! A standby that answers queries as long as it is reachable.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::conn::PgConn;
use super::pool::{PgLease, PgPool};
use crate::error::{Error, ErrorKind};
use crate::record::Control;
use crate::store::sql::Statements;

/// The divisor of the caller's time: the share in which the replica must begin a transaction.
const SHARE: u32 = 4;

/// The longest such time.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long the replica is not used after it did not answer.
const REST: Duration = Duration::from_secs(10);

/// A standby.
#[derive(Debug)]
pub struct Replica {
    pool: PgPool,
    /// When the replica may be used again.
    rests_until: Mutex<Option<Instant>>,
}

impl Replica {
    /// Makes a replica over a pool.
    pub fn new(pool: PgPool, statements: Arc<Statements>) -> Self {
        pool.set_statements(statements);
        Self {
            pool,
            rests_until: Mutex::new(None),
        }
    }

    /// Takes a connection and begins a transaction; `None` if the primary must answer.
    pub fn begin(&self, control: &Control, begin: &str) -> Option<PgLease<'_>> {
        let now = Instant::now();
        if self.rests_until.lock().is_some_and(|until| now < until) {
            return None;
        }
        let time = control.deadline.map_or(PATIENCE, |deadline| {
            deadline.saturating_duration_since(now) / SHARE
        });
        let own = Control {
            deadline: Some(now + time.min(PATIENCE)),
            interrupt: control.interrupt.clone(),
        };
        match self.pool.begin(&own, begin) {
            Ok((conn, _)) => {
                *self.rests_until.lock() = None;
                Some(conn)
            }
            Err(error) => {
                if error.kind() != ErrorKind::Interrupted {
                    self.rest();
                }
                None
            }
        }
    }

    /// Returns whether a failed read may succeed on the primary. If later reads would probably fail too, the replica is not used for a
    /// while.
    pub fn is_at_fault(&self, conn: &PgConn, error: &Error) -> bool {
        match error.kind() {
            // Replay of a vacuum or a changed table ended the query.
            ErrorKind::Busy => true,
            // The replica stopped or froze, its disk is full, or it lacks an object.
            kind if conn.is_broken()
                || matches!(
                    kind,
                    ErrorKind::Io | ErrorKind::Full | ErrorKind::Database | ErrorKind::Schema
                ) =>
            {
                self.rest();
                true
            }
            _ => false,
        }
    }

    fn rest(&self) {
        *self.rests_until.lock() = Some(Instant::now() + REST);
    }

    /// Closes its connections.
    pub fn close(&self) {
        self.pool.close();
    }
}
