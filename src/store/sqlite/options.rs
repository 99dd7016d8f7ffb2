//! Options of the SQLite back end.

use std::path::PathBuf;

use crate::record::Durability;
use crate::store::opener::Access;

/// Options of a database file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteOptions {
    /// The file. Its directory is created if it is missing.
    pub path: PathBuf,
    /// The most access that callers get.
    pub access: Access,
    /// A missing file is not created, and not read as an empty one.
    pub must_exist: bool,
    /// The failures that a commit survives.
    pub durability: Durability,
    /// The size of the write-ahead log at which the writer copies it into the file before the next commit, in bytes.
    pub wal_limit: u64,
    /// The size limit of one answer, in bytes.
    pub page_bytes: usize,
    /// The size of the page caches of all connections, in bytes.
    pub cache_bytes: u64,
    /// The longest row, in bytes. SQLite refuses longer ones, also as intermediate values.
    pub longest_row: i32,
}
