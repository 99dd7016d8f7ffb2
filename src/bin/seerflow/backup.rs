//! `seerflow backup`: a copy of the database while it is in use.

use std::path::PathBuf;
use std::time::Instant;

use indicatif::BinaryBytes;

use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::progress::{Progress, Unit};

/// Write a consistent copy of the database to a new file
#[derive(clap::Args)]
#[command(after_help = "\
Reads and writes of other programs go on meanwhile. A file that is there is not overwritten.

Examples:
  seerflow backup /backup/seerflow-$(date +%F).db")]
pub struct Args {
    /// File to make
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Runs the command.
pub fn run(args: Args, context: &Context) -> Done {
    let engine = context.open()?;
    let started = Instant::now();
    let progress = Progress::new(Unit::Pages, Some(0), context.quiet);
    engine.backup(&args.file, &context.control(), |done, total| {
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
    Ok(())
}
