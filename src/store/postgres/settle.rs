//! Up to which arrival number all transactions are over.
//!
//! Numbers are given out as rows are written, and a transaction that got smaller ones may commit after one that got larger
//! ones. Whoever goes through the events in the order of arrival, or sums them up, must not pass a number that may still
//! appear. A transaction holds its lock on the table before it gets its first number: so once all that hold such a lock now
//! are over, no number that was given out before can appear any more, whichever program wrote it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::conn::PgConn;
use super::layout::Layout;
use crate::error::Result;
use crate::record::Control;
use crate::store::sql::database::Settled;
use crate::store::sql::summary;

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

/// What is known of transactions from one question to the next.
#[derive(Debug, Default)]
pub struct Known {
    /// A number below which nothing can appear any more.
    up_to: AtomicI64,
    /// Transactions that were waited for in vain, and are not waited for again.
    endless: Mutex<HashSet<String>>,
}

impl Known {
    /// Returns a number below which nothing can appear any more.
    pub fn up_to(&self) -> i64 {
        self.up_to.load(Ordering::Acquire)
    }

    /// Takes in that nothing can appear below a number.
    pub fn raise(&self, up_to: i64) {
        self.up_to.fetch_max(up_to, Ordering::AcqRel);
    }
}

/// Waits until the transactions that run now are over, for two seconds at the longest; tells up to which number none can come any more.
/// Not to be called in a transaction.
pub fn wait(conn: &PgConn, layout: &Layout, known: &Known, control: &Control) -> Result<Settled> {
    if !layout.is_numbered() {
        return Ok(Settled::ALL);
    }
    let patience = Instant::now() + PATIENCE;
    let (last, mut running) = look(conn, layout)?;
    let is_over = loop {
        let mut endless = known.endless.lock();
        endless.retain(|transaction| running.contains(transaction));
        if running.len() == endless.len() {
            break running.is_empty();
        }
        if Instant::now() >= patience {
            *endless = running;
            break false;
        }
        drop(endless);
        control.check()?;
        std::thread::sleep(GLANCE);
        let (_, still) = look(conn, layout)?;
        running.retain(|transaction| still.contains(transaction));
    };
    // Whoever closed a range has waited for all transactions that could come before its end.
    known.raise(if is_over { last } else { summary::watermark(conn)? });
    let up_to = known.up_to();
    Ok(Settled {
        up_to,
        is_all: is_over || last <= up_to,
    })
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
