//! `seerflow backup`: copy a SQLite database while it is in use.

use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::BinaryBytes;
use seerflow::Engine;

use crate::check::one_a_line;
use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::progress::{self, Progress, Unit};

/// Write a consistent copy of a SQLite database to a new file
#[derive(clap::Args)]
#[command(after_help = "\
Reads and writes of other programs continue meanwhile. An existing file is not overwritten. PostgreSQL is not supported: back it up \
with pg_dump or pg_basebackup, or write its rows with `export all`.

A damaged database gives a damaged copy, so the copy is read and checked as `check` does. If a fault is found, the exit code is 3 \
and the copy is kept.

Examples:
  seerflow backup /backup/seerflow-$(date +%F).db
  seerflow backup --no-check /backup/now.db")]
pub struct Args {
    /// File to create
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Do not check the copy
    #[arg(long)]
    no_check: bool,
}

/// Runs the command.
pub fn run(args: Args, context: &Context) -> Done {
    let engine = context.open()?;
    let started = Instant::now();
    let progress = Progress::new(Unit::Pages, Some(0), context.quiet);
    engine
        .maintenance()?
        .backup(&args.file, &context.control(), &mut |done, total| {
            progress.bar().set_length(total);
            progress.bar().set_position(done);
        })?;
    drop(progress);
    let size = std::fs::metadata(&args.file)
        .map_err(|e| Failure::from(e).within(args.file.display()))?
        .len();
    let seconds = started.elapsed().as_secs_f64();
    context.note(format!(
        "copied {} to {} in {seconds:.2} s",
        BinaryBytes(size),
        args.file.display()
    ));
    if args.no_check {
        return Ok(());
    }
    let findings = match check(&args.file, context) {
        Err(Failure::Damaged(finding)) => vec![finding],
        checked => checked?,
    };
    if findings.is_empty() {
        context.note("the copy has no faults");
        return Ok(());
    }
    for finding in one_a_line(&findings) {
        progress::error(&format!("{}: {finding}", args.file.display()));
    }
    progress::error("the copy is damaged, hence the database is too: see `check`");
    Err(Failure::Said(3))
}

/// Opens the copy as a separate store and returns its faults.
fn check(copy: &Path, context: &Context) -> Result<Vec<String>, Failure> {
    let path = std::path::absolute(copy)?;
    let Some(path) = path.to_str() else {
        return Err(Failure::Error(
            "the copy was not checked: its name is not UTF-8".to_owned(),
        ));
    };
    let mut config = context.config.clone();
    config.set("storage.sqlite_path", path)?;
    let engine = Engine::open(&config, context.logger())?;
    let findings = engine.maintenance()?.check(&context.control());
    engine.close(&context.control())?;
    Ok(findings?)
}
