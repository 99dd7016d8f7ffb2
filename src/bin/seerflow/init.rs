//! `seerflow init`: create the database, or adopt one made by Seerflow.

use crate::context::Context;
use crate::failure::{Done, Failure};

/// Create the database, or adopt one made by Seerflow
#[derive(clap::Args)]
#[command(after_help = "\
Reading leaves a database unchanged. The first write creates the tables, adds those of libseerflow to a database made by \
Seerflow, or migrates older ones; this command does the same without a write.

Examples:
  seerflow init")]
pub struct Args {}

/// Runs the command.
pub fn run(_: Args, context: &Context) -> Done {
    let summary = context.create()?.maintenance()?.summary(&context.control())?;
    if summary.migration == 0 {
        let text = format!("{}: the database is read-only", summary.location);
        return Err(Failure::Error(text));
    }
    context.note(format!(
        "{} is ready, migration {}",
        summary.location, summary.migration
    ));
    Ok(())
}
