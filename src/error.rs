//! The one error type: what kind of failure, where, and whether trying again can help.

use std::error::Error as StdError;
use std::fmt;

/// A `Result` whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// What kind of failure an [`Error`] is.
///
/// Each kind has one status number in the C API (`src/ffi/status.rs`); the match there is exhaustive, so a kind
/// without a number does not compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument or a record is outside what the call accepts.
    Invalid,
    /// The configuration has an unknown key, a bad value or an unset variable.
    Config,
    /// What was asked for by name is not there.
    NotFound,
    /// The bounded queue stayed full until the deadline; write again later.
    Again,
    /// The deadline passed before the work was done.
    Timeout,
    /// Another thread interrupted the call.
    Interrupted,
    /// The handle was closed before the call.
    Closed,
    /// The handle was used by the parent process before fork().
    Forked,
    /// An earlier call on the handle panicked, or this one did.
    Panic,
    /// The file system or the operating system refused.
    Io,
    /// The database answered an error of its own.
    Database,
    /// The database file is damaged or is not a database.
    Corrupt,
    /// No space is left where the database lives.
    Full,
    /// Another program holds the database's write lock.
    Busy,
    /// The database's schema is newer than this library, or of an age it does not adopt.
    Schema,
    /// This build or this back end does not have the feature.
    Unsupported,
    /// Access was denied by file permissions or by the server.
    Permission,
    /// A bound on size, depth or count was passed.
    Limit,
    /// Something else than what the call expected is stored there.
    Conflict,
    /// Accepted events could not be stored before the handle was closed.
    Lost,
}

impl ErrorKind {
    /// Returns whether failures of this kind pass without a change on the caller's side.
    pub fn is_retriable(self) -> bool {
        matches!(
            self,
            Self::Again | Self::Timeout | Self::Full | Self::Busy | Self::Io
        )
    }

    /// Returns the kind's name in lower case, as logs and JSON show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Config => "config",
            Self::NotFound => "not_found",
            Self::Again => "again",
            Self::Timeout => "timeout",
            Self::Interrupted => "interrupted",
            Self::Closed => "closed",
            Self::Forked => "forked",
            Self::Panic => "panic",
            Self::Io => "io",
            Self::Database => "database",
            Self::Corrupt => "corrupt",
            Self::Full => "full",
            Self::Busy => "busy",
            Self::Schema => "schema",
            Self::Unsupported => "unsupported",
            Self::Permission => "permission",
            Self::Limit => "limit",
            Self::Conflict => "conflict",
            Self::Lost => "lost",
        }
    }
}

/// A failure: its kind, what was being done to what, and the error underneath if there is one.
///
/// The text never holds a secret: connection strings are redacted before they get here.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    context: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
    is_retriable: bool,
    is_in_doubt: bool,
}

impl Error {
    /// Makes an error from its kind and a text that names what and where.
    pub fn new(kind: ErrorKind, context: impl Into<String>) -> Self {
        Self {
            kind,
            context: context.into(),
            source: None,
            is_retriable: kind.is_retriable(),
            is_in_doubt: false,
        }
    }

    /// Shorthand for an [`ErrorKind::Invalid`] error.
    pub fn invalid(context: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, context)
    }

    /// Attaches the error underneath.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Puts what was being done in front of the text.
    pub fn within(mut self, what: impl fmt::Display) -> Self {
        self.context = format!("{what}: {}", self.context);
        self
    }

    /// Returns the kind.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Says whether the same call may be made again; the kind says so otherwise.
    pub fn retriable(mut self, is_retriable: bool) -> Self {
        self.is_retriable = is_retriable;
        self
    }

    /// Says that the work may have been done all the same: the answer to COMMIT was lost. The error is not retriable then.
    pub fn in_doubt(mut self) -> Self {
        self.is_in_doubt = true;
        self.is_retriable = false;
        self
    }

    /// Returns whether the same call may succeed later and does nothing twice.
    pub fn is_retriable(&self) -> bool {
        self.is_retriable
    }

    /// Returns whether the work may have been done all the same.
    pub fn is_in_doubt(&self) -> bool {
        self.is_in_doubt
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.context)?;
        let mut source = self.source.as_ref().map(|s| s.as_ref() as &dyn StdError);
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_ref()
            .map(|s| s.as_ref() as &(dyn StdError + 'static))
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind as Io;
        let kind = match error.kind() {
            Io::NotFound => ErrorKind::NotFound,
            Io::PermissionDenied => ErrorKind::Permission,
            Io::StorageFull | Io::QuotaExceeded => ErrorKind::Full,
            Io::TimedOut => ErrorKind::Timeout,
            Io::OutOfMemory => ErrorKind::Limit,
            _ => ErrorKind::Io,
        };
        Self::new(kind, error.to_string())
    }
}
