//! `seerflow completions`: completion scripts for shells.

use std::io::Write;

use clap_complete::Shell;

use crate::context::Context;
use crate::failure::Done;
use crate::output::Out;

/// Print a completion script for a shell
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow completions bash > /etc/bash_completion.d/seerflow
  seerflow completions zsh > ~/.zfunc/_seerflow
  seerflow completions fish > ~/.config/fish/completions/seerflow.fish")]
pub struct Args {
    /// The shell
    shell: Shell,
}

/// Runs the command.
pub fn run(args: Args, _: &Context) -> Done {
    let program = crate::program_name();
    // Generated in memory first, because the generator panics on a closed pipe.
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut crate::command_named(program),
        program,
        &mut script,
    );
    let mut out = Out::new();
    out.write_all(&script)?;
    Ok(out.flush()?)
}
