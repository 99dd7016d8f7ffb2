//! Partitions of time, for those who share the database with nobody: made ahead, dropped by retention.

use std::collections::BTreeSet;

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use parking_lot::Mutex;

use super::conn::PgConn;
use super::layout::Layout;
use super::open::SUMMING;
use super::pool::Pool;
use super::{Opened, READ};
use crate::codec::Batch;
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Level, Logger};
use crate::record::{Control, now_ns};
use crate::store::sql::{Conn, summary, tally};

const DAY_NS: i64 = 86_400_000_000_000;
const MINUTE_NS: i64 = 60_000_000_000;

/// The most partitions that are made; what needs another one goes into the default partition.
const MOST: usize = 1_000;

/// Key of the lock that whoever makes partitions holds.
const LOCK: i64 = super::open::SUMMING + 2;

/// The tables that are partitioned.
pub const TABLES: [&str; 2] = ["events", "entity_events"];

/// Names and bounds of the partitions of `events`.
const LIST: &str = "SELECT c.relname || ' ' || pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = 'events'::regclass ORDER BY 1";

/// What a partition spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A day, in UTC.
    Day,
    /// Seven days; weeks begin on Mondays.
    Week,
    /// A month of the calendar.
    Month,
}

impl Step {
    /// Reads an option's word; `None` for no partitions.
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "day" => Some(Self::Day),
            "week" => Some(Self::Week),
            "month" => Some(Self::Month),
            _ => None,
        }
    }

    /// Returns the option's word.
    fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// Finds the step of which these are the bounds of a partition.
    fn of_bounds(bounds: (i64, i64)) -> Option<Self> {
        let steps = [Self::Day, Self::Week, Self::Month];
        steps
            .into_iter()
            .find(|step| step.bounds(bounds.0) == Some(bounds))
    }

    /// Returns the first nanosecond of the partition of a time, and that of the next one; `None` at the ends of time.
    pub fn bounds(self, time_ns: i64) -> Option<(i64, i64)> {
        // 1970 began on a Thursday.
        let (step, offset) = match self {
            Self::Day => (DAY_NS, 0),
            Self::Week => (7 * DAY_NS, 3 * DAY_NS),
            Self::Month => return month(time_ns),
        };
        let first = time_ns
            .checked_add(offset)?
            .div_euclid(step)
            .checked_mul(step)?
            .checked_sub(offset)?;
        Some((first, first.checked_add(step)?))
    }
}

fn month(time_ns: i64) -> Option<(i64, i64)> {
    let time = Timestamp::from_nanosecond(i128::from(time_ns)).ok()?;
    let first = time.to_zoned_datetime(TimeZone::UTC).date().first_of_month();
    let next = first.checked_add(1.month()).ok()?;
    let nanos = |date: jiff::civil::Date| {
        let midnight = date
            .to_zoned_datetime(TimeZone::UTC)
            .ok()?
            .timestamp()
            .as_nanosecond();
        i64::try_from(midnight).ok()
    };
    Some((nanos(first)?, nanos(next)?))
}

/// Names a partition by its first day.
fn name(table: &str, first_ns: i64) -> String {
    let day =
        Timestamp::from_nanosecond(i128::from(first_ns)).map(|time| time.strftime("%Y%m%d").to_string());
    format!(
        "{table}_{}",
        day.unwrap_or_else(|_| first_ns.to_string()).replace('-', "b")
    )
}

/// Reads a line of [`LIST`]: `events_20240101 FOR VALUES FROM ('1704067200000000000') TO ('1704153600000000000')`.
fn bounds(line: &str) -> Option<(i64, i64)> {
    let mut bounds = line.split('\'').skip(1).step_by(2).map(str::parse::<i64>);
    Some((bounds.next()?.ok()?, bounds.next()?.ok()?))
}

