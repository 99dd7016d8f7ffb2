//! `seerflow import`: what `export` wrote, back into a store.

use std::cell::Cell;
use std::path::PathBuf;

use clap::ValueEnum;
use indicatif::ProgressBar;
use seerflow::transfer::{FeedOptions, Format};

use crate::context::Context;
use crate::failure::Done;
use crate::input::{Source, is_stdin};
use crate::load::Load;
use crate::{alert_file, dump};

/// Store what `export` wrote
#[derive(clap::Args)]
#[command(after_help = "\
Events come back as they were, ids and order included: importing a file twice stores its events once. Files may be \
compressed with gzip, Zstandard or xz. The exit code is 1 when a file could not be read to its end or an event was rejected.

Alerts come back with their counts and verdicts; one that is there stays as it is.

A file of `export all` brings every table, is imported by itself, and only into an empty store unless --merge is given: then \
rows that are there stay, and of two with the same key the newer one does.

Examples:
  seerflow import events.ndjson
  seerflow import alerts.ndjson
  seerflow import seerflow.ndjson.zst
  seerflow export events | seerflow import --set storage.sqlite_path=copy.db -")]
pub struct Args {
    /// What the input is
    #[arg(long, value_enum, default_value_t = FormatArg::Auto)]
    format: FormatArg,
    /// Add a file of `export all` to a store that is not empty
    #[arg(long)]
    merge: bool,
    /// Print the counts as JSON on standard output
    #[arg(long)]
    json: bool,
    /// Files, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum FormatArg {
    /// By the beginning, and by the end of the name (.ndjson, .csv)
    Auto,
    /// Events, one JSON object a line
    Ndjson,
    /// Events, comma-separated values with a header
    Csv,
    /// Alerts, one JSON object a line
    Alerts,
}

/// Runs the command.
pub fn run(args: Args, context: &Context) -> Done {
    let mut opened = None;
    if let [file] = args.files.as_slice()
        && let Ok(source) = Source::open(file, &ProgressBar::hidden(), &context.interrupt)
    {
        if source.is_dump() {
            return dump::load(source, file, args.merge, args.json, context);
        }
        let is_alerts = args.format == FormatArg::Auto && source.is_alerts();
        if is_alerts || args.format == FormatArg::Alerts {
            return alert_file::load(source, file, args.json, context);
        }
        // What a pipe brought cannot be read again.
        opened = Some(source).filter(|_| is_stdin(file));
    }
    let load = Load {
        files: &args.files,
        opened: Cell::new(opened),
        options: FeedOptions::new(Format::Ndjson),
        format: &|source, path| match args.format {
            FormatArg::Ndjson => Format::Ndjson,
            FormatArg::Csv => Format::Csv,
            FormatArg::Auto | FormatArg::Alerts => match source.format(path) {
                Format::Lines => Format::Csv,
                format => format,
            },
        },
        json: args.json,
        strict: true,
    };
    load.run(context)
}
