//! `seerflow man`: manual pages, for packagers.

use std::path::PathBuf;

use crate::context::Context;
use crate::failure::Done;

/// Write a manual page for each command into a folder
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow man /usr/local/share/man/man1")]
pub struct Args {
    /// The folder; it is made when it is missing
    folder: PathBuf,
}

/// Runs the command.
pub fn run(args: Args, _: &Context) -> Done {
    std::fs::create_dir_all(&args.folder)?;
    clap_mangen::generate_to(crate::command_named(crate::program_name()), &args.folder)?;
    Ok(())
}