/// Holds the option against the table; returns what the partitions span that are to be made. Without the option, that is what
/// those span that are there; none are made where somebody made others than ours.
///
/// # Errors
/// [`Config`](ErrorKind::Config) when the table is not partitioned, or otherwise, and when nothing says how.
pub fn agree(conn: &PgConn, layout: &Layout, wanted: Option<Step>) -> Result<Option<Step>> {
    let refuse = |text: String| {
        let text = format!("storage.postgresql_partition {text}");
        Err(Error::new(ErrorKind::Config, text))
    };
    if !layout.is_partitioned {
        return match wanted {
            Some(wanted) => refuse(format!(
                "is {}: the table events is there and not partitioned; it can only be chosen for a new database",
                wanted.word()
            )),
            None => Ok(None),
        };
    }
    let mut lines = conn.list(LIST)?;
    lines.retain(|line| !line.ends_with(" DEFAULT"));
    let steps: Vec<Option<Step>> = lines
        .iter()
        .map(|line| bounds(line).and_then(Step::of_bounds))
        .collect();
    let there = steps.first().copied();
    let is_uniform = steps.iter().all(|step| Some(*step) == there);
    match (wanted, there) {
        (Some(wanted), None) => Ok(Some(wanted)),
        (None, None) => {
            refuse("is needed: the table events is partitioned, and has no partition yet".to_owned())
        }
        (wanted, Some(Some(there))) if is_uniform && wanted.is_none_or(|wanted| wanted == there) => {
            Ok(Some(there))
        }
        (Some(wanted), Some(Some(there))) if is_uniform => refuse(format!(
            "is {}, but each partition of the table events spans a {}: say {1}, or leave the option out",
            wanted.word(),
            there.word()
        )),
        (Some(wanted), _) => refuse(format!(
            "is {}, but the table events has partitions of other times: leave the option out",
            wanted.word()
        )),
        (None, _) => Ok(None),
    }
}

/// Knows which partitions are there, by their first nanosecond.
#[derive(Debug)]
pub struct Partitions {
    step: Step,
    known: Mutex<BTreeSet<i64>>,
    logger: Logger,
}

impl Partitions {
    /// Knows of none yet.
    pub fn new(step: Step, logger: Logger) -> Self {
        Self {
            step,
            known: Mutex::default(),
            logger,
        }
    }

    /// Makes the first partitions: the default ones, and that of the present, which tells every later opening what one spans.
    pub fn start(&self, conn: &PgConn) -> Result<()> {
        let there = "SELECT (to_regclass('events_default') IS NOT NULL AND to_regclass('entity_events_default') IS NOT NULL)::int";
        if conn.int(there)? > 0 {
            // Who may not make tables can go on with those that are there.
            return Ok(());
        }
        let begun = conn.begin(&format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK})"));
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

    /// Makes the partitions that the batches need, and the next one ahead of the present.
    pub fn prepare(&self, pool: &Pool, batches: &[Batch], now_ns: i64) -> Result<()> {
        let times = batches
            .iter()
            .flat_map(|batch| batch.rows.iter().map(|row| row.timestamp_ns));
        self.prepare_times(pool, times, now_ns)
    }

    /// Makes the partitions that events of these times need, and the next one ahead of the present.
    pub fn prepare_times(&self, pool: &Pool, times: impl Iterator<Item = i64>, now_ns: i64) -> Result<()> {
        let mut known = self.known.lock();
        for bounds in missing(self.step, &known, times, now_ns) {
            let (conn, _) = pool.begin(
                &Control::unbounded(),
                &format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK})"),
            )?;
            match make(&conn, bounds).and_then(|()| conn.commit()) {
                Ok(()) => {}
                // Rows of it are in the default partition already, where they stay; or we may not make tables.
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

    /// Drops the partitions that lie before a time, and takes their events out of the sums; returns how many events went.
    pub fn drop_before(&self, opened: &Opened, before_ns: i64, control: &Control) -> Result<u64> {
        let mut removed = 0;
        for line in opened.on_primary(control, READ, |conn| conn.list(LIST))? {
            let Some((first, end)) = bounds(&line).filter(|(_, end)| *end <= before_ns) else {
                continue;
            };
            let begin =
                format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK}), pg_advisory_xact_lock({SUMMING})");
            match opened.write_in(control, &begin, |conn| drop_one(conn, first, end)) {
                Ok(events) => removed += events,
                // Its owner may drop it; its events can be removed one by one.
                Err(error) if error.kind() == ErrorKind::Permission => {
                    self.logger
                        .log(Level::Warning, || format!("no partition is dropped: {error}"));
                    break;
                }
                Err(error) => return Err(error),
            }
            self.known.lock().remove(&first);
        }
        Ok(removed)
    }
}

