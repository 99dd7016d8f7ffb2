//! The histogram of `status`: number of events over time, oldest first.

use std::collections::BTreeMap;
use std::io::{self, Write};

use indicatif::HumanCount;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use seerflow::Engine;
use seerflow::record::{Control, EventQuery, NANOS_PER_SECOND};
use seerflow::store::StoreSummary;
use serde_json::{Value, json};

use crate::events::seconds;
use crate::failure::Failure;
use crate::output::Out;
use crate::table::{Style, bar};

const MINUTE_NS: i64 = 60 * NANOS_PER_SECOND;
const DAY: i64 = 24 * 60;

/// Widths of a bar, narrowest first.
const WIDTHS: [Width; 19] = [
    Width::Minutes(1),
    Width::Minutes(2),
    Width::Minutes(5),
    Width::Minutes(10),
    Width::Minutes(15),
    Width::Minutes(30),
    Width::Minutes(60),
    Width::Minutes(120),
    Width::Minutes(180),
    Width::Minutes(360),
    Width::Minutes(720),
    Width::Minutes(DAY),
    Width::Minutes(2 * DAY),
    Width::Minutes(7 * DAY),
    Width::Months(1),
    Width::Months(3),
    Width::Months(12),
    Width::Months(24),
    Width::Months(120),
];

/// The most lines of the histogram.
const MAX_LINES: usize = 40;

/// The most empty bars drawn in a row; a longer gap is drawn as one line.
const MAX_EMPTY: i64 = 2;

/// Terminal columns of the longest bar.
const BAR_WIDTH: u64 = 40;

/// The time that a bar covers. Days, weeks and months are in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    Minutes(i64),
    Months(i64),
}

impl Width {
    /// Returns the number of the bar that contains a time.
    fn index(self, ns: i64) -> i64 {
        match self {
            Width::Minutes(minutes) => ns.div_euclid(minutes * MINUTE_NS),
            Width::Months(months) => {
                let date = date(ns);
                (i64::from(date.year()) * 12 + i64::from(date.month()) - 1).div_euclid(months)
            }
        }
    }

    /// Returns the start of a bar.
    fn start(self, index: i64) -> i64 {
        match self {
            Width::Minutes(minutes) => index.saturating_mul(minutes * MINUTE_NS),
            Width::Months(months) => {
                let month = index.saturating_mul(months);
                let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
                let first = Date::new(year as i16, month as i8, 1).unwrap_or(Date::ZERO);
                let start = first
                    .to_zoned_datetime(TimeZone::UTC)
                    .map(|start| start.timestamp());
                start
                    .ok()
                    .and_then(|start| i64::try_from(start.as_nanosecond()).ok())
                    .unwrap_or(i64::MIN)
            }
        }
    }

    fn name(self) -> String {
        let (number, unit) = match self {
            Width::Months(months) if months % 12 == 0 => (months / 12, "year"),
            Width::Months(months) => (months, "month"),
            Width::Minutes(minutes) if minutes % DAY == 0 => (minutes / DAY, "day"),
            Width::Minutes(minutes) if minutes % 60 == 0 => (minutes / 60, "hour"),
            Width::Minutes(minutes) => (minutes, "minute"),
        };
        match number {
            1 => unit.to_owned(),
            number => format!("{number} {unit}s"),
        }
    }

    /// Formats the start of a bar, as precisely as the width requires.
    fn label(self, ns: i64) -> String {
        let time = seconds(ns);
        let end = match self {
            Width::Months(months) if months % 12 == 0 => 4,
            Width::Months(_) => 7,
            Width::Minutes(minutes) if minutes % DAY == 0 => 10,
            Width::Minutes(_) => 16,
        };
        time.get(..end).unwrap_or(&time).to_owned()
    }
}

fn date(ns: i64) -> Date {
    let time = Timestamp::from_nanosecond(i128::from(ns)).unwrap_or_default();
    civil::DateTime::from(time.to_zoned_datetime(TimeZone::UTC)).date()
}

/// Number of events per bar.
#[derive(Debug, PartialEq, Eq)]
pub struct Histogram {
    width: Width,
    /// Number of events by number of the bar, without empty ones.
    bars: BTreeMap<i64, u64>,
    /// The time of the oldest event, where the first bar starts.
    oldest_ns: i64,
}

impl Histogram {
    /// Counts all events of a store.
    pub fn of(engine: &Engine, summary: &StoreSummary, control: &Control) -> Result<Option<Self>, Failure> {
        let Some(oldest) = summary.oldest_ns else {
            return Ok(None);
        };
        let all = EventQuery::default();
        let aggregates = engine.aggregates()?;
        let days = aggregates.histogram(None, &all, DAY * MINUTE_NS, control)?;
        // If all events are within a few days, count again by the minute.
        let (found, finest) = if days.len() <= MAX_LINES {
            (aggregates.histogram(None, &all, MINUTE_NS, control)?, WIDTHS[0])
        } else {
            (days, Width::Minutes(DAY))
        };
        let found: Vec<_> = found
            .iter()
            .map(|bucket| (bucket.start_ns, bucket.events))
            .collect();
        Ok(Some(Self::choose_width(&found, finest, oldest)))
    }

