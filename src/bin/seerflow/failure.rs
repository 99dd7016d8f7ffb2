//! Why a command ended early, and the exit code of that.

use std::error::Error as _;
use std::io;
use std::process::ExitCode;

use seerflow::ErrorKind;

use crate::progress;

/// What a command returns.
pub type Done = Result<(), Failure>;

/// Why a command ended early.
#[derive(Debug)]
pub enum Failure {
    /// Whoever read standard output has enough: no failure to them.
    ClosedPipe,
    /// Ctrl-C, or another signal that asks to end.
    Interrupted,
    /// What went wrong.
    Error(String),
    /// What went wrong, and what to do about it.
    Advised(String, String),
    /// What is wrong with the command line.
    Usage(String),
    /// The database is damaged.
    Damaged(String),
    /// What went wrong is said already; the exit code.
    Said(u8),
}

impl Failure {
    /// Says what is left to say and answers the exit code.
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

    /// Puts what was being done in front of an error's text.
    pub fn within(self, what: impl std::fmt::Display) -> Self {
        match self {
            Failure::Error(text) => Failure::Error(format!("{what}: {text}")),
            Failure::Damaged(text) => Failure::Damaged(format!("{what}: {text}")),
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
