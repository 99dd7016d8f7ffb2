//! `seerflow status`: what is in the store, and how it is.

use std::io::{self, Write};

use indicatif::{BinaryBytes, HumanCount};
use seerflow::record::{Control, NANOS_PER_SECOND, format_rfc3339};
use seerflow::store::StoreSummary;
use seerflow::{Engine, Health};
use serde_json::{Value, json};

use crate::context::Context;
use crate::events::seconds;
use crate::failure::{Done, Failure};
use crate::output::{Out, print_json};
use crate::table::{Look, bar, escape};

const MINUTE_NS: i64 = 60 * NANOS_PER_SECOND;
const DAY: i64 = 24 * 60;

/// Widths of a bar of the histogram, in minutes.
const BUCKETS: &[i64] = &[
    1,
    5,
    15,
    30,
    60,
    180,
    360,
    720,
    DAY,
    7 * DAY,
    28 * DAY,
    91 * DAY,
    364 * DAY,
    3640 * DAY,
];

/// Bars at the most.
const BARS: i64 = 16;

/// Columns of the longest bar.
const BAR_WIDTH: u64 = 40;

/// Show what is in the store and how it is
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow status
  seerflow status --json | jq .events")]
pub struct Args {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: Args, context: &Context) -> Done {
    let engine = context.open()?;
    let control = context.control();
    let summary = engine.summary(&control)?;
    let histogram = Histogram::of(&engine, &summary, &control)?;
    let newest_dead = engine.dead_letters(i64::MAX, 1, &control)?.pop();
    let rejected = newest_dead.map(|letter| (letter.received_ns, letter.reason));
    let stats = engine.stats();
    let error = match engine.health() {
        Health::Degraded(reason) => Some(reason),
        _ => stats.buffer.last_error,
    };
    let mut out = Out::new();
    let durability = stats.durability.name();
    if args.json {
        return Ok(print_json(
            &mut out,
            &as_json(&summary, durability, error, rejected, &histogram),
        )?);
    }
    print(&mut out, &summary, durability, error, rejected)?;
    histogram.print(&mut out)?;
    Ok(out.flush()?)
}

fn print(
    out: &mut Out,
    summary: &StoreSummary,
    durability: &str,
    error: Option<String>,
    rejected: Option<(i64, String)>,
) -> io::Result<()> {
    let made_by = if summary.made_by_seerflow {
        "Seerflow"
    } else {
        "libseerflow"
    };
    let schema = format!(
        "version {}, migration {}, made by {made_by}",
        summary.schema_version, summary.migration
    );
    let (size, free, wal) = (
        BinaryBytes(summary.bytes),
        BinaryBytes(summary.free_bytes),
        BinaryBytes(summary.wal_bytes),
    );
    let survives = if durability == "power" {
        "the loss of power"
    } else {
        "the death of the process"
    };
    let time = |ns: Option<i64>| ns.map_or("-".to_owned(), seconds);
    let mut lines = vec![
        ("database", summary.location.clone()),
        ("schema", schema),
        (
            "size",
            format!("{size}, {free} of it free; write-ahead log {wal}"),
        ),
        ("events", HumanCount(summary.events).to_string()),
        ("oldest", time(summary.oldest_ns)),
        ("newest", time(summary.newest_ns)),
        ("templates", HumanCount(summary.templates).to_string()),
        ("dead letters", HumanCount(summary.dead_letters).to_string()),
        (
            "summed up",
            format!(
                "to arrival {} of {}",
                HumanCount(summary.watermark.max(0) as u64),
                HumanCount(summary.last_seq.max(0) as u64)
            ),
        ),
        (
            "durability",
            format!("{durability}: a commit survives {survives}"),
        ),
    ];
    if let Some((when, reason)) = rejected {
        lines.push(("last rejected", format!("{}: {reason}", seconds(when))));
    }
    lines.push(("last error", error.unwrap_or_else(|| "none".to_owned())));
    for (name, value) in lines {
        writeln!(out, "{name:<14}{}", escape(&value))?;
    }
    Ok(())
}

