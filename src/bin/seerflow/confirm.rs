//! Confirmation before data is removed.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::failure::{Done, Failure};
use crate::terminal::escape;

/// Asks the person at the terminal. Returns `Ok` if the person agrees, or if --yes was given.
///
/// # Errors
/// A usage error without a terminal. If the person declines, an error that says so.
pub fn confirm(what: &str, yes: bool) -> Done {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::Usage(format!(
            "{what}: add --yes to confirm, there is no terminal to ask"
        )));
    }
    write!(io::stderr(), "{}. Continue? [y/N] ", escape(what))?;
    // `read_line` would not return on Ctrl-C.
    let mut input = io::stdin().lock();
    let answer = input.fill_buf()?.to_ascii_lowercase();
    match answer.trim_ascii() {
        b"y" | b"yes" => Ok(()),
        _ => Err(Failure::Error("nothing was removed".to_owned())),
    }
}