    /// Selects the narrowest width that gives at most `MAX_LINES` lines and is not below `finest`, the width that was counted.
    fn choose_width(found: &[(i64, u64)], finest: Width, oldest_ns: i64) -> Self {
        let mut widths = WIDTHS.iter().skip_while(|width| **width != finest);
        loop {
            let width = *widths.next().unwrap_or(&WIDTHS[WIDTHS.len() - 1]);
            let mut bars = BTreeMap::new();
            for (start, events) in found {
                *bars.entry(width.index(*start)).or_default() += events;
            }
            let fitting = Self {
                width,
                bars,
                oldest_ns,
            };
            if fitting.lines().count() <= MAX_LINES || width == WIDTHS[WIDTHS.len() - 1] {
                return fitting;
            }
        }
    }

    /// Returns the lines: the number of a bar and its events, or `None` for a long gap.
    fn lines(&self) -> impl Iterator<Item = (i64, Option<u64>)> {
        let mut before = None;
        self.bars.iter().flat_map(move |(index, events)| {
            let next = before.replace(*index).map_or(*index, |before| before + 1);
            let empty = index - next;
            let gap = (empty > MAX_EMPTY).then_some((next, None));
            let zeros = if gap.is_none() { next..*index } else { 0..0 };
            gap.into_iter()
                .chain(zeros.map(|index| (index, Some(0))))
                .chain([(*index, Some(*events))])
        })
    }

    /// Returns the bars as JSON, without empty ones.
    pub fn as_json(&self) -> Value {
        let buckets = self
            .bars
            .iter()
            .map(|(index, events)| json!({"start_ns": self.width.start(*index), "events": events}));
        json!({"bucket": self.width.name(), "buckets": buckets.collect::<Vec<_>>()})
    }

    /// Prints the histogram.
    pub fn print(&self, out: &mut Out) -> io::Result<()> {
        let most = self.bars.values().max().copied().unwrap_or_default();
        writeln!(out, "\nevents per {}", self.width.name())?;
        for (index, events) in self.lines() {
            let label = self.width.label(self.width.start(index).max(self.oldest_ns));
            match events {
                Some(0) => writeln!(out, "{label}  0")?,
                Some(events) => {
                    write!(out, "{label}  ")?;
                    out.styled(Style::Cyan, &bar(events, most, BAR_WIDTH))?;
                    writeln!(out, " {}", HumanCount(events))?;
                }
                None => writeln!(out, "{:<1$}  none", "...", label.len())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> i64 {
        seerflow::record::parse_time(time, 0).unwrap()
    }

    #[test]
    fn outliers_do_not_widen_all_bars() {
        // A clock at 1970, a day in 2005, and a week of this year with an event per hour.
        let mut found = vec![(0, 1), (at("2005-06-03T10:00:00Z"), 7)];
        found.extend((0..7 * 24).map(|hour| (at("2026-07-01") + hour * 60 * MINUTE_NS, 2)));
        let picture = Histogram::choose_width(&found, WIDTHS[0], 0);
        assert_eq!(picture.width, Width::Minutes(360));
        let lines: Vec<_> = picture.lines().collect();
        assert_eq!(lines.len(), 2 + 2 + 28);
        assert_eq!((lines[0].1, lines[1].1, lines[2].1), (Some(1), None, Some(7)));
        assert_eq!(picture.bars.values().sum::<u64>(), 1 + 7 + 2 * 7 * 24);
    }

    #[test]
    fn long_spans_use_months_and_years() {
        let days: Vec<_> = (0..21 * 365)
            .map(|day| (at("2005-06-03") + day * DAY * MINUTE_NS, 1))
            .collect();
        let picture = Histogram::choose_width(&days, Width::Minutes(DAY), days[0].0);
        assert_eq!(picture.width, Width::Months(12));
        assert_eq!(
            picture.width.start(*picture.bars.keys().next().unwrap()),
            at("2005-01-01")
        );
        let months = Width::Months(3);
        assert_eq!(months.start(months.index(at("1969-12-31"))), at("1969-10-01"));
        assert_eq!(
            months.label(months.start(months.index(at("2026-06-30")))),
            "2026-04"
        );
        // The smallest and the largest representable time.
        for width in WIDTHS {
            for ns in [i64::MIN, i64::MAX] {
                assert!(width.start(width.index(ns)) <= ns);
            }
        }
    }
}