fn as_json(
    summary: &StoreSummary,
    durability: &str,
    error: Option<String>,
    rejected: Option<(i64, String)>,
    histogram: &Histogram,
) -> Value {
    json!({
        "location": summary.location,
        "schema_version": summary.schema_version,
        "migration": summary.migration,
        "made_by_seerflow": summary.made_by_seerflow,
        "bytes": summary.bytes,
        "free_bytes": summary.free_bytes,
        "wal_bytes": summary.wal_bytes,
        "events": summary.events,
        "templates": summary.templates,
        "dead_letters": summary.dead_letters,
        "watermark": summary.watermark,
        "last_seq": summary.last_seq,
        "oldest": summary.oldest_ns.map(format_rfc3339),
        "newest": summary.newest_ns.map(format_rfc3339),
        "durability": durability,
        "last_error": error,
        "last_rejected": rejected.map(|(when, reason)| json!({"received": format_rfc3339(when), "reason": reason})),
        "histogram": {
            "bucket_seconds": histogram.minutes * 60,
            "left_out": histogram.left_out,
            "buckets": histogram.bars.iter()
                .map(|(start, events)| json!({"start": format_rfc3339(*start), "events": events}))
                .collect::<Vec<_>>(),
        },
    })
}

/// Events over the time in which most of them lie.
struct Histogram {
    minutes: i64,
    bars: Vec<(i64, u64)>,
    /// Events far from the others: a device whose clock stands in 1970 must not squeeze all the rest into one bar.
    left_out: u64,
}

impl Histogram {
    fn of(engine: &Engine, summary: &StoreSummary, control: &Control) -> Result<Self, Failure> {
        let mut histogram = Self {
            minutes: 1,
            bars: Vec::new(),
            left_out: 0,
        };
        let Some((oldest, newest)) = summary.oldest_ns.zip(summary.newest_ns) else {
            return Ok(histogram);
        };
        let days = engine.histogram(oldest, newest, DAY * MINUTE_NS, control)?;
        let days = histogram.trim(&days);
        let Some(((first, _), (last, _))) = days.first().zip(days.last()) else {
            return Ok(histogram);
        };
        let from = oldest.max(*first);
        let to = newest.min(last.saturating_add(DAY * MINUTE_NS - 1));
        let span = to.saturating_sub(from) / MINUTE_NS;
        histogram.minutes = *BUCKETS
            .iter()
            .find(|width| span / *width < BARS)
            .unwrap_or(&BUCKETS[BUCKETS.len() - 1]);
        let width = histogram.minutes * MINUTE_NS;
        let found = engine.histogram(from, to, width, control)?;
        // Empty buckets are left out by the store, and belong into the picture.
        let mut next = None;
        for (start, events) in found {
            while let Some(missing) = next.filter(|next| *next < start) {
                histogram.bars.push((missing, 0));
                next = missing.checked_add(width);
            }
            histogram.bars.push((start, events));
            next = start.checked_add(width);
        }
        Ok(histogram)
    }

    /// Takes days off both ends that together hold less than a hundredth of the events each.
    fn trim<'d>(&mut self, days: &'d [(i64, u64)]) -> &'d [(i64, u64)] {
        let total: u64 = days.iter().map(|(_, events)| events).sum();
        let few = |days: &mut dyn Iterator<Item = &(i64, u64)>| {
            let mut sum = 0;
            days.take_while(|(_, events)| {
                sum += events;
                sum * 100 < total
            })
            .count()
        };
        let (start, end) = (few(&mut days.iter()), few(&mut days.iter().rev()));
        let kept = days.get(start..days.len() - end).unwrap_or(days);
        self.left_out = total - kept.iter().map(|(_, events)| events).sum::<u64>();
        kept
    }

    fn print(&self, out: &mut Out) -> io::Result<()> {
        let Some(most) = self.bars.iter().map(|(_, events)| *events).max() else {
            return Ok(());
        };
        let unit = match self.minutes {
            minutes if minutes % DAY == 0 => format!("{} d", minutes / DAY),
            minutes if minutes % 60 == 0 => format!("{} h", minutes / 60),
            minutes => format!("{minutes} min"),
        };
        writeln!(out, "\nevents per {unit}")?;
        let (on, off) = if out.colour {
            (Look::Cyan.ansi(), "\x1b[0m")
        } else {
            ("", "")
        };
        for (start, events) in &self.bars {
            let time = seconds(*start);
            let time = if self.minutes % DAY == 0 {
                time.get(..10)
            } else {
                time.get(..16)
            }
            .unwrap_or(&time);
            writeln!(
                out,
                "{time}  {on}{}{off} {}",
                bar(*events, most, BAR_WIDTH),
                HumanCount(*events)
            )?;
        }
        if self.left_out > 0 {
            writeln!(
                out,
                "{} events long before or after are not shown",
                HumanCount(self.left_out)
            )?;
        }
        Ok(())
    }
}
