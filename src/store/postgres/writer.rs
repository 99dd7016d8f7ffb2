//! The bulk write: parts in transactions of their own, side by side, and what became of them when a connection broke.

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use uuid::Uuid;

use super::conn::PgConn;
use super::layout::Layout;
use super::part::{Part, PartReport, is_about_rows};
use super::partition::Partitions;
use super::pool::Pool;
use crate::codec::Batch;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, now_ns};
use crate::store::{CommitReport, Refused};
use crate::threads;

/// A part has at least so many events, if it is not the only one.
const PART: usize = 1_000;

/// How often, and how long, a transaction that had to give way to another one is tried again at once. A lock that somebody holds
/// is no matter of moments: whoever asks how the store is must hear of it.
const TRIES: u32 = 20;
const PATIENCE: Duration = Duration::from_secs(1);

/// Begins a transaction and tells its number, by which its outcome can be asked for later.
pub const BEGIN: &str = "BEGIN; SELECT pg_current_xact_id()::text";

/// Writes batches.
#[derive(Debug)]
pub struct Writer {
    /// How many parts there may be at once.
    pub most: usize,
    /// Makes partitions, where there are any.
    pub partitions: Option<Partitions>,
    /// What is known of parts that must be tried again because of another one, or whose COMMIT was not answered.
    known: Mutex<HashMap<u64, Known>>,
}

#[derive(Clone, Debug)]
enum Known {
    Committed(PartReport),
    /// The connection was lost during COMMIT: this was to be stored, by the transaction of this number.
    Unknown(PartReport, String),
}

impl Writer {
    /// Makes a writer of at most so many parts at once.
    pub fn new(most: usize, partitions: Option<Partitions>) -> Self {
        Self {
            most,
            partitions,
            known: Mutex::default(),
        }
    }

    /// Commits batches. After an error, those parts that are committed are remembered until the same batches come again.
    pub fn write(&self, pool: &Pool, layout: &Layout, batches: &[Batch]) -> Result<CommitReport> {
        let parts = parts(batches, self.most);
        let mut reports: Vec<Result<PartReport>> = Vec::with_capacity(parts.len());
        if let [part] = parts.as_slice() {
            reports.push(self.write_part(pool, layout, *part));
        } else {
            thread::scope(|scope| {
                let others: Vec<_> = parts[1..]
                    .iter()
                    .map(|part| {
                        threads::spawn_scoped(scope, "seerflow-part", || self.write_part(pool, layout, *part))
                    })
                    .collect();
                reports.push(self.write_part(pool, layout, parts[0]));
                reports.extend(others.into_iter().map(|other| {
                    match other {
                        Ok(other) => other
                            .join()
                            .unwrap_or_else(|_| Err(Error::new(ErrorKind::Panic, "a writer panicked"))),
                        Err(error) => Err(error.into()),
                    }
                }));
            });
        }
        let mut whole = CommitReport::default();
        let mut failed = None;
        for (part, report) in parts.iter().zip(reports) {
            match report {
                Ok(report) => {
                    whole.events += report.new.len() as u64;
                    let before = whole.duplicates.len();
                    whole.refused.extend(report.refused.iter().map(|one| Refused {
                        batch: before + one.batch,
                        ..one.clone()
                    }));
                    whole.duplicates.extend(&report.duplicates);
                    whole.edges.extend(report.edges.iter().cloned());
                    if parts.len() > 1 {
                        self.known.lock().insert(part.key(), Known::Committed(report));
                    }
                }
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            Some(error) => Err(error),
            None => {
                self.known.lock().clear();
                Ok(whole)
            }
        }
    }

    fn write_part(&self, pool: &Pool, layout: &Layout, part: Part<'_>) -> Result<PartReport> {
        let key = part.key();
        let known = self.known.lock().get(&key).cloned();
        match known {
            Some(Known::Committed(report)) => return Ok(report),
            Some(Known::Unknown(report, transaction)) => {
                if is_committed(pool, &report.new, &transaction)? {
                    self.known.lock().insert(key, Known::Committed(report.clone()));
                    return Ok(report);
                }
                self.known.lock().remove(&key);
            }
            None => {}
        }
        let mut must_merge = false;
        let mut tries = 0;
        let began = Instant::now();
        loop {
            match self.attempt(pool, layout, part, must_merge) {
                Err(error) if is_about_rows(&error) && !must_merge => must_merge = true,
                Err(error)
                    if error.kind() == ErrorKind::Busy && tries < TRIES && began.elapsed() < PATIENCE =>
                {
                    tries += 1;
                    thread::sleep(Duration::from_millis(u64::from(tries)));
                }
                done => return done,
            }
        }
    }

    fn attempt(&self, pool: &Pool, layout: &Layout, part: Part<'_>, must_merge: bool) -> Result<PartReport> {
        let control = Control::unbounded();
        if let Some(partitions) = &self.partitions {
            partitions.prepare(pool, part.batches, now_ns())?;
        }
        let (conn, transaction) = pool.begin(&control, BEGIN)?;
        let written = if must_merge {
            part.merge(&conn, layout)
        } else {
            part.copy(&conn, layout)
        };
        let report = match written {
            Ok(report) => report,
            Err(error) => {
                conn.roll_back();
                return Err(error);
            }
        };
        match conn.commit() {
            Ok(()) => Ok(report),
            Err(error) if conn.is_broken() || error.kind() == ErrorKind::Timeout => {
                conn.give_up();
                let transaction = transaction.unwrap_or_default();
                self.known
                    .lock()
                    .insert(part.key(), Known::Unknown(report, transaction));
                Err(error.within("the answer to COMMIT was lost and will be looked up"))
            }
            Err(error) => Err(error),
        }
    }
}

/// Cuts batches into parts of about the same size.
fn parts(batches: &[Batch], most: usize) -> Vec<Part<'_>> {
    let events: usize = batches.iter().map(|batch| batch.rows.len()).sum();
    let wanted = (events / PART).clamp(1, most.max(1));
    let size = events.div_ceil(wanted);
    let mut parts = Vec::with_capacity(wanted);
    let (mut first, mut taken) = (0, 0);
    for (position, batch) in batches.iter().enumerate() {
        taken += batch.rows.len();
        if taken >= size && parts.len() + 1 < wanted {
            parts.push(Part {
                batches: &batches[first..=position],
            });
            (first, taken) = (position + 1, 0);
        }
    }
    if first < batches.len() || parts.is_empty() {
        parts.push(Part {
            batches: &batches[first..],
        });
    }
    parts
}

