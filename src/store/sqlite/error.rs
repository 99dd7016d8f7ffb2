//! Errors of SQLite, converted to [`Error`].

use rusqlite::ffi;

use crate::error::{Error, ErrorKind};

/// Converts an error of SQLite.
pub fn error(error: rusqlite::Error) -> Error {
    let kind = match error.sqlite_error() {
        Some(code) => kind_of_code(code.extended_code),
        None => ErrorKind::Database,
    };
    let text = match &error {
        rusqlite::Error::SqliteFailure(code, Some(text)) => {
            format!("SQLite: {text} (code {})", code.extended_code)
        }
        other => format!("SQLite: {other}"),
    };
    Error::new(kind, text)
}

/// Converts an error of reading a row, which may exceed the memory or the bound of its connection.
pub fn read_error(failure: rusqlite::Error) -> Error {
    match failure.sqlite_error_code() {
        Some(ffi::ErrorCode::OutOfMemory) => Error::new(
            ErrorKind::Limit,
            "there is not enough memory for a row of the database",
        ),
        Some(ffi::ErrorCode::TooBig) => Error::new(
            ErrorKind::Limit,
            "a row of the database is longer than 256 MiB and than storage.max_event_bytes allows",
        ),
        _ => error(failure),
    }
}

fn kind_of_code(code: i32) -> ErrorKind {
    match code & 0xff {
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED | ffi::SQLITE_PROTOCOL => ErrorKind::Busy,
        ffi::SQLITE_FULL => ErrorKind::Full,
        ffi::SQLITE_INTERRUPT => ErrorKind::Interrupted,
        ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB => ErrorKind::Corrupt,
        ffi::SQLITE_PERM | ffi::SQLITE_READONLY | ffi::SQLITE_AUTH => ErrorKind::Permission,
        ffi::SQLITE_IOERR | ffi::SQLITE_CANTOPEN => ErrorKind::Io,
        ffi::SQLITE_TOOBIG => ErrorKind::Limit,
        ffi::SQLITE_CONSTRAINT | ffi::SQLITE_MISMATCH => ErrorKind::Invalid,
        _ => ErrorKind::Database,
    }
}
