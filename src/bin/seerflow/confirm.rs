//! The question before something is removed for good.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::failure::{Done, Failure};

/// Returns when a person at a terminal agrees, or when --yes was given.
///
/// # Errors
/// A mistake of the command line where nobody can be asked; one that says so when the answer is no.
pub fn confirm(what: &str, yes: bool) -> Done {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::Usage(format!(
            "{what}: say --yes if that is meant, nobody can be asked here"
        )));
    }
    write!(io::stderr(), "{what}. Do it? [y/N] ")?;
    // Not `read_line`, which Ctrl-C would not end.
    let mut input = io::stdin().lock();
    let answer = input.fill_buf()?.to_ascii_lowercase();
    match answer.trim_ascii() {
        b"y" | b"yes" => Ok(()),
        _ => Err(Failure::Error("nothing is removed".to_owned())),
    }
}
