//! One suite over every back end of the entity graph, the real FalkorDB and the real Apache AGE among them, against a model
//! that is simple enough to be right. `backends.rs` is the one place where back ends are registered.
//!
//! Random graphs come from `SEERFLOW_SEED`, which a failure shows.

#[path = "../services/certificates.rs"]
mod certificates;
#[cfg(target_os = "linux")]
#[path = "../faults/cluster.rs"]
#[allow(dead_code)] // not all of it is used here
mod cluster;
#[path = "../services/database.rs"]
mod database;
#[path = "../services/mod.rs"]
mod services;

mod age_extension;
mod agreement;
mod algorithms;
mod backends;
mod conformance;
mod cypher;
mod falkordb;
mod falkordb_login;
mod falkordb_server;
mod memory;
mod migrate;
mod model;
mod proxy;
mod random;
mod redis;
#[cfg(target_os = "linux")]
mod replica;
mod sync;
mod sync_age;
