//! The bulk write: several transactions at once, and the outcome of one whose connection was lost.

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use uuid::Uuid;

use super::bulk_insert::{BulkInsert, InsertReport, is_about_rows};
use super::conn::PgConn;
use super::layout::Layout;
use super::partition::Partitions;
use super::pool::PgPool;
use crate::codec::Batch;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, now_ns};
use crate::store::{Claim, CommitReport, Turn};

/// How often, and how long, a transaction is retried at once after a conflict. A conflict that lasts longer is an error, because the
/// health of the store must show it.
const TRIES: u32 = 20;
const PATIENCE: Duration = Duration::from_secs(1);

/// Returns the statements that begin a transaction for a number of events. They return the number of the transaction, and the events'
/// arrival numbers: the first one if they are consecutive, otherwise all. The numbers are taken after the lock; see [`super::horizon`].
fn begin(layout: &Layout, events: usize) -> String {
    format!(
        "BEGIN; LOCK TABLE ONLY events IN ROW EXCLUSIVE MODE; \
         SELECT pg_current_xact_id()::text || coalesce(' ' || CASE WHEN max(n) - min(n) < {events} THEN min(n)::text \
         ELSE array_to_string(array_agg(n), ' ') END, '') \
         FROM (SELECT nextval('{}') AS n FROM generate_series(1, {events})) AS numbers",
        layout.sequence
    )
}

/// Parses the answer to [`begin`].
fn begun(answer: &str, events: usize) -> (String, Vec<i64>) {
    let mut words = answer.split(' ');
    let transaction = words.next().unwrap_or_default().to_owned();
    let numbers: Vec<i64> = words.filter_map(|word| word.parse().ok()).collect();
    match numbers.as_slice() {
        [first] => (transaction, (*first..).take(events).collect()),
        _ => (transaction, numbers),
    }
}

/// Inserts batches.
#[derive(Debug)]
pub struct Writer {
    /// Creates partitions; `None` if the tables have none.
    pub partitions: Option<Partitions>,
    /// Transactions whose COMMIT was not answered: their report and number, by the key of the batches.
    unknown: Mutex<HashMap<u64, (InsertReport, String)>>,
}

impl Writer {
    /// Makes a writer.
    pub fn new(partitions: Option<Partitions>) -> Self {
        Self {
            partitions,
            unknown: Mutex::default(),
        }
    }

    /// Commits batches in one transaction; returns `None` if `claim` answers no. If the answer to COMMIT is lost, the error is in doubt,
    /// and the caller must pass the same batches again: their outcome is looked up first. The turn is released when the events have their
    /// numbers.
    pub fn write(
        &self,
        pool: &PgPool,
        layout: &Layout,
        batches: &[Batch],
        turn: &mut Option<Turn<'_>>,
        claim: Claim<'_>,
    ) -> Result<Option<CommitReport>> {
        let part = BulkInsert { batches };
        let key = part.key();
        let unknown = self.unknown.lock().get(&key).cloned();
        if let Some((report, transaction)) = unknown {
            let is_there = is_committed(pool, &report.new, &transaction).map_err(Error::in_doubt)?;
            self.unknown.lock().remove(&key);
            if is_there {
                return Ok(Some(report.commit));
            }
        }
        let mut must_merge = false;
        let mut tries = 0;
        let began = Instant::now();
        loop {
            match self.attempt(pool, layout, part, must_merge, turn, claim) {
                Err(error) if is_about_rows(&error) && !must_merge => must_merge = true,
                Err(error)
                    if error.kind() == ErrorKind::Busy && tries < TRIES && began.elapsed() < PATIENCE =>
                {
                    tries += 1;
                    thread::sleep(Duration::from_millis(u64::from(tries)));
                }
                done => return done.map(|report| report.map(|report| report.commit)),
            }
        }
    }

    fn attempt(
        &self,
        pool: &PgPool,
        layout: &Layout,
        part: BulkInsert<'_>,
        must_merge: bool,
        turn: &mut Option<Turn<'_>>,
        claim: Claim<'_>,
    ) -> Result<Option<InsertReport>> {
        let control = Control::unbounded();
        if let Some(partitions) = &self.partitions {
            partitions.prepare(pool, part.batches, now_ns())?;
        }
        let events = part.events();
        let (conn, answer) = pool.begin(&control, &begin(layout, events))?;
        if !claim() {
            conn.roll_back();
            return Ok(None);
        }
        *turn = None;
        let (transaction, numbers) = begun(&answer.unwrap_or_default(), events);
        let written = if must_merge {
            part.merge(&conn, layout, &numbers)
        } else {
            part.copy(&conn, layout, &numbers)
        };
        let report = match written {
            Ok(report) => report,
            Err(error) => {
                conn.roll_back();
                return Err(error);
            }
        };
        match conn.commit() {
            Ok(()) => Ok(Some(report)),
            Err(error) if conn.is_broken() || error.kind() == ErrorKind::Timeout => {
                conn.give_up();
                self.unknown.lock().insert(part.key(), (report, transaction));
                // An I/O error whatever the cause: the caller must try again.
                Err(Error::new(ErrorKind::Io, error.to_string())
                    .within("the answer to COMMIT was lost and will be looked up")
                    .in_doubt())
            }
            Err(error) => Err(error),
        }
    }
}

/// Looks up whether a transaction whose COMMIT was not answered was committed.
///
/// The server that ran it knows its number. A promoted standby may not have received it, and may give the number to another transaction.
/// So all rows must exist too; another process may have stored some with the same ids. If some were pruned meanwhile, all are stored once
/// more and pruned again.
fn is_committed(pool: &PgPool, ids: &[Uuid], transaction: &str) -> Result<bool> {
    let (conn, _) = pool.begin(&Control::unbounded(), "BEGIN READ ONLY")?;
    let found = look_up(&conn, ids, transaction);
    conn.roll_back();
    found
}

fn look_up(conn: &PgConn, ids: &[Uuid], transaction: &str) -> Result<bool> {
    // The number consists of digits. After a crash the server may not know the number yet, which is an error.
    let status = conn.ask(&format!(
        "SELECT coalesce(pg_xact_status('{transaction}'::xid8), 'old')"
    ));
    let status = match status {
        Ok(status) => status.unwrap_or_default(),
        Err(error) if error.kind() == ErrorKind::Invalid => {
            conn.roll_back();
            conn.begin("BEGIN READ ONLY")?;
            "aborted".to_owned()
        }
        Err(error) => return Err(error),
    };
    match status.as_str() {
        "in progress" => Err(Error::new(
            ErrorKind::Busy,
            "PostgreSQL: a transaction whose COMMIT was not answered is still at work",
        )),
        "aborted" => Ok(false),
        _ if ids.is_empty() => Ok(true),
        _ => {
            let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
            let there = conn.rows(
                "SELECT count(DISTINCT event_id) FROM events WHERE event_id = ANY($1)",
                &[&ids],
            )?;
            let there = there.first().map_or(0, |row| row.get::<_, i64>(0));
            Ok(there == ids.len() as i64)
        }
    }
}