/// Looks up whether a transaction whose COMMIT was not answered is committed.
///
/// Its number tells on the server that ran it. A standby that was promoted without having got it may give the number to another
/// transaction; so the rows must be there as well.
fn is_committed(pool: &Pool, ids: &[Uuid], transaction: &str) -> Result<bool> {
    let (conn, _) = pool.begin(&Control::unbounded(), "BEGIN READ ONLY")?;
    let found = look_up(&conn, ids, transaction);
    conn.roll_back();
    found
}

fn look_up(conn: &PgConn, ids: &[Uuid], transaction: &str) -> Result<bool> {
    // The number is digits; a number from before a crash that the server has not reached again is an error.
    let status = conn.ask(&format!(
        "SELECT coalesce(pg_xact_status('{transaction}'::xid8), 'old')"
    ));
    let status = match status {
        Ok(status) => status.unwrap_or_default(),
        Err(error) if error.kind() == ErrorKind::Invalid => {
            conn.batch("ROLLBACK; BEGIN READ ONLY")?;
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
            let there = conn.rows("SELECT count(*) FROM events WHERE event_id = ANY($1)", &[&ids])?;
            Ok(there.first().is_some_and(|row| row.get::<_, i64>(0) > 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{BatchBuilder, Limits};
    use crate::record::Event;

    fn batch(events: usize) -> Batch {
        let mut builder = BatchBuilder::new("struct", Limits::default(), None, 1);
        (0..events).for_each(|index| builder.push(index as u64, Ok(Event::default()), &[]));
        builder.take()
    }

    #[test]
    fn parts_are_even_and_whole() {
        let sizes =
            |batches: &[Batch], most| parts(batches, most).iter().map(Part::events).collect::<Vec<_>>();
        let four: Vec<Batch> = (0..4).map(|_| batch(1000)).collect();
        assert_eq!(sizes(&four, 4), [1000; 4]);
        assert_eq!(sizes(&four, 2), [2000; 2]);
        assert_eq!(sizes(&four, 3), [2000, 2000]);
        assert_eq!(sizes(&[batch(10), batch(20)], 4), [30]);
        assert_eq!(sizes(&[batch(0)], 4), [0]);
        let uneven = [batch(5000), batch(10), batch(10)];
        assert_eq!(sizes(&uneven, 4).iter().sum::<usize>(), 5020);
        assert_eq!(parts(&four, 2)[0].key(), parts(&four, 2)[0].key());
        assert_ne!(parts(&four, 2)[0].key(), parts(&four, 2)[1].key());
    }
}
