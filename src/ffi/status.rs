//! Status numbers: what a C function answers.

use std::ffi::c_char;

use crate::error::ErrorKind;

/// What a call answered. Numbers are never reused; a later library may answer numbers that are not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum seerflow_status {
    /// Done.
    Ok = 0,
    /// An argument or a record is outside what the call accepts. A handle that is NULL, of another type or destroyed.
    Invalid = 1,
    /// The configuration has an unknown key, a bad value or an unset variable.
    Config = 2,
    /// What was asked for by name or by number is not there.
    NotFound = 3,
    /// The queue stayed full until the deadline, or no completion is there; try again later.
    Again = 4,
    /// The deadline passed before the work was done.
    Timeout = 5,
    /// Another thread raised the call's interrupt.
    Interrupted = 6,
    /// The store was closed before the call.
    Closed = 7,
    /// The parent process used the handle before fork(), or has the file open. See FORK on the first page.
    Forked = 8,
    /// A call on the handle met a defect of this library. All that is left for the handle is to be destroyed.
    Panic = 9,
    /// The file system or the operating system refused.
    Io = 10,
    /// The database answered an error of its own.
    Database = 11,
    /// The database file, or an event in it, is damaged.
    Corrupt = 12,
    /// No space is left where the database lives.
    Full = 13,
    /// Another program holds the database's write lock.
    Busy = 14,
    /// The database's schema is newer than this library, or of an age it does not adopt.
    Schema = 15,
    /// This build, this platform, the database or its server does not have what is needed: a database that is not in UTF8, a
    /// file system without write-ahead logs, a backup of PostgreSQL.
    Unsupported = 16,
    /// Access was denied.
    Permission = 17,
    /// A bound on size, depth or count was passed.
    Limit = 18,
    /// Something else than what the call expected is stored there.
    Conflict = 19,
    /// The store is closed, and accepted events could not be stored before.
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

/// A status as it comes from C: any number.
pub type StatusNumber = i32;

/// Names a status in lower case: "ok", "again", "not_found"; "unknown" for a number that is none.
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
