//! `seerflow export`: all events here, to a file or a pipe, anything else in the file of its name.

pub mod alerts;
pub mod all;

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use indicatif::{BinaryBytes, HumanCount};
use seerflow::record::{Cursor, EventQuery};
use seerflow::transfer::{Exported, Format, export};

use crate::args::{self, Filters};
use crate::context::Context;
use crate::events::complain;
use crate::failure::{Done, Failure};
use crate::input::is_stdin;
use crate::progress::{self, Progress, Unit};

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

/// Write all events that match, every field of them, in the order in which they arrived
#[derive(clap::Args)]
#[command(after_help = "\
NDJSON leaves out fields at their default. CSV has a column for each field, with lists, maps and the body as JSON. Both \
come back through `import` as they were.

At the end, and when it is interrupted, the line `resume with --cursor ...` is on standard error: an export with that \
cursor goes on behind the last event written, and appends to --output.

Examples:
  seerflow export events --output events.ndjson
  seerflow export events --format csv --source sshd --since 7d --output sshd.csv
  seerflow export events | zstd > events.ndjson.zst
  seerflow export events --output events.ndjson \\
    --cursor c17a3c0ffee000000000000000000002a")]
pub struct Args {
    /// File to write, made readable for its owner only; - or nothing for standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How to write events
    #[arg(long, value_enum, default_value_t = FormatArg::Ndjson)]
    format: FormatArg,
    /// Go on behind this place; an --output that is there is appended to
    #[arg(long, value_name = "CURSOR", value_parser = args::cursor)]
    cursor: Option<Cursor>,
    #[command(flatten)]
    filters: Filters,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum FormatArg {
    /// One JSON object a line
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
        FormatArg::Csv => Format::Csv,
    };
    let total = if query == EventQuery::default() {
        Some(engine.summary(&control)?.events)
    } else {
        None
    };
    let mut target = Target::open(args.output.as_deref(), args.cursor.is_some())?;
    let header = target.begins_at == 0;
    let progress = Progress::new(Unit::Events, total, context.quiet);
    let mut reached = Exported {
        cursor: args.cursor,
        ..Exported::default()
    };
    let done = export(
        &engine,
        &query,
        (format, header),
        &mut target.out,
        &control,
        &mut |now| {
            reached = *now;
            progress.bar().set_position(now.events);
        },
    );
    drop(progress);
    if done.is_err() {
        target.cut(reached.bytes);
    }
    context.note(format!(
        "exported {} events, {}",
        HumanCount(reached.events),
        BinaryBytes(reached.bytes)
    ));
    let resume = reached
        .cursor
        .map(|cursor| format!("resume with --cursor {}", cursor.token()));
    match done.map_err(Failure::from) {
        Ok(_) => {
            resume.iter().for_each(|line| context.note(line));
            complain(reached.unreadable)
        }
        Err(failure) => {
            // Asked for or not: who wants to go on needs it.
            if !matches!(failure, Failure::ClosedPipe) {
                resume.iter().for_each(|line| progress::note(line));
            }
            Err(failure)
        }
    }
}

/// Where an export goes.
pub struct Target {
    /// What to write to.
    pub out: Box<dyn Write>,
    /// The file, if it is one that can be cut.
    file: Option<File>,
    /// Bytes that were there before.
    begins_at: u64,
}

impl Target {
    /// Opens a file, made readable for its owner only, or standard output.
    pub fn open(path: Option<&Path>, append: bool) -> Result<Self, Failure> {
        let Some(path) = path.filter(|path| !is_stdin(path)) else {
            return Ok(Self {
                out: Box::new(BufWriter::new(io::stdout().lock())),
                file: None,
                begins_at: 0,
            });
        };
        let open = || {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(!append);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(path)?;
            let begins_at = if file.metadata()?.is_file() {
                file.seek(SeekFrom::End(0))?
            } else {
                0
            };
            let cuttable = file.metadata()?.is_file().then(|| file.try_clone()).transpose()?;
            Ok(Self {
                out: Box::new(file),
                file: cuttable,
                begins_at,
            })
        };
        open().map_err(|e: io::Error| Failure::from(e).within(path.display()))
    }

    /// Takes back what was written of a page that did not get finished, so that the cursor tells the truth.
    fn cut(&self, bytes: u64) {
        if let Some(file) = &self.file
            && let Err(error) = file.set_len(self.begins_at + bytes)
        {
            progress::error(&format!("the end of the file may be incomplete: {error}"));
        }
    }
}
