//! The status numbers that C functions return.

use std::ffi::c_char;

use crate::error::ErrorKind;

/// The result of a call. Numbers are never reused; a later library may return numbers that are not listed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum seerflow_status {
    /// The call succeeded.
    Ok = 0,
    /// An argument or a record is not valid, or a handle is NULL, of another type, or destroyed.
    Invalid = 1,
    /// The configuration has an unknown key, a bad value, or a variable that is not set.
    Config = 2,
    /// The record or index that was asked for does not exist.
    NotFound = 3,
    /// The queue stayed full until the deadline, or no completion is available. Try again later.
    Again = 4,
    /// The deadline passed before the call finished.
    Timeout = 5,
    /// Another thread raised the call's interrupt.
    Interrupted = 6,
    /// The store is closed.
    Closed = 7,
    /// The parent process used the handle before fork(), or has the file open. See FORK at the top of this header.
    Forked = 8,
    /// The library has a defect, and a call on the handle met it. The handle can only be destroyed.
    Panic = 9,
    /// The operating system reported an error, for example from the file system.
    Io = 10,
    /// The database reported an error.
    Database = 11,
    /// The database file, or an event in it, is damaged.
    Corrupt = 12,
    /// The disk of the database is full.
    Full = 13,
    /// Another program holds the write lock of the database.
    Busy = 14,
    /// The schema of the database is newer than this library, or older than any that the library can adopt.
    Schema = 15,
    /// This build, the platform, the file system or the database server lacks something that the call needs. Examples:
    /// a PostgreSQL database that is not in UTF8, a file system on which SQLite cannot use a write-ahead log, a backup
    /// of PostgreSQL.
    Unsupported = 16,
    /// Access was denied.
    Permission = 17,
    /// A limit on size, depth, count or memory was exceeded.
    Limit = 18,
    /// The stored record is not the one that the call expected.
    Conflict = 19,
    /// The store was closed, and some accepted events could not be stored.
    Lost = 20,
}

impl From<ErrorKind> for seerflow_status {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Invalid => Self::Invalid,
            ErrorKind::Config => Self::Config,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::Again => Self::Again,
            ErrorKind::Timeout => Self::Timeout,
            ErrorKind::Interrupted => Self::Interrupted,
            ErrorKind::Closed => Self::Closed,
            ErrorKind::Forked => Self::Forked,
            ErrorKind::Panic => Self::Panic,
            ErrorKind::Io => Self::Io,
            ErrorKind::Database => Self::Database,
            ErrorKind::Corrupt => Self::Corrupt,
            ErrorKind::Full => Self::Full,
            ErrorKind::Busy => Self::Busy,
            ErrorKind::Schema => Self::Schema,
            ErrorKind::Unsupported => Self::Unsupported,
            ErrorKind::Permission => Self::Permission,
            ErrorKind::Limit => Self::Limit,
            ErrorKind::Conflict => Self::Conflict,
            ErrorKind::Lost => Self::Lost,
        }
    }
}

/// A seerflow_status passed from C, not yet validated.
pub type StatusNumber = i32;

/// Returns the name of a status in lower case, such as "ok", "again" or "not_found".
///
/// Returns "unknown" for a number that is not a seerflow_status.
///
/// Threads: any. Blocking: never. Ownership: the text is static.
#[unsafe(no_mangle)]
pub extern "C" fn seerflow_status_name(status: StatusNumber) -> *const c_char {
    let name = match status {
        0 => c"ok",
        1 => c"invalid",
        2 => c"config",
        3 => c"not_found",
        4 => c"again",
        5 => c"timeout",
        6 => c"interrupted",
        7 => c"closed",
        8 => c"forked",
        9 => c"panic",
        10 => c"io",
        11 => c"database",
        12 => c"corrupt",
        13 => c"full",
        14 => c"busy",
        15 => c"schema",
        16 => c"unsupported",
        17 => c"permission",
        18 => c"limit",
        19 => c"conflict",
        20 => c"lost",
        _ => c"unknown",
    };
    name.as_ptr()
}
