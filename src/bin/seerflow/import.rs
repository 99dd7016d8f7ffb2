//! `seerflow import`: what `export` wrote, back into a store.

use std::path::PathBuf;

use clap::ValueEnum;
use seerflow::transfer::{FeedOptions, Format};

use crate::context::Context;
use crate::failure::Done;
use crate::load::Load;

/// Store events that `export` wrote
#[derive(clap::Args)]
#[command(after_help = "\
Events come back as they were, ids and order included: importing a file twice stores its events once. Files may be \
compressed with gzip, Zstandard or xz. The exit code is 1 when a file could not be read to its end or an event was rejected.

Examples:
  seerflow import events.ndjson
  seerflow export events | seerflow import --set storage.sqlite_path=copy.db -")]
pub struct Args {
    /// What the input is
    #[arg(long, value_enum, default_value_t = FormatArg::Auto)]
    format: FormatArg,
    /// Print the counts as JSON on standard output
    #[arg(long)]
    json: bool,
    /// Files, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum FormatArg {
    /// By the end of the name (.ndjson, .csv), else by the first byte
    Auto,
    /// One JSON object a line
    Ndjson,
    /// Comma-separated values with a header
    Csv,
}

/// Runs the command.
pub fn run(args: Args, context: &Context) -> Done {
    let load = Load {
        files: &args.files,
        options: FeedOptions::new(Format::Ndjson),
        format: &|source, path| match args.format {
            FormatArg::Ndjson => Format::Ndjson,
            FormatArg::Csv => Format::Csv,
            FormatArg::Auto => match source.format(path) {
                Format::Lines => Format::Csv,
                format => format,
            },
        },
        json: args.json,
        strict: true,
    };
    load.run(context)
}
