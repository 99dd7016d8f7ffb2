//! Partitions of time, for a database that is not shared with Seerflow: created ahead of time, dropped by retention.

use std::collections::BTreeSet;

use parking_lot::Mutex;

use super::conn::PgConn;
use super::locks;
use super::partition_step::{LIST, Step, bounds, name};
use super::pool::PgPool;
use super::transactions::{READ, Transactions};
use crate::codec::Batch;
use crate::error::{ErrorKind, Result};
use crate::log::{Level, Logger};
use crate::record::{Control, now_ns};
use crate::store::sql::{Conn, summary, tally};

const MINUTE_NS: i64 = 60_000_000_000;

/// The most partitions that are created. Events of other times go into the default partition.
const MAX_PARTITIONS: usize = 1_000;

/// The tables that are partitioned.
pub const TABLES: [&str; 2] = ["events", "entity_events"];

/// The existing partitions, as far as this process created or found them.
#[derive(Debug)]
pub struct Partitions {
    step: Step,
    /// Their first nanoseconds.
    known: Mutex<BTreeSet<i64>>,
    logger: Logger,
}

impl Partitions {
    /// Starts without known partitions.
    pub fn new(step: Step, logger: Logger) -> Self {
        Self {
            step,
            known: Mutex::default(),
            logger,
        }
    }

    /// Creates the first partitions: the default ones, and that of the present, from which later openings read the step.
    pub fn start(&self, conn: &PgConn) -> Result<()> {
        let there = "SELECT (to_regclass('events_default') IS NOT NULL AND to_regclass('entity_events_default') IS NOT NULL)::int";
        if conn.int(there)? > 0 {
            // A role that may not create tables uses the existing ones.
            return Ok(());
        }
        let begun = conn.begin(&format!("BEGIN; {}", locks::acquire(locks::PARTITION)));
        let defaults = TABLES
            .map(|table| format!("CREATE TABLE IF NOT EXISTS {table}_default PARTITION OF {table} DEFAULT"));
        let made = begun
            .and_then(|_| conn.batch(&defaults.join("; ")))
            .and_then(|()| {
                self.step
                    .bounds(now_ns())
                    .map_or(Ok(()), |bounds| make(conn, bounds))
            })
            .and_then(|()| conn.commit());
        if made.is_err() {
            conn.roll_back();
        }
        made
    }

    /// Creates the partitions that the batches need, the present one and the next.
    pub fn prepare(&self, pool: &PgPool, batches: &[Batch], now_ns: i64) -> Result<()> {
        let times = batches
            .iter()
            .flat_map(|batch| batch.rows.iter().map(|row| row.timestamp_ns));
        self.prepare_times(pool, times, now_ns)
    }

    /// Creates the partitions that events of these times need, the present one and the next.
    pub fn prepare_times(&self, pool: &PgPool, times: impl Iterator<Item = i64>, now_ns: i64) -> Result<()> {
        let mut known = self.known.lock();
        for bounds in missing(self.step, &known, times, now_ns) {
            let (conn, _) = pool.begin(
                &Control::unbounded(),
                &format!("BEGIN; {}", locks::acquire(locks::PARTITION)),
            )?;
            match make(&conn, bounds).and_then(|()| conn.commit()) {
                Ok(()) => {}
                // The default partition holds rows of that time already, which stay there; or the role may not create tables.
                Err(error) if matches!(error.kind(), ErrorKind::Invalid | ErrorKind::Permission) => {
                    conn.roll_back();
                    self.logger.log(Level::Warning, || {
                        let name = name("events", bounds.0);
                        format!(
                            "no partition {name} is made, its events go into the default partition: {error}"
                        )
                    });
                }
                Err(error) => {
                    conn.roll_back();
                    return Err(error);
                }
            }
            known.insert(bounds.0);
        }
        Ok(())
    }

    /// Drops the partitions that end before a time, and subtracts their events from the sums. Returns the number of these events.
    pub fn drop_before(&self, transactions: &Transactions, before_ns: i64, control: &Control) -> Result<u64> {
        let list = transactions.on_primary(control, READ, |conn| conn.list(LIST))?;
        let old: Vec<(i64, i64)> = list
            .iter()
            .filter_map(|line| bounds(line))
            .filter(|(_, end)| *end <= before_ns)
            .collect();
        if old.is_empty() {
            return Ok(0);
        }
        let begin = format!(
            "BEGIN; {}; {}",
            locks::acquire(locks::PARTITION),
            locks::acquire(locks::SUMMARIZE)
        );
        // In one transaction: blocks that hold events of several partitions are closed again once.
        let removed = match transactions.write_in(control, &begin, |conn| drop_all(conn, &old)) {
            Ok(events) => events,
            // Only its owner may drop it; the caller deletes its events instead.
            Err(error) if error.kind() == ErrorKind::Permission => {
                self.logger
                    .log(Level::Warning, || format!("no partition is dropped: {error}"));
                return Ok(0);
            }
            Err(error) => return Err(error),
        };
        self.known
            .lock()
            .retain(|known| old.iter().all(|(first, _)| first != known));
        Ok(removed)
    }
}

