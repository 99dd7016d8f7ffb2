//! libseerflow: storage for security log events, to be linked by log shippers.
//!
//! A collecting process writes events with it, in process, into the database that a running Seerflow reads. The modules, in order
//! of dependence; none uses a later one:
//!
//! - [`error`], [`log`], and the private modules `back_off`, `conninfo`, `fork`, `process`, `sync`, `threads`, `tls`, which deal with the operating system.
//! - [`record`]: plain data types: events, queries, pages.
//! - [`config`]: options, and the sources they are loaded from.
//! - [`codec`]: decoding and encoding of msgpack, NDJSON, log lines, OTLP and Fluent Forward; and batches, records prepared for
//!   the writer.
//! - [`store`]: the interface of event stores, its SQL implementation, and its drivers for SQLite and PostgreSQL.
//! - [`graph`]: the entity graph: the interface of graph back ends, and the back ends.
//! - [`buffer`]: the bounded queue in front of a store, and its worker threads.
//! - [`engine`]: the store handle.
//! - [`transfer`]: export, import, and moves of whole stores.
//! - [`ffi`]: the C API.
//!
//! Rust programs start with [`Engine`]:
//!
//! ```
//! use seerflow::record::{Control, EventQuery};
//! use seerflow::{Config, Engine, Input, WriteOptions};
//!
//! # fn main() -> seerflow::Result<()> {
//! # let folder = tempfile::tempdir().unwrap();
//! let mut config = Config::new();
//! config.set("storage.sqlite_path", folder.path().join("seerflow.db").to_str().unwrap())?;
//! let engine = Engine::open(&config, Default::default())?;
//!
//! let line = b"Mar 14 01:47:13 web2 sshd[21346]: Accepted password for deploy from 203.0.113.66 port 51514 ssh2\n";
//! let durable = WriteOptions { durable: true, ..WriteOptions::default() };
//! engine.write(Input::Lines(line), durable, &Control::unbounded())?;
//!
//! let query = EventQuery { text: Some("accepted password".into()), ..EventQuery::default() };
//! let page = engine.query_events(&query, &Control::unbounded())?;
//! assert_eq!(page.len(), 1);
//! # Ok(())
//! # }
//! ```

mod back_off;
pub mod buffer;
pub mod codec;
pub mod config;
mod conninfo;
pub mod engine;
pub mod error;
pub mod ffi;
mod fork;
#[cfg(feature = "fault-injection")]
#[doc(hidden)]
pub mod fuzzing;
pub mod graph;
pub mod log;
mod memory;
#[cfg(any(feature = "postgres", feature = "graph-servers"))]
mod pool;
mod process;
pub mod record;
pub mod store;
mod sync;
mod threads;
#[cfg(any(feature = "postgres", feature = "graph-servers"))]
mod tls;
pub mod transfer;

pub use buffer::CommitFailure;
pub use config::Config;
pub use engine::{Engine, Health, Input, SharedEngine, Stats, WriteOptions};
pub use error::{Error, ErrorKind, Result};
