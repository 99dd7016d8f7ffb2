//! `seerflow export`: events in this file, other exports in the files named after them.

pub mod alerts;
pub mod all;

use std::path::PathBuf;

use clap::ValueEnum;
use indicatif::{BinaryBytes, HumanCount};
use seerflow::record::{Cursor, EventQuery};
use seerflow::transfer::{Exported, Format, export};

use crate::args::{self, Filters};
use crate::context::Context;
use crate::events::warn_unreadable;
use crate::failure::{Done, Failure};
use crate::output::CsvArgs;
use crate::progress::{self, Progress, Unit};
use crate::target::Target;

/// Write records to a file
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  seerflow export events --output events.ndjson
  seerflow export alerts --since 30d --output alerts.ndjson
  seerflow export all --output seerflow.ndjson.zst")]
pub enum Command {
    All(all::Args),
    Alerts(alerts::Args),
    Events(Box<Args>),
}

/// Write all matching events with all fields, in arrival order
#[derive(clap::Args)]
#[command(after_help = "\
NDJSON leaves out fields at their default. CSV has one column per field; lists, maps and the body are JSON. `import` reads both \
without loss, except texts that --csv-safe changed.

At the end, or when interrupted, the command prints `resume with --cursor ...` on standard error: with that cursor, an export \
continues after the last event written and appends to --output.

Examples:
  seerflow export events --output events.ndjson
  seerflow export events --format csv --source sshd --since 7d --output sshd.csv
  seerflow export events | zstd > events.ndjson.zst
  seerflow export events --output events.ndjson \\
    --cursor c17a3c0ffee000000000000000000002a")]
pub struct Args {
    /// File to write, readable by its owner only; - or nothing for standard output. An existing file is replaced when the new one
    /// is complete
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = FormatArg::Ndjson)]
    format: FormatArg,
    #[command(flatten)]
    csv: CsvArgs,
    /// Continue after this cursor; an existing --output is appended to
    #[arg(long, value_name = "CURSOR", value_parser = args::cursor)]
    cursor: Option<Cursor>,
    #[command(flatten)]
    filters: Filters,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum FormatArg {
    /// One JSON object per line
    Ndjson,
    /// Comma-separated values with a header
    Csv,
}

/// Runs the command.
pub fn run(command: Command, context: &Context) -> Done {
    match command {
        Command::All(args) => all::run(&args, context),
        Command::Alerts(args) => alerts::run(args, context),
        Command::Events(args) => events(*args, context),
    }
}

fn events(args: Args, context: &Context) -> Done {
    let query = EventQuery {
        cursor: args.cursor,
        ..args.filters.query()?
    };
    let engine = context.open()?;
    let control = context.control();
    let format = match args.format {
        FormatArg::Ndjson => Format::Ndjson,
        FormatArg::Csv => args.csv.format(),
    };
    let total = if query == EventQuery::default() {
        Some(engine.maintenance()?.summary(&control)?.events)
    } else {
        None
    };
    let path = args.output.as_deref();
    let mut target = match args.cursor {
        Some(_) => Target::append(path)?,
        None => Target::create(path)?,
    };
    let header = !target.is_appending();
    let progress = Progress::new(Unit::Events, total, context.quiet);
    let mut reached = Exported {
        cursor: args.cursor,
        ..Exported::default()
    };
    let done = export(
        &engine,
        &query,
        (format, header),
        &mut target,
        &control,
        &mut |now| {
            reached = *now;
            progress.bar().set_position(now.events);
        },
    );
    drop(progress);
    // An unfinished page is removed from the output, which keeps the printed cursor correct.
    let kept = match &done {
        Ok(_) => target.finish().map(|()| true)?,
        Err(_) => target.keep_prefix(reached.bytes),
    };
    context.note(format!(
        "exported {} events, {}",
        HumanCount(reached.events),
        BinaryBytes(reached.bytes)
    ));
    let resume = reached
        .cursor
        .filter(|_| kept)
        .map(|cursor| format!("resume with --cursor {}", cursor.token()));
    match done.map_err(Failure::from) {
        Ok(_) => {
            resume.iter().for_each(|line| context.note(line));
            warn_unreadable(reached.unreadable)
        }
        Err(failure) => {
            // Printed even with --quiet: it is needed to resume.
            if !matches!(failure, Failure::ClosedPipe) {
                resume.iter().for_each(|line| progress::note(line));
            }
            Err(failure)
        }
    }
}
