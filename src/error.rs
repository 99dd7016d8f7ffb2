//! The error type: the kind of failure, its context, and whether a retry can help.

use std::error::Error as StdError;
use std::fmt;

/// A `Result` whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// The kind of an [`Error`].
///
/// Each kind has a status number in the C API (`src/ffi/status.rs`). The match there is exhaustive: a kind without a number does
/// not compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument or a record is not valid.
    Invalid,
    /// The configuration has an unknown key, an invalid value or an unset variable.
    Config,
    /// The named object does not exist.
    NotFound,
    /// The bounded queue stayed full until the deadline; write again later.
    Again,
    /// The deadline passed before the call completed.
    Timeout,
    /// Another thread interrupted the call.
    Interrupted,
    /// The handle was closed before the call.
    Closed,
    /// The handle was used by the parent process before fork().
    Forked,
    /// An earlier call on the handle panicked, or this one did.
    Panic,
    /// An operation of the file system or operating system failed.
    Io,
    /// The database reported an error without a kind of its own here.
    Database,
    /// The database file is damaged or not a database.
    Corrupt,
    /// The storage of the database is full.
    Full,
    /// Another program holds the database's write lock.
    Busy,
    /// The database's schema is newer than this library, or too old to adopt.
    Schema,
    /// This build or this back end does not support the feature.
    Unsupported,
    /// Access was denied by file permissions or by the server.
    Permission,
    /// A limit on size, depth or count was exceeded.
    Limit,
    /// The stored value differs from the one that the call expected.
    Conflict,
    /// Accepted events could not be stored before the handle was closed.
    Lost,
}

impl ErrorKind {
    /// Returns true if failures of this kind can pass without any change by the caller.
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

/// A failure: its kind, a text that says what failed on what, and the underlying error if any.
///
/// The text never contains a secret: connection strings are redacted beforehand.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    context: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
    is_retriable: bool,
    is_in_doubt: bool,
}

impl Error {
    /// Creates an error from its kind and a text that says what failed on what.
    pub fn new(kind: ErrorKind, context: impl Into<String>) -> Self {
        Self {
            kind,
            context: context.into(),
            source: None,
            is_retriable: kind.is_retriable(),
            is_in_doubt: false,
        }
    }

    /// Creates an [`ErrorKind::Invalid`] error.
    pub fn invalid(context: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, context)
    }

    /// Makes the error of an option that names a back end whose feature was left out of this build.
    pub(crate) fn left_out(option: &str, back_end: &str) -> Self {
        Self::new(
            ErrorKind::Unsupported,
            format!("{option}: this build of libseerflow lacks {back_end}"),
        )
    }

    /// Attaches the underlying error.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Prefixes the text with its context, such as the operation that failed.
    pub fn within(mut self, context: impl fmt::Display) -> Self {
        self.context = format!("{context}: {}", self.context);
        self
    }

    /// Returns the kind.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Overrides whether the call may be retried, which by default follows from the kind.
    pub fn retriable(mut self, is_retriable: bool) -> Self {
        self.is_retriable = is_retriable;
        self
    }

    /// Marks the outcome as unknown, because the answer to COMMIT was lost. The error is then not retriable.
    pub fn in_doubt(mut self) -> Self {
        self.is_in_doubt = true;
        self.is_retriable = false;
        self
    }

    /// Returns true if the same call may succeed later and would do nothing twice.
    pub fn is_retriable(&self) -> bool {
        self.is_retriable
    }

    /// Returns true if the outcome is unknown: the work may have been done.
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