/// Returns the bounds of the partitions to create: the present one and the next, and those of the events up to
/// [`MAX_PARTITIONS`].
fn missing(
    step: Step,
    known: &BTreeSet<i64>,
    times: impl Iterator<Item = i64>,
    now_ns: i64,
) -> BTreeSet<(i64, i64)> {
    let present = step.bounds(now_ns);
    let next = present.and_then(|(_, next)| step.bounds(next));
    let is_missing = |bounds: &(i64, i64)| !known.contains(&bounds.0);
    let mut missing: BTreeSet<(i64, i64)> = present.into_iter().chain(next).filter(is_missing).collect();
    for time in times {
        if known.len() + missing.len() >= MAX_PARTITIONS {
            break;
        }
        missing.extend(step.bounds(time).filter(is_missing));
    }
    missing
}

fn drop_all(conn: &PgConn, partitions: &[(i64, i64)]) -> Result<u64> {
    let mut events = 0;
    for &(first, end) in partitions {
        events += drop_one(conn, first, end)?;
    }
    conn.execute(&conn.statements().drop_dead_ranges, &[])?;
    conn.execute(&conn.statements().drop_dead_tallies, &[])?;
    let first = partitions.iter().map(|(first, _)| *first).min().unwrap_or(0);
    let end = partitions.iter().map(|(_, end)| *end).max().unwrap_or(0);
    let blocks = conn.list(&format!(
        "SELECT first_seq || ' ' || last_seq FROM event_tallies WHERE max_ns >= {first} AND min_ns < {end}"
    ))?;
    for block in blocks {
        let bounds = block
            .split_once(' ')
            .and_then(|(a, b)| Some((a.parse::<i64>().ok()?, b.parse::<i64>().ok()?)));
        if let Some((first_seq, last_seq)) = bounds {
            conn.batch(&format!(
                "DELETE FROM event_tallies WHERE first_seq = {first_seq}"
            ))?;
            tally::close_block(conn, first_seq, last_seq)?;
        }
    }
    Ok(events)
}

/// Drops one partition; returns the number of its events.
fn drop_one(conn: &PgConn, first: i64, end: i64) -> Result<u64> {
    let there = format!(
        "SELECT (to_regclass('{}') IS NOT NULL)::int",
        name("events", first)
    );
    if conn.int(&there)? == 0 {
        // Another process was faster.
        return Ok(0);
    }
    let events = conn.int(&format!("SELECT count(*) FROM {}", name("events", first)))?;
    for table in TABLES {
        conn.batch(&format!("DROP TABLE IF EXISTS {}", name(table, first)))?;
    }
    // Rows of that time may remain in the default partition: count those again.
    let watermark = summary::watermark(conn)?;
    conn.batch(&format!(
        "DELETE FROM event_counts WHERE minute >= {first} / {MINUTE_NS} AND minute < {end} / {MINUTE_NS};
        INSERT INTO event_counts (minute, source_type, severity_id, events)
            SELECT timestamp_ns / {MINUTE_NS} - CASE WHEN timestamp_ns % {MINUTE_NS} < 0 THEN 1 ELSE 0 END, source_type, severity_id, count(*)
            FROM events
            WHERE timestamp_ns >= {first} AND timestamp_ns < {end} AND ingest_seq <= {watermark}
            GROUP BY 1, 2, 3"
    ))?;
    Ok(events.max(0) as u64)
}

fn make(conn: &PgConn, (first, next): (i64, i64)) -> Result<()> {
    for table in TABLES {
        conn.batch(&format!(
            "CREATE TABLE IF NOT EXISTS {} PARTITION OF {table} FOR VALUES FROM ({first}) TO ({next})",
            name(table, first)
        ))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_times_do_not_displace_the_present() {
        let day = 86_400_000_000_000;
        let known: BTreeSet<i64> = (0..MAX_PARTITIONS as i64).map(|n| n * day).collect();
        let now = 20_000 * day + 5;
        let bounds = |n: i64| (n * day, (n + 1) * day);
        let odd = [day * 5_000, day * 6_000];
        let wanted = BTreeSet::from([bounds(20_000), bounds(20_001)]);
        assert_eq!(missing(Step::Day, &known, odd.into_iter(), now), wanted);
        let none = BTreeSet::new();
        assert_eq!(missing(Step::Day, &none, odd.into_iter(), now).len(), 4);
        assert_eq!(
            missing(Step::Day, &none, (0..5_000).map(|n| n * day), now).len(),
            MAX_PARTITIONS
        );
    }
}
