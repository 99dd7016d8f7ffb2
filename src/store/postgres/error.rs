//! Errors of the server and of the connection to it, converted to [`Error`].

use std::error::Error as _;
use std::fmt;
use std::io;

use tokio_postgres::error::SqlState;

use crate::error::{Error, ErrorKind};

/// An error that the server reported: the source of an [`Error`].
#[derive(Debug)]
struct ServerError {
    message: String,
    state: SqlState,
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The server's detail may show values of rows: it is left out.
        write!(f, "{} (SQLSTATE {})", self.message, self.state.code())?;
        if self.state == SqlState::INSUFFICIENT_PRIVILEGE {
            f.write_str("; see docs/postgresql.md for the rights that the role needs")?;
        }
        Ok(())
    }
}

impl std::error::Error for ServerError {}

/// Tells whether a unique key exists already.
pub fn is_unique_violation(error: &Error) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref());
    source.is_some_and(|error: &ServerError| error.state == SqlState::UNIQUE_VIOLATION)
}

/// Converts an error of an open connection.
pub fn error(error: &tokio_postgres::Error) -> Error {
    convert(error, ErrorKind::Database)
}

/// Converts an error of an attempt to connect. The driver's own refusals, such as a missing password or a server without TLS, are errors
/// of the configuration.
pub fn connecting(error: &tokio_postgres::Error) -> Error {
    convert(error, ErrorKind::Config)
}

/// Converts an error of a socket that is not a connection yet.
pub fn socket(what: &str, error: &io::Error) -> Error {
    Error::new(kind_of_socket(error), format!("PostgreSQL: {what}: {error}"))
}

fn convert(error: &tokio_postgres::Error, own_kind: ErrorKind) -> Error {
    let Some(db) = error.as_db_error() else {
        // The driver's words, then those of the errors underneath: "connection closed", "Connection refused".
        let mut text = format!("PostgreSQL: {error}");
        let mut cause = error.source();
        while let Some(inner) = cause {
            let words = inner.to_string();
            if !text.contains(&words) {
                text = format!("{text}: {words}");
            }
            cause = inner.source();
        }
        return Error::new(connection_kind(error).unwrap_or(own_kind), text);
    };
    Error::new(kind_of_state(db.code()), "PostgreSQL").with_source(ServerError {
        message: db.message().to_owned(),
        state: db.code().clone(),
    })
}

/// Returns the kind of an error of the connection itself; `None` for an error that the driver found.
fn connection_kind(error: &tokio_postgres::Error) -> Option<ErrorKind> {
    if error.is_closed() {
        return Some(ErrorKind::Io);
    }
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(inner) = inner.downcast_ref::<io::Error>() {
            return Some(kind_of_socket(inner));
        }
        cause = inner.source();
    }
    None
}

fn kind_of_socket(error: &io::Error) -> ErrorKind {
    match error.kind() {
        io::ErrorKind::PermissionDenied => ErrorKind::Permission,
        io::ErrorKind::OutOfMemory => ErrorKind::Limit,
        _ => ErrorKind::Io,
    }
}

/// Returns the kind for a SQLSTATE; its first two characters are a class.
fn kind_of_state(state: &SqlState) -> ErrorKind {
    match *state {
        // The server is going down, was killed, or is coming up.
        SqlState::ADMIN_SHUTDOWN
        | SqlState::CRASH_SHUTDOWN
        | SqlState::CANNOT_CONNECT_NOW
        | SqlState::IDLE_SESSION_TIMEOUT
        | SqlState::SYSTEM_ERROR
        | SqlState::IO_ERROR => ErrorKind::Io,
        // It became a standby: another host is the primary now.
        SqlState::READ_ONLY_SQL_TRANSACTION => ErrorKind::Io,
        // A cached plan met a changed table, or another client of a pooler left a statement of this name behind. A new connection plans anew.
        SqlState::FEATURE_NOT_SUPPORTED
        | SqlState::INVALID_SQL_STATEMENT_NAME
        | SqlState::DUPLICATE_PSTATEMENT => ErrorKind::Io,
        SqlState::QUERY_CANCELED => ErrorKind::Timeout,
        SqlState::DISK_FULL => ErrorKind::Full,
        SqlState::T_R_SERIALIZATION_FAILURE
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::LOCK_NOT_AVAILABLE
        | SqlState::OBJECT_IN_USE
        | SqlState::OUT_OF_MEMORY
        | SqlState::TOO_MANY_CONNECTIONS
        | SqlState::CONFIGURATION_LIMIT_EXCEEDED => ErrorKind::Busy,
        SqlState::INSUFFICIENT_PRIVILEGE => ErrorKind::Permission,
        SqlState::INVALID_CATALOG_NAME | SqlState::INVALID_SCHEMA_NAME => ErrorKind::NotFound,
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => ErrorKind::Corrupt,
        _ => match state.code().get(..2).unwrap_or_default() {
            "08" => ErrorKind::Io,
            "22" | "23" => ErrorKind::Invalid,
            "28" => ErrorKind::Permission,
            "54" => ErrorKind::Limit,
            // A table, column or function is missing, or differs from ours.
            "42" => ErrorKind::Schema,
            _ => ErrorKind::Database,
        },
    }
}

/// Tells whether a connection is of no use after this error.
pub fn ends_the_connection(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        None => matches!(connection_kind(error), Some(ErrorKind::Io | ErrorKind::Limit)),
        Some(state) => match *state {
            SqlState::READ_ONLY_SQL_TRANSACTION
            | SqlState::FEATURE_NOT_SUPPORTED
            | SqlState::INVALID_SQL_STATEMENT_NAME
            | SqlState::DUPLICATE_PSTATEMENT => true,
            _ => state.code().starts_with("08") || state.code().starts_with("57P"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_become_kinds() {
        for (code, kind) in [
            ("08006", ErrorKind::Io),
            ("57P01", ErrorKind::Io),
            ("40001", ErrorKind::Busy),
            ("53100", ErrorKind::Full),
            ("57014", ErrorKind::Timeout),
            ("28P01", ErrorKind::Permission),
            ("42501", ErrorKind::Permission),
            ("22003", ErrorKind::Invalid),
            ("23514", ErrorKind::Invalid),
            ("54000", ErrorKind::Limit),
            ("42P01", ErrorKind::Schema),
            ("XX000", ErrorKind::Database),
        ] {
            assert_eq!(kind_of_state(&SqlState::from_code(code)), kind, "{code}");
        }
    }
}
