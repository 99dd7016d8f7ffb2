//! The SQLite back end: one file that a running Seerflow may share.
//!
//! One connection writes, several read, one checkpoints. The file is opened at the first use.

mod checkpoint;
mod conn;
mod database;
mod error;
mod locks;
mod maintain;
mod open;
mod options;
mod pace;
mod place;
mod readers;
mod row;
mod schema;
mod source;
mod store;
mod table;
mod terms;
mod writer;

pub use self::options::SqliteOptions;
pub use self::store::SqliteStore;
#[cfg(test)]
pub use self::terms::LONGEST;
#[cfg(feature = "postgres")]
pub use self::terms::Terms;
