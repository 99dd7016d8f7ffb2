//! `seerflow checkpoint`: copy the write-ahead log into the database file.

use indicatif::BinaryBytes;

use crate::context::Context;
use crate::failure::Done;

/// Copy the write-ahead log into the database file
#[derive(clap::Args)]
#[command(after_help = "\
Useful before the file is copied by other means. Fails if another program holds the log.

Examples:
  seerflow checkpoint")]
pub struct Args {}

/// Runs the command.
pub fn run(_: Args, context: &Context) -> Done {
    let engine = context.open()?;
    let before = engine.maintenance()?.summary(&context.control())?.wal_bytes;
    engine.maintenance()?.checkpoint(&context.control())?;
    let after = engine.maintenance()?.summary(&context.control())?.wal_bytes;
    context.note(format!(
        "write-ahead log: {} before, {} after",
        BinaryBytes(before),
        BinaryBytes(after)
    ));
    Ok(())
}
