//! `seerflow init`: makes the database, or adopts one that Seerflow made.

use crate::context::Context;
use crate::failure::{Done, Failure};

/// Make the database, or adopt one that Seerflow made
#[derive(clap::Args)]
#[command(after_help = "\
Reading leaves a database as it is. The first write makes the tables, adds those of libseerflow to a database that Seerflow \
made, or brings older ones up to date; this command does it without a write.

Examples:
  seerflow init")]
pub struct Args {}

/// Runs the command.
pub fn run(_: Args, context: &Context) -> Done {
    let summary = context.create()?.maintenance()?.summary(&context.control())?;
    if summary.migration == 0 {
        let text = format!("{}: the database may only be read", summary.location);
        return Err(Failure::Error(text));
    }
    context.note(format!(
        "{} is ready, migration {}",
        summary.location, summary.migration
    ));
    Ok(())
}