/// Answers the bounds of the partitions that are to be made: the present one and the next in any case, and those of events as long
/// as there are not too many.
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
        if known.len() + missing.len() >= MOST {
            break;
        }
        missing.extend(step.bounds(time).filter(is_missing));
    }
    missing
}

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
    // The sums of that time begin again with what is left of it: rows that went into the default partition.
    let watermark = summary::watermark(conn)?;
    conn.batch(&format!(
        "DELETE FROM event_counts WHERE minute >= {first} / {MINUTE_NS} AND minute < {end} / {MINUTE_NS};
        INSERT INTO event_counts (minute, source_type, severity_id, events)
            SELECT timestamp_ns / {MINUTE_NS} - CASE WHEN timestamp_ns % {MINUTE_NS} < 0 THEN 1 ELSE 0 END, source_type, severity_id, count(*)
            FROM events
            WHERE timestamp_ns >= {first} AND timestamp_ns < {end} AND ingest_seq <= {watermark}
            GROUP BY 1, 2, 3"
    ))?;
    conn.execute(&conn.statements().drop_dead_ranges, &[])?;
    conn.execute(&conn.statements().drop_dead_tallies, &[])?;
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
    fn steps_follow_the_calendar_and_meet() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap().as_nanosecond() as i64;
        let at = time("2024-02-29T13:00:00Z");
        for (step, first, next) in [
            (Step::Day, "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"),
            (Step::Week, "2024-02-26T00:00:00Z", "2024-03-04T00:00:00Z"),
            (Step::Month, "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"),
        ] {
            let bounds = (time(first), time(next));
            assert_eq!(step.bounds(at), Some(bounds));
            assert_eq!(step.bounds(bounds.0), Some(bounds));
            assert_eq!(step.bounds(bounds.1 - 1), Some(bounds));
            assert_eq!(step.bounds(bounds.1).unwrap().0, bounds.1);
            assert!(step.bounds(-1).unwrap().1 <= step.bounds(1).unwrap().1);
            assert_eq!(step.bounds(i64::MAX), None);
            assert_eq!(step.bounds(i64::MIN), None);
        }
        assert_eq!(name("events", time("2024-02-01T00:00:00Z")), "events_20240201");
        assert_ne!(name("events", i64::MIN), name("events", 0));
    }

    #[test]
    fn odd_times_do_not_use_up_the_place_of_the_present() {
        let day = 86_400_000_000_000;
        let known: BTreeSet<i64> = (0..MOST as i64).map(|n| n * day).collect();
        let now = 20_000 * day + 5;
        let bounds = |n: i64| (n * day, (n + 1) * day);
        let odd = [day * 5_000, day * 6_000];
        let wanted = BTreeSet::from([bounds(20_000), bounds(20_001)]);
        assert_eq!(missing(Step::Day, &known, odd.into_iter(), now), wanted);
        let none = BTreeSet::new();
        assert_eq!(missing(Step::Day, &none, odd.into_iter(), now).len(), 4);
        assert_eq!(
            missing(Step::Day, &none, (0..5_000).map(|n| n * day), now).len(),
            MOST
        );
    }
}
