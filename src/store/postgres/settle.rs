//! Up to which arrival number all transactions are over.
//!
//! Numbers are given out as rows are written, and a transaction that got smaller ones may commit after one that got larger
//! ones. Whoever goes through the events in the order of arrival, or sums them up, must not pass a number that may still
//! appear. A transaction holds its lock on the table before it gets its first number: so once all that hold such a lock now
//! are over, no number that was given out before can appear any more, whichever program wrote it.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::conn::PgConn;
use super::layout::Layout;
use crate::error::Result;
use crate::record::Control;

/// How long a transaction of another program is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

const GLANCE: Duration = Duration::from_millis(2);

/// The largest number given out, and, looked up after it, the transactions that may hold such a number.
fn look(conn: &PgConn, layout: &Layout) -> Result<(i64, HashSet<String>)> {
    let mut answers = conn.list(&format!(
        "SELECT last_value FROM {};
        SELECT virtualtransaction FROM pg_locks
        WHERE locktype = 'relation' AND relation = 'events'::regclass AND mode = 'RowExclusiveLock' AND granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND pid IS DISTINCT FROM pg_backend_pid()",
        layout.sequence
    ))?;
    if answers.is_empty() {
        return Ok((0, HashSet::new()));
    }
    let last = answers.remove(0).parse().unwrap_or_default();
    Ok((last, answers.into_iter().collect()))
}

/// Waits until the transactions that run now are over, for two seconds at the longest; returns the largest number that none
/// can come below any more. `known` is such a number from before. Not to be called in a transaction.
pub fn wait(conn: &PgConn, layout: &Layout, known: i64, control: &Control) -> Result<i64> {
    let patience = Instant::now() + PATIENCE;
    let (last, mut running) = look(conn, layout)?;
    while !running.is_empty() {
        if Instant::now() >= patience {
            return Ok(known);
        }
        control.check()?;
        std::thread::sleep(GLANCE);
        let (_, still) = look(conn, layout)?;
        running.retain(|transaction| still.contains(transaction));
    }
    Ok(last.max(known))
}

/// Numbers that settle while other things are done: what [`wait`] knows between two looks.
#[derive(Debug, Default)]
pub struct Settling {
    last: i64,
    running: HashSet<String>,
}

impl Settling {
    /// Looks once, without waiting; returns the largest number that no transaction can come below any more. `known` is such a
    /// number from before. Not to be called in a transaction.
    pub fn look(&mut self, conn: &PgConn, layout: &Layout, known: i64) -> Result<i64> {
        let (last, running) = look(conn, layout)?;
        self.running.retain(|transaction| running.contains(transaction));
        if !self.running.is_empty() {
            return Ok(known);
        }
        let settled = if running.is_empty() { last } else { self.last };
        *self = Self { last, running };
        Ok(settled.max(known))
    }

    /// Tells whether another look would find nothing new.
    pub fn is_over(&self) -> bool {
        self.running.is_empty()
    }
}
