//! Errors of the server and of the way to it, as errors of ours.

use std::error::Error as _;

use crate::error::{Error, ErrorKind};

/// What the text of an error says whose key is there already.
const UNIQUE_VIOLATION: &str = "(SQLSTATE 23505)";

/// Tells whether a key was there already.
pub fn is_unique_violation(error: &Error) -> bool {
    error.kind() == ErrorKind::Invalid && error.to_string().contains(UNIQUE_VIOLATION)
}

/// Makes an error of ours.
pub fn error(error: &tokio_postgres::Error) -> Error {
    let Some(db) = error.as_db_error() else {
        // The driver's own words, and those of what it stumbled over: "connection closed", "Connection refused".
        let mut text = format!("PostgreSQL: {error}");
        let mut cause = error.source();
        while let Some(inner) = cause {
            let words = inner.to_string();
            if !text.contains(&words) {
                text = format!("{text}: {words}");
            }
            cause = inner.source();
        }
        return Error::new(kind_of_driver(error), text);
    };
    let code = db.code().code();
    // The detail may show values of rows: it stays out.
    let mut text = format!("PostgreSQL: {} (SQLSTATE {code})", db.message());
    if code == "42501" {
        text.push_str("; see docs/postgresql.md for the rights that the role needs");
    }
    Error::new(kind_of_state(code), text)
}

fn kind_of_driver(error: &tokio_postgres::Error) -> ErrorKind {
    if error.is_closed() {
        return ErrorKind::Io;
    }
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return match io.kind() {
                std::io::ErrorKind::PermissionDenied => ErrorKind::Permission,
                std::io::ErrorKind::OutOfMemory => ErrorKind::Limit,
                _ => ErrorKind::Io,
            };
        }
        cause = inner.source();
    }
    let text = error.to_string();
    if text.contains("connect") || text.contains("TLS") || text.contains("communicating") {
        ErrorKind::Io
    } else if text.contains("configuration") || text.contains("authentication") {
        ErrorKind::Config
    } else {
        ErrorKind::Database
    }
}

/// Returns the kind for a SQLSTATE; its first two characters are a class.
fn kind_of_state(code: &str) -> ErrorKind {
    match code {
        // The server is going down, was killed, or is coming up.
        "57P01" | "57P02" | "57P03" | "57P05" | "58000" | "58030" => ErrorKind::Io,
        // It became a standby: another host is the primary now.
        "25006" => ErrorKind::Io,
        // A cached plan met a changed table; the connection is given up, another one plans anew. Or another client of a pooler left a
        // statement of this name behind.
        "0A000" | "26000" | "42P05" => ErrorKind::Io,
        "57014" => ErrorKind::Timeout,
        "53100" => ErrorKind::Full,
        "40001" | "40P01" | "55P03" | "55006" | "53200" | "53300" | "53400" => ErrorKind::Busy,
        "42501" => ErrorKind::Permission,
        "3D000" | "3F000" => ErrorKind::NotFound,
        "XX001" | "XX002" => ErrorKind::Corrupt,
        _ => match code.get(..2).unwrap_or_default() {
            "08" => ErrorKind::Io,
            "22" | "23" => ErrorKind::Invalid,
            "28" => ErrorKind::Permission,
            "54" => ErrorKind::Limit,
            // A table, column or function is missing or is another one.
            "42" => ErrorKind::Schema,
            _ => ErrorKind::Database,
        },
    }
}

/// Tells whether a connection is of no use after this error.
pub fn ends_the_connection(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        None => error.is_closed() || matches!(kind_of_driver(error), ErrorKind::Io | ErrorKind::Limit),
        Some(code) => {
            let code = code.code();
            code.starts_with("08")
                || code.starts_with("57P")
                || ["25006", "0A000", "26000", "42P05"].contains(&code)
        }
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
            assert_eq!(kind_of_state(code), kind, "{code}");
        }
    }
}
