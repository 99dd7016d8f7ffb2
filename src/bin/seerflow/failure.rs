//! Failures of commands, and their exit codes.

use std::error::Error as _;
use std::io;
use std::process::ExitCode;

use seerflow::ErrorKind;

use crate::progress;

/// The result of a command.
pub type Done = Result<(), Failure>;

/// The reason why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// The reader of standard output closed it. Not an error.
    ClosedPipe,
    /// Ctrl-C, or another signal that requests termination.
    Interrupted,
    /// An error message.
    Error(String),
    /// An error message, and advice.
    Advised(String, String),
    /// A usage error of the command line.
    Usage(String),
    /// The database is damaged.
    Damaged(String),
    /// The error was already printed; the exit code.
    Said(u8),
}

impl Failure {
    /// Prints the message, if any, and returns the exit code.
    pub fn report(self) -> ExitCode {
        match self {
            Failure::ClosedPipe => ExitCode::SUCCESS,
            Failure::Interrupted => ExitCode::from(130),
            Failure::Said(code) => ExitCode::from(code),
            Failure::Error(text) | Failure::Damaged(text) => {
                progress::error(&text);
                ExitCode::FAILURE
            }
            Failure::Advised(text, advice) => {
                progress::error(&text);
                progress::note(&advice);
                ExitCode::FAILURE
            }
            Failure::Usage(text) => {
                progress::error(&text);
                ExitCode::from(2)
            }
        }
    }

    /// Prefixes the error's text with its context.
    pub fn within(self, context: impl std::fmt::Display) -> Self {
        match self {
            Failure::Error(text) => Failure::Error(format!("{context}: {text}")),
            Failure::Damaged(text) => Failure::Damaged(format!("{context}: {text}")),
            other => other,
        }
    }
}

impl From<seerflow::Error> for Failure {
    fn from(error: seerflow::Error) -> Self {
        let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
        if cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe) {
            return Failure::ClosedPipe;
        }
        match error.kind() {
            ErrorKind::Interrupted => Failure::Interrupted,
            ErrorKind::Corrupt => Failure::Damaged(error.to_string()),
            _ => Failure::Error(error.to_string()),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
            io::ErrorKind::Interrupted => Failure::Interrupted,
            _ => Failure::Error(error.to_string()),
        }
    }
}
