//! `seerflow prune`: remove old events.

use std::io::Write;

use indicatif::{BinaryBytes, HumanCount};
use seerflow::Engine;
use seerflow::record::{EventQuery, Total, Window};
use seerflow::store::{PruneOptions, PruneReport};
use serde_json::{Value, json};

use crate::args;
use crate::confirm::confirm;
use crate::context::Context;
use crate::events::seconds;
use crate::failure::Done;
use crate::output::{Out, print_json};

/// Remove old events and free their space
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("bound").required(true).multiple(true))]
#[command(after_help = "\
Dead letters before the time are removed too. A SQLite database made by libseerflow shrinks. One made by Seerflow keeps its size, \
and so does PostgreSQL unless whole partitions are dropped; new events reuse the space.

On a terminal the command reports what would be removed and asks for confirmation. Without a terminal, as in a crontab, --yes is \
required.

Examples:
  seerflow prune --older-than 30d
  seerflow prune --before 2026-01-01 --dry-run
  seerflow prune --max-size 2GiB --yes
  0 3 * * *  seerflow prune --older-than 90d --yes --quiet")]
pub struct Args {
    /// Remove events older than this: 30d, 12w, 36h
    #[arg(long, value_name = "AGE", value_parser = args::ago, conflicts_with = "before", group = "bound")]
    older_than: Option<i64>,
    /// Remove events before this time
    #[arg(long, value_name = "TIME", value_parser = args::time, group = "bound")]
    before: Option<i64>,
    /// Remove the oldest events until the database is no larger than this: 500MiB, 2GiB, 1.5TB
    #[arg(long, value_name = "SIZE", value_parser = args::size, group = "bound")]
    max_size: Option<u64>,
    /// Report what would be removed; remove nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: Args, context: &Context) -> Done {
    let engine = context.open()?;
    let options = PruneOptions {
        before_ns: args.older_than.or(args.before),
        max_bytes: args.max_size,
    };
    let mut out = Out::new();
    let (text, json) = if args.dry_run {
        forecast(&engine, &options, context)?
    } else {
        if !args.yes {
            confirm(&forecast(&engine, &options, context)?.0, false)?;
        }
        report(&engine.maintenance()?.prune(&options, &context.control())?)
    };
    if args.json {
        return Ok(print_json(&mut out, &json)?);
    }
    if args.dry_run || !context.quiet {
        writeln!(out, "{text}")?;
    }
    Ok(out.flush()?)
}

fn report(report: &PruneReport) -> (String, Value) {
    let text = format!(
        "removed {} events and {} dead letters; {} before, {} after",
        HumanCount(report.events),
        HumanCount(report.dead_letters),
        BinaryBytes(report.bytes_before),
        BinaryBytes(report.bytes_after),
    );
    let json = json!({
        "events": report.events,
        "dead_letters": report.dead_letters,
        "bytes_before": report.bytes_before,
        "bytes_after": report.bytes_after,
    });
    (text, json)
}

/// Counts events by time. For a size, estimates the number from the average size of an event.
fn forecast(
    engine: &Engine,
    options: &PruneOptions,
    context: &Context,
) -> Result<(String, Value), crate::failure::Failure> {
    let control = context.control();
    let summary = engine.maintenance()?.summary(&control)?;
    let mut events = 0;
    let mut text = String::new();
    if let Some(to_ns) = options.before_ns {
        let query = EventQuery {
            limit: 1,
            total: Total::Exact,
            ..EventQuery::within(Window { to_ns, ..Window::ALL })
        };
        events = engine.query_events(&query, &control)?.total.unwrap_or_default();
        text += &format!(
            "would remove {} events before {}; ",
            HumanCount(events),
            seconds(to_ns)
        );
    }
    let used = summary.bytes.saturating_sub(summary.free_bytes);
    if let Some(bound) = options.max_bytes {
        let excess = used.saturating_sub(bound) as f64 / used.max(1) as f64;
        let by_size = (excess * summary.events as f64).ceil() as u64;
        events = events.max(by_size);
        text += &format!(
            "would remove about {} events to get to {}; ",
            HumanCount(by_size),
            BinaryBytes(bound)
        );
    }
    text += &format!(
        "the store has {} events, {} used",
        HumanCount(summary.events),
        BinaryBytes(used)
    );
    Ok((
        text,
        json!({"dry_run": true, "events": events, "bytes_before": used}),
    ))
}
