//! `seerflow migrate storage`: move a store to another back end.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{BinaryBytes, HumanCount};
use seerflow::Config;
use seerflow::store::Store;
use seerflow::transfer::{MoveOptions, MoveReport, Phase, TableReport, move_storage};
use serde_json::{Value, json};

use crate::args;
use crate::context::{Context, must_exist};
use crate::failure::{Done, Failure};
use crate::output::{Out, print_json};
use crate::progress::{self, Progress, Unit};
use crate::table::{Style, Table, faint, plain};

/// The exit code if the destination differs from the source.
const NOT_VERIFIED: u8 = 2;

/// Move a store to another back end
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  seerflow migrate storage --from sqlite --to postgresql --dry-run")]
pub enum Command {
    Storage(Args),
}

/// Copy a whole store to another one: events, alerts, verdicts, models, templates, Sigma rules, edges, dead letters
#[derive(clap::Args)]
#[command(after_help = "\
The stores are named by
  sqlite, postgresql    the database of --config, environment and --set
  sqlite:PATH           a database file
  postgresql://...      a PostgreSQL server
  postgresql:host=...   the same in libpq's key=value form
  FILE.yaml             the store of a configuration file

The source is only read, from a snapshot taken at the start. Rows written to it later are counted at the end; a second move with \
--merge copies them. The destination stores a checkpoint together with the rows: after a crash, Ctrl-C or a lost connection, run \
the same command with --resume to continue from there. At the end the destination is read, and the number of rows and a hash of \
each table are compared; the hash is the same in every back end.

With --merge, rows of the destination are kept. Of two rows with the same key the newer one is kept: alerts by their time, models \
by when they were saved. Templates, edges and Sigma rules keep the wider time range and the larger counts. Merging twice changes \
nothing.

A missing database file is created with its folder. STORAGE_MIGRATION.md is the runbook.

Exit codes:
  0    moved and verified
  1    failed, or the command line is wrong
  2    the destination differs from the source
  130  interrupted

Examples:
  seerflow migrate storage --from sqlite --to postgresql --dry-run
  seerflow migrate storage --from sqlite:/var/lib/seerflow/seerflow.db \\
    --to postgresql://seerflow@db.example.org/seerflow
  seerflow migrate storage --from old.yaml --to new.yaml --resume")]
pub struct Args {
    /// The store to read
    #[arg(long, value_name = "STORE")]
    from: String,
    /// The store to write
    #[arg(long, value_name = "STORE")]
    to: String,
    /// Read everything and report what would be moved; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Continue an interrupted move
    #[arg(long)]
    resume: bool,
    /// Add to a destination that has rows
    #[arg(long)]
    merge: bool,
    /// Maximum rows per transaction
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = args::number::<1, 1_000_000>)]
    batch_size: u32,
    /// Print the report as JSON on standard output
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(Command::Storage(args): Command, context: &Context) -> Done {
    let within = |option: &'static str| move |failure: Failure| failure.within(option);
    let [from, to] = [("--from", &args.from), ("--to", &args.to)]
        .map(|(option, name)| named(name, context).map_err(within(option)));
    let (from, to) = (from?, to?);
    must_exist(&from).map_err(within("--from"))?;
    let (from, to) = (open(&from, context)?, open(&to, context)?);
    if is_same(&*from, &*to) {
        return Err(Failure::Error(format!(
            "source and destination are the same: {}",
            to.location()
        )));
    }
    let options = MoveOptions {
        batch_rows: args.batch_size as usize,
        resume: args.resume,
        merge: args.merge,
        dry_run: args.dry_run,
    };
    let mut copied = args.resume;
    let started = Instant::now();
    let progress = Progress::new(Unit::Rows, Some(0), context.quiet);
    let moved = move_storage(&*from, &*to, &options, &context.control(), &mut |reached| {
        copied |= reached.rows > 0;
        progress.bar().set_length(reached.total);
        progress.bar().set_position(reached.rows);
        let verb = if reached.phase == Phase::Copy {
            "copying"
        } else {
            "comparing"
        };
        progress
            .bar()
            .set_message(format!("{verb} {}", reached.table.name()));
    });
    drop(progress);
    from.close();
    to.close();
    let report = moved.map_err(|error| explain(error, copied && !args.dry_run))?;
    let elapsed = started.elapsed();
    if args.json {
        print_json(&mut Out::new(), &to_json(&report, &args, &*from, &*to, elapsed))?;
    } else {
        print(&report, &args)?;
        summarise(&report, &args, &*from, &*to, elapsed, context);
    }
    if args.dry_run || report.verified {
        Ok(())
    } else {
        Err(Failure::Said(NOT_VERIFIED))
    }
}

fn open(config: &Config, context: &Context) -> Result<Arc<dyn Store>, Failure> {
    Ok(seerflow::store::open(config, &context.logger())?)
}

