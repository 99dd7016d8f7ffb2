//! A standby that queries go to, as long as it answers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::conn::PgConn;
use super::pool::{PgLease, PgPool};
use crate::error::{Error, ErrorKind};
use crate::record::Control;
use crate::store::sql::Statements;

/// What of a caller's time the replica may take to begin: one part in so many.
const SHARE: u32 = 4;

/// What it may take at the most.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long it is left alone once it did not answer.
const REST: Duration = Duration::from_secs(10);

/// A standby.
#[derive(Debug)]
pub struct Replica {
    pool: PgPool,
    /// When to ask it again.
    rests_until: Mutex<Option<Instant>>,
}

impl Replica {
    /// Uses a pool's server.
    pub fn new(pool: PgPool, statements: Arc<Statements>) -> Self {
        pool.set_statements(statements);
        Self {
            pool,
            rests_until: Mutex::new(None),
        }
    }

    /// Takes a connection that has begun a transaction; `None` when the primary is to answer instead.
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

    /// Tells whether a read that failed here may do better on the primary. Where that is likely to come again, the replica is left
    /// alone for a while.
    pub fn is_at_fault(&self, conn: &PgConn, error: &Error) -> bool {
        match error.kind() {
            // What it replays, a vacuum or a changed table, went before the query.
            ErrorKind::Busy => true,
            // It went away or froze, its disk is full, or it lacks what the primary has.
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
