//! `seerflow import`: what `export` wrote, back into a store.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use indicatif::ProgressBar;
use seerflow::record::{Alert, Field};
use seerflow::transfer::{ALERTS_START, FeedOptions, Format};
use serde_json::{Map, Value};

use crate::context::Context;
use crate::export::{alerts, all};
use crate::failure::{Done, Failure};
use crate::input::{Source, is_stdin, name_of};
use crate::load::Load;

/// Store what `export` wrote
#[derive(clap::Args)]
#[command(after_help = "\
Events come back as they were, ids and order included: importing a file twice stores its events once. Files may be \
compressed with gzip, Zstandard or xz. What is neither of `export` nor like it is refused: `ingest` takes logs of any kind.

Alerts come back with their counts and verdicts; one that is there stays as it is. Seerflow's own NDJSON of alerts is taken too. Of alerts that others wrote, what is \
missing is filled in: the id, the time, the entity's id, and a dedup_key of type, rule and entity.

A file of `export all` brings every table, is imported by itself, and only into an empty store unless --merge is given: then \
rows that are there stay, and of two with the same key the newer one does.

Examples:
  seerflow import events.ndjson
  seerflow import alerts.ndjson
  seerflow import seerflow.ndjson.zst
  seerflow export events |
    seerflow import --set storage.sqlite_path=copy.db -")]
pub struct Args {
    /// What the files hold
    #[arg(long = "type", value_name = "TYPE", value_enum, default_value_t = TypeArg::Auto)]
    kind: TypeArg,
    /// How events are written
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
enum TypeArg {
    /// By the first line
    Auto,
    /// Events
    Events,
    /// Alerts, one JSON object a line
    Alerts,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum FormatArg {
    /// By the end of the name (.ndjson, .csv), else by the first line
    Auto,
    /// One JSON object a line
    Ndjson,
    /// Comma-separated values with a header
    Csv,
}

/// What a first line is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    All,
    Alerts,
    /// Alerts as CSV, as Seerflow can write them.
    AlertsTable,
    Events,
    /// A JSON object with no field of an event or an alert.
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
            // CSV, or a line that its reader turns down.
            Err(_) => Kind::Events,
        }
    }

    /// Tells by the fields that only one of both has.
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
        // What cannot be opened is said when it is loaded.
        if let Ok(mut source) = Source::open(file, &ProgressBar::hidden(), &context.interrupt) {
            kinds.push(Kind::of(&mut source, context));
            // What a pipe brought cannot be read again.
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
            return Err(Failure::Usage("alerts are NDJSON, not CSV".to_owned()));
        }
        return alerts::load(&args.files, opened, args.json, context);
    }
    let load = Load {
        files: &args.files,
        opened: Cell::new(opened),
        options: FeedOptions {
            verbatim: true,
            ..FeedOptions::new(Format::Ndjson)
        },
        format: &|source, path| format(source, path, &args, context),
        json: args.json,
    };
    load.run(context)
}

/// Tells the format of a file of events, or why it is none.
fn format(source: &mut Source, path: &Path, args: &Args, context: &Context) -> Result<Format, String> {
    let name = name_of(path);
    match Kind::of(source, context) {
        Kind::All => return Err(format!("{name}: a file of `export all` is imported by itself")),
        _ if args.kind == TypeArg::Events => {}
        Kind::Alerts => {
            return Err(format!(
                "{name}: these are alerts; they are imported by themselves, not beside events"
            ));
        }
        Kind::AlertsTable => return Err(format!("{name}: alerts are NDJSON, not CSV")),
        Kind::Neither => {
            return Err(format!(
                "{name}: the first line has no field of an event or an alert; `ingest` takes any JSON, and so does --type events"
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
