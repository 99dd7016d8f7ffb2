//! The PostgreSQL back end: a server that many programs share, a running Seerflow among them.
//!
//! Connections come out of a bounded pool and are driven by the thread that uses them. Nothing is opened before the first use.

mod auth;
mod bulk_insert;
mod conn;
mod connector;
pub(crate) mod copy;
mod database;
mod dialect;
mod driver_config;
mod dsn;
mod error;
mod event_rows;
#[cfg(test)]
mod folding;
mod horizon;
mod kinds;
mod layout;
mod locks;
mod maintain;
mod options;
mod partition;
mod partition_step;
mod passfile;
#[cfg(unix)]
mod peer;
mod pool;
mod pooler;
mod replica;
mod result_set;
mod schema;
mod service;
mod socket;
mod sql_conn;
mod store;
mod summarizer;
mod table;
mod terms;
mod tls;
mod transactions;
mod transport;
mod writer;

#[cfg(feature = "graph-servers")]
pub(crate) use self::conn::PgConn;
#[cfg(feature = "fault-injection")]
pub(crate) use self::dsn::Dsn;
#[cfg(feature = "graph-servers")]
pub(crate) use self::error::is_unique_violation;
pub use self::options::PostgresOptions;
#[cfg(feature = "graph-servers")]
pub(crate) use self::options::pool;
#[cfg(feature = "graph-servers")]
pub(crate) use self::pool::PgPool;
pub use self::store::PostgresStore;
#[cfg(feature = "fault-injection")]
pub(crate) use self::transport::pass;
