//! The horizon: the arrival number up to which no more events can appear.
//!
//! Numbers are given out as rows are written, and a transaction with smaller numbers may commit after one with larger numbers. A reader
//! in the order of arrival, and the summaries, must not pass a number that may still appear. A transaction locks the table before it
//! gets its first number. So once all transactions that hold such a lock now have ended, no number that was given out before can
//! appear any more, whichever program wrote it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::conn::PgConn;
use super::layout::Layout;
use crate::error::Result;
use crate::record::Control;
use crate::store::sql::database::Horizon;
use crate::store::sql::summary;

/// The longest time to wait for a transaction of another program.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// How long the sums wait for a transaction before it is named in the health of the store.
const NOTICED_WAIT: Duration = Duration::from_secs(10);

/// Pause between two queries of the running transactions.
const POLL: Duration = Duration::from_millis(2);

/// Returns the largest number given out, and the transactions that may hold it or a smaller one.
fn writing_transactions(conn: &PgConn, layout: &Layout) -> Result<(i64, HashSet<String>)> {
    // The number comes first: the locks are read after it.
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

/// Describes the oldest of the transactions in `running` for an operator, who may end it.
fn describe(conn: &PgConn, running: &HashSet<String>) -> Result<Option<String>> {
    let ids: Vec<String> = running.iter().map(|id| format!("'{id}'")).collect();
    conn.ask(&format!(
        "SELECT coalesce(format('pid %s (%s, %s, begun %s s ago)', a.pid, \
            coalesce(nullif(a.application_name, ''), 'without application_name'), coalesce(a.state, 'state hidden'), \
            extract(epoch FROM now() - a.xact_start)::bigint), 'a prepared transaction') \
        FROM pg_locks AS l LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid \
        WHERE l.virtualtransaction IN ({}) ORDER BY a.xact_start NULLS FIRST LIMIT 1",
        ids.join(", ")
    ))
}

/// The horizon as far as it is known, kept from one query to the next.
#[derive(Debug, Default)]
pub struct KnownHorizon {
    up_to: AtomicI64,
    /// Transactions that outlasted [`LONGEST_WAIT`]; nobody waits for them again.
    endless: Mutex<HashSet<String>>,
    /// The transaction of another program for which the sums have been waiting.
    awaited: Mutex<Option<String>>,
}

impl KnownHorizon {
    /// Returns the arrival number.
    pub fn up_to(&self) -> i64 {
        self.up_to.load(Ordering::Acquire)
    }

    /// Returns the transaction of another program for which the sums have been waiting for more than [`NOTICED_WAIT`].
    pub fn awaited(&self) -> Option<String> {
        self.awaited.lock().clone()
    }

    /// Raises the arrival number.
    pub fn raise(&self, up_to: i64) {
        self.up_to.fetch_max(up_to, Ordering::AcqRel);
    }
}

/// Waits up to two seconds until the transactions that run now have ended, and returns the horizon. Must be called outside of a
/// transaction.
pub fn wait(conn: &PgConn, layout: &Layout, known: &KnownHorizon, control: &Control) -> Result<Horizon> {
    if !layout.is_numbered() {
        return Ok(Horizon::ALL);
    }
    let until = Instant::now() + LONGEST_WAIT;
    let (last, mut running) = writing_transactions(conn, layout)?;
    let is_over = loop {
        let mut endless = known.endless.lock();
        endless.retain(|transaction| running.contains(transaction));
        if running.len() == endless.len() {
            break running.is_empty();
        }
        if Instant::now() >= until {
            *endless = running;
            break false;
        }
        drop(endless);
        control.check()?;
        std::thread::sleep(POLL);
        let (_, still) = writing_transactions(conn, layout)?;
        running.retain(|transaction| still.contains(transaction));
    };
    // The process that closed a range had waited for all transactions that could write below its end.
    known.raise(if is_over { last } else { summary::watermark(conn)? });
    let up_to = known.up_to();
    Ok(Horizon {
        up_to,
        is_all: is_over || last <= up_to,
    })
}

/// Finds the horizon without waiting, by repeated polls.
#[derive(Debug, Default)]
pub struct HorizonPoll {
    last: i64,
    running: HashSet<String>,
    /// When `running` was read.
    since: Option<Instant>,
}

impl HorizonPoll {
    /// Polls once and raises the horizon. Must be called outside of a transaction.
    pub fn poll(&mut self, conn: &PgConn, layout: &Layout, known: &KnownHorizon) -> Result<()> {
        let (last, running) = writing_transactions(conn, layout)?;
        self.running.retain(|transaction| running.contains(transaction));
        if !self.running.is_empty() {
            if self.since.is_some_and(|since| since.elapsed() > NOTICED_WAIT) {
                *known.awaited.lock() = describe(conn, &self.running)?;
            }
            return Ok(());
        }
        *known.awaited.lock() = None;
        known.raise(if running.is_empty() { last } else { self.last });
        *self = Self {
            last,
            running,
            since: Some(Instant::now()),
        };
        Ok(())
    }

    /// Returns true if another poll would find nothing new.
    pub fn is_over(&self) -> bool {
        self.running.is_empty()
    }
}
