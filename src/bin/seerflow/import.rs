//! `seerflow import`: read files that `export` wrote into a store.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use indicatif::ProgressBar;
use seerflow::WriteOptions;
use seerflow::record::{Alert, Field};
use seerflow::transfer::{ALERTS_START, Format};
use serde_json::{Map, Value};

use crate::context::Context;
use crate::export::{alerts, all};
use crate::failure::{Done, Failure};
use crate::input::{Source, is_stdin, name_of};
use crate::load::Load;

/// Store files that `export` wrote
#[derive(clap::Args)]
#[command(after_help = "\
Events keep their ids and order: importing a file twice stores its events once. Files may be compressed with gzip, Zstandard or \
xz. Other files are refused; `ingest` reads logs of any kind.

Alerts keep their counts and verdicts; an alert that is already stored is skipped. Seerflow's NDJSON of alerts is accepted too. \
Missing fields of alerts are filled in: the id, the time, the entity's id, and a dedup_key of type, rule and entity.

A file of `export all` contains every table. Import it alone, into an empty store; with --merge the store may have rows: they are \
kept, and of two rows with the same key the newer one is.

Examples:
  seerflow import events.ndjson
  seerflow import alerts.ndjson
  seerflow import seerflow.ndjson.zst
  seerflow export events |
    seerflow import --set storage.sqlite_path=copy.db -")]
pub struct Args {
    /// Type of the records
    #[arg(long = "type", value_name = "TYPE", value_enum, default_value_t = TypeArg::Auto)]
    kind: TypeArg,
    /// Format of events
    #[arg(long, value_enum, default_value_t = FormatArg::Auto)]
    format: FormatArg,
    /// Add a file of `export all` to a store that has rows
    #[arg(long)]
    merge: bool,
    /// Print the counts as JSON on standard output
    #[arg(long)]
    json: bool,
    /// Files; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum TypeArg {
    /// Detect by the first line
    Auto,
    /// Events
    Events,
    /// Alerts, one JSON object per line
    Alerts,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum FormatArg {
    /// Detect by the name (.ndjson, .csv), or else by the first line
    Auto,
    /// One JSON object per line
    Ndjson,
    /// Comma-separated values with a header
    Csv,
}

/// The type of a file, detected by its first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    All,
    Alerts,
    /// A table of alerts, as Seerflow writes them.
    AlertsTable,
    Events,
    /// A JSON object without any field of events or alerts.
    Neither,
}

impl Kind {
    fn of(source: &mut Source, context: &Context) -> Self {
        if source.is_dump() {
            return Kind::All;
        }
        let line = source.first_line(&context.interrupt);
        if line.starts_with(ALERTS_START) {
            return Kind::Alerts;
        }
        if line.starts_with(b"alert_id,") {
            return Kind::AlertsTable;
        }
        match serde_json::from_slice::<Map<String, Value>>(line) {
            Ok(object) => Self::of_object(&object),
            // CSV, or a line that the reader will reject.
            Err(_) => Kind::Events,
        }
    }

    /// Detects the type by fields that only events or only alerts have.
    fn of_object(object: &Map<String, Value>) -> Self {
        let alert = serde_json::to_value(Alert::default()).unwrap_or_default();
        let is_alerts = |key: &String| alert.get(key).is_some();
        let is_events = |key: &String| Field::from_name(key).is_some();
        let mut keys = object.keys();
        if keys.clone().any(|key| is_events(key) && !is_alerts(key)) {
            Kind::Events
        } else if keys.clone().any(|key| is_alerts(key) && !is_events(key)) {
            Kind::Alerts
        } else if keys.any(is_events) {
            Kind::Events
        } else {
            Kind::Neither
        }
    }
}

/// Runs the command.
pub fn run(args: Args, context: &Context) -> Done {
    let mut opened = None;
    let mut kinds = Vec::new();
    for file in &args.files {
        // An error of opening is reported when the file is loaded.
        if let Ok(mut source) = Source::open(file, &ProgressBar::hidden(), &context.interrupt) {
            kinds.push(Kind::of(&mut source, context));
            // Data from a pipe cannot be read twice.
            if is_stdin(file) || args.files.len() == 1 {
                opened = Some(source);
            }
        }
    }
    if let (&[Kind::All], Some(source)) = (&*kinds, opened.take_if(|source| source.is_dump())) {
        return all::load(source, &args.files[0], args.merge, args.json, context);
    }
    let all_alerts = !kinds.is_empty() && kinds.iter().all(|kind| *kind == Kind::Alerts);
    if args.kind == TypeArg::Alerts || (args.kind == TypeArg::Auto && all_alerts) {
        if args.format == FormatArg::Csv {
            return Err(Failure::Usage("alerts must be NDJSON, not CSV".to_owned()));
        }
        return alerts::load(&args.files, opened, args.json, context);
    }
    let load = Load {
        files: &args.files,
        opened: Cell::new(opened),
        options: WriteOptions {
            verbatim: true,
            ..WriteOptions::default()
        },
        format: &|source, path| format(source, path, &args, context),
        json: args.json,
    };
    load.run(context)
}

/// Returns the format of a file of events, or the reason why it is not one.
fn format(source: &mut Source, path: &Path, args: &Args, context: &Context) -> Result<Format, String> {
    let name = name_of(path);
    match Kind::of(source, context) {
        Kind::All => return Err(format!("{name}: import a file of `export all` alone")),
        _ if args.kind == TypeArg::Events => {}
        Kind::Alerts => {
            return Err(format!(
                "{name}: this is a file of alerts; import it separately from events"
            ));
        }
        Kind::AlertsTable => return Err(format!("{name}: alerts must be NDJSON, not CSV")),
        Kind::Neither => {
            return Err(format!(
                "{name}: the first line has no field of an event or alert; `ingest` accepts any JSON, as does --type events"
            ));
        }
        Kind::Events => {}
    }
    Ok(match args.format {
        FormatArg::Ndjson => Format::Ndjson,
        FormatArg::Csv => Format::Csv,
        FormatArg::Auto => match source.format(path) {
            Format::Lines => Format::Csv,
            format => format,
        },
    })
}
