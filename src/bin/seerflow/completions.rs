//! `seerflow completions`: completion scripts for shells.
//!
//! A script runs the program at each Tab with a variable in its environment, which lets values of the store be completed.

use std::io::Write;

use clap_complete::Shell;
use clap_complete::env::{CompleteEnv, Shells};

use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::output::Out;

/// The variable by which a script asks for completions.
const VARIABLE: &str = "_SEERFLOW_COMPLETE";

/// Print a completion script for a shell
///
/// It completes commands, options, and with the store of the environment also sources, hosts and entities.
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

/// Answers a completion script, and ends the program, if one asks.
pub fn answer() {
    let program = crate::program_name();
    CompleteEnv::with_factory(|| crate::command_named(program))
        .var(VARIABLE)
        .complete();
}

/// Runs the command.
pub fn run(args: Args, _: &Context) -> Done {
    let program = crate::program_name();
    let shells = Shells::builtins();
    let shell = args.shell.to_string();
    let known = shells
        .completer(&shell)
        .ok_or_else(|| Failure::Error(format!("no completions for {shell}")))?;
    let mut script = Vec::new();
    known.write_registration(VARIABLE, program, program, program, &mut script)?;
    let mut out = Out::new();
    out.write_all(&script)?;
    Ok(out.flush()?)
}
