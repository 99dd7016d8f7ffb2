//! The stores' SQL implementation: statements from `queries/*.sql`, run over the [`Conn`] trait.
//!
//! Each statement is a file. If the dialects differ, there are `name.sqlite.sql` and `name.postgres.sql`. Marks are replaced when a
//! statement is loaded: `{seq}` is the arrival number, `{order}` and `{beyond}` the direction of a walk; `{binary}` makes texts compare
//! by bytes, whatever the collation of the database; `{counted}` and `{alert_filters}` are parts of several statements. Parameters are
//! written `?1`, which becomes `$1` for PostgreSQL.

pub mod absent;
mod access;
mod aggregate;
mod alert;
mod alert_counts;
mod conn;
pub mod database;
mod dead_letter;
pub mod derive;
mod dialect;
mod edge;
mod entity;
mod feedback;
mod log;
pub mod maintain;
mod matching;
mod model;
pub mod search;
mod sigma;
mod statements;
mod streams;
pub mod summary;
pub mod table;
mod table_statements;
pub mod tally;
mod template;
mod walk;

pub use self::conn::{
    Conn, EachEvent, Key, MessageTest, Param, Row, Typed, arrival_number, query_int, query_one,
};
pub use self::dialect::{Dialect, Directed, Filtered, Matching, Sql, many_rows};
pub use self::statements::Statements;
