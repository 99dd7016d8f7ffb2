//! `seerflow status`: print the contents and state of a store.

use std::io::{self, Write};

use indicatif::{BinaryBytes, HumanCount};
use seerflow::Health;
use seerflow::store::StoreSummary;
use serde_json::{Value, json};

use crate::context::Context;
use crate::events::seconds;
use crate::failure::Done;
use crate::histogram::Histogram;
use crate::output::{Out, print_json};
use crate::terminal::escape;

/// Show the contents and the state of the store
#[derive(clap::Args)]
#[command(after_help = "\
The histogram shows the number of events over time in up to 40 bars of equal width; a long gap is one line. With --json, times are \
nanoseconds.

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
    let summary = engine.maintenance()?.summary(&control)?;
    let histogram = Histogram::of(&engine, &summary, &control)?;
    let newest_dead = engine.dead_letters()?.dead_letters(None, 1, &control)?.pop();
    let rejected = newest_dead.map(|letter| (letter.received_ns, letter.reason));
    let stats = engine.stats();
    let error = match engine.health() {
        Health::Degraded(failure) => Some(failure.reason),
        _ => stats.buffer.last_error,
    };
    let mut out = Out::new();
    let durability = stats.durability.name();
    if args.json {
        return Ok(print_json(
            &mut out,
            &as_json(&summary, durability, error, rejected, histogram.as_ref()),
        )?);
    }
    print(&mut out, &summary, durability, error, rejected)?;
    if let Some(histogram) = histogram {
        histogram.print(&mut out)?;
    }
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
    let schema = match (summary.schema_version, summary.migration) {
        (0, _) => "none: the database is empty".to_owned(),
        (version, 0) => format!("version {version}, made by {made_by}, not adopted by libseerflow"),
        (version, migration) => format!("version {version}, migration {migration}, made by {made_by}"),
    };
    let (size, free, wal) = (
        BinaryBytes(summary.bytes),
        BinaryBytes(summary.free_bytes),
        BinaryBytes(summary.wal_bytes),
    );
    let survives = if durability == "power" {
        "loss of power"
    } else {
        "death of the process"
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
            "summaries",
            format!(
                "up to arrival {} of {}",
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
    histogram: Option<&Histogram>,
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
        "oldest_ns": summary.oldest_ns,
        "newest_ns": summary.newest_ns,
        "durability": durability,
        "last_error": error,
        "last_rejected": rejected.map(|(when, reason)| json!({"received_ns": when, "reason": reason})),
        "histogram": histogram.map(Histogram::as_json),
    })
}