/// Returns the configuration of the store that a name denotes.
fn named(name: &str, context: &Context) -> Result<Config, Failure> {
    let mut config = context.config.clone();
    let path = Path::new(name);
    match name.split_once(':') {
        None if name == "sqlite" || name == "postgresql" => config.set("storage.backend", name)?,
        Some(("sqlite", path)) => {
            config.set("storage.backend", "sqlite")?;
            config.set("storage.sqlite_path", path)?;
        }
        Some(("postgresql" | "postgres", dsn)) => {
            config.set("storage.backend", "postgresql")?;
            config.set(
                "storage.postgresql_url",
                if dsn.starts_with("//") { name } else { dsn },
            )?;
        }
        _ if path.extension().is_some_and(|end| end == "yaml" || end == "yml") => {
            config = Config::new();
            config.load_file(path)?;
        }
        // The name is not quoted in the message: a misplaced argument may be a password.
        _ => {
            return Err(Failure::Error(
                "unknown store: expected sqlite, sqlite:PATH, postgresql, postgresql://... or FILE.yaml"
                    .to_owned(),
            ));
        }
    }
    Ok(config)
}

fn is_same(from: &dyn Store, to: &dyn Store) -> bool {
    let file = |store: &dyn Store| std::fs::canonicalize(store.location()).ok();
    from.location() == to.location() || file(from).is_some_and(|path| Some(path) == file(to))
}

/// Adds advice to the error of a move that started to write.
fn explain(error: seerflow::Error, copied: bool) -> Failure {
    let is_conflict = error.kind() == seerflow::ErrorKind::Conflict;
    let advice = "rows already moved are kept; run the same command with --resume to continue";
    match Failure::from(error) {
        Failure::Error(text) if copied && !is_conflict => Failure::Advised(text, advice.to_owned()),
        Failure::Interrupted if copied => {
            progress::note(advice);
            Failure::Interrupted
        }
        other => other,
    }
}

fn print(report: &MoveReport, args: &Args) -> Result<(), Failure> {
    let header: &[&str] = if args.dry_run {
        &["table", "rows", "size", "sha256"]
    } else {
        &["table", "rows", "stored", "verified", "sha256"]
    };
    let mut table = Table::new(header);
    for moved in &report.tables {
        let mut cells = vec![plain(moved.table.name()), plain(moved.rows)];
        if args.dry_run {
            cells.push(plain(BinaryBytes(moved.bytes)));
        } else {
            cells.push(plain(moved.stored));
            cells.push(match &moved.difference {
                None => plain("yes"),
                Some(difference) => (difference.clone(), Style::Red),
            });
        }
        cells.push(faint(&moved.sha256));
        table.row(cells);
    }
    Ok(table.print(&mut Out::new())?)
}

fn summarise(
    report: &MoveReport,
    args: &Args,
    from: &dyn Store,
    to: &dyn Store,
    elapsed: Duration,
    context: &Context,
) {
    let all = |count: fn(&TableReport) -> u64| report.tables.iter().map(count).sum::<u64>();
    let (rows, cleaned, unreachable) = (all(|t| t.rows), all(|t| t.cleaned), all(|t| t.unreachable));
    let verb = match (args.dry_run, report.resumed) {
        (true, _) => "would move",
        (false, true) => "resumed and moved",
        (false, false) => "moved",
    };
    context.note(format!(
        "{verb} {} rows from {} to {} in {:.1} s",
        HumanCount(rows),
        from.location(),
        to.location(),
        elapsed.as_secs_f64()
    ));
    if cleaned > 0 {
        context.note(format!(
            "replaced NUL characters in {} texts by U+FFFD, because PostgreSQL cannot store them; the events' blobs keep them",
            HumanCount(cleaned)
        ));
    }
    if unreachable > 0 {
        context.note(format!(
            "skipped {} tactics and techniques of alerts that do not exist",
            HumanCount(unreachable)
        ));
    }
    for (table, change) in &report.source_changes {
        context.note(format!(
            "{}: {change:+} rows since the move started; run it again with --merge when no program writes to {}",
            table.name(),
            from.location()
        ));
    }
    match (args.dry_run, report.verified) {
        (true, _) => {}
        (false, true) => context.note("verified: the destination equals the source"),
        (false, false) => context.note("NOT verified: the destination differs from the source"),
    }
}

fn to_json(report: &MoveReport, args: &Args, from: &dyn Store, to: &dyn Store, elapsed: Duration) -> Value {
    let tables = report.tables.iter().map(|moved| {
        json!({
            "table": moved.table.name(),
            "rows": moved.rows,
            "stored": moved.stored,
            "bytes": moved.bytes,
            "cleaned": moved.cleaned,
            "unreachable": moved.unreachable,
            "sha256": moved.sha256,
            "difference": moved.difference,
        })
    });
    let late = report
        .source_changes
        .iter()
        .map(|(table, change)| (table.name().to_owned(), json!(change)));
    json!({
        "from": from.location(),
        "to": to.location(),
        "dry_run": args.dry_run,
        "resumed": report.resumed,
        "verified": report.verified,
        "seconds": elapsed.as_secs_f64(),
        "tables": tables.collect::<Vec<_>>(),
        "late": Value::Object(late.collect()),
    })
}
