//! The time that a partition spans, from the option or from the existing partitions.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::conn::PgConn;
use super::layout::Layout;
use crate::error::{Error, ErrorKind, Result};

const DAY_NS: i64 = 86_400_000_000_000;

/// Lists names and bounds of the partitions of `events`.
pub const LIST: &str = "SELECT c.relname || ' ' || pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = 'events'::regclass ORDER BY 1";

/// The time that a partition spans.
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
    /// Parses the value of the option; `None` means no partitions.
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "day" => Some(Self::Day),
            "week" => Some(Self::Week),
            "month" => Some(Self::Month),
            _ => None,
        }
    }

    /// Returns the value of the option.
    fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// Finds the step with these bounds of a partition.
    fn of_bounds(bounds: (i64, i64)) -> Option<Self> {
        let steps = [Self::Day, Self::Week, Self::Month];
        steps
            .into_iter()
            .find(|step| step.bounds(bounds.0) == Some(bounds))
    }

    /// Returns the first nanosecond of the partition of a time, and that of the next partition; `None` if one is out of range.
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

/// Returns the name of a partition, which contains its first day.
pub fn name(table: &str, first_ns: i64) -> String {
    let day =
        Timestamp::from_nanosecond(i128::from(first_ns)).map(|time| time.strftime("%Y%m%d").to_string());
    format!(
        "{table}_{}",
        day.unwrap_or_else(|_| first_ns.to_string()).replace('-', "b")
    )
}

/// Parses a line of [`LIST`]: `events_20240101 FOR VALUES FROM ('1704067200000000000') TO ('1704153600000000000')`.
pub fn bounds(line: &str) -> Option<(i64, i64)> {
    let mut bounds = line.split('\'').skip(1).step_by(2).map(str::parse::<i64>);
    Some((bounds.next()?.ok()?, bounds.next()?.ok()?))
}

/// Compares the option with the table and returns the step of new partitions. Without the option, it is the step of the existing
/// partitions; `None` if another program created partitions of other times.
///
/// # Errors
/// [`Config`](ErrorKind::Config) if the option contradicts the table, or if neither of them names a step.
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
}
