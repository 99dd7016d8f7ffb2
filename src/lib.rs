//! libseerflow: the storage that log shippers link.
//!
//! Security log events go into the database that a running Seerflow reads, from inside the process that collects them.
//! Data flows one way through the modules, which stand here in the order of their dependence:
//!
//! - [`error`], [`log`] and, private, what meets the system: `conninfo`, `fork`, `threads`, `tls`.
//! - [`record`]: plain data. The event, the query, the page.
//! - [`config`]: options, and where they come from.
//! - [`codec`]: bytes to records and back: msgpack, NDJSON, log lines, OTLP, Fluent Forward; and the batch, records made
//!   ready for the writer.
//! - [`store`]: where events live. The interface, its one SQL implementation, SQLite and PostgreSQL.
//! - [`graph`]: the entity graph. The interface that every graph back end has.
//! - [`buffer`]: the bounded queue in front of a store, and its workers.
//! - [`engine`]: the handle that ties them together.
//! - [`transfer`]: export, import, and the move of a store.
//! - [`ffi`]: the C API.
//!
//! From Rust, begin with [`Engine`]:
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

pub mod buffer;
pub mod codec;
pub mod config;
mod conninfo;
pub mod engine;
pub mod error;
pub mod ffi;
mod fork;
pub mod graph;
pub mod log;
mod memory;
pub mod record;
pub mod store;
mod threads;
mod tls;
pub mod transfer;

pub use config::Config;
pub use engine::{Engine, Health, Input, Stats, WriteOptions};
pub use error::{Error, ErrorKind, Result};
