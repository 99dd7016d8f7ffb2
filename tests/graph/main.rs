//! Tests of the entity graph on every back end, including the real FalkorDB and Apache AGE, against a simple model.
//! `backends.rs` is the one place where back ends are registered.
//!
//! Random graphs follow from `SEERFLOW_SEED`, which a failure prints.

#[path = "../services/certificates.rs"]
mod certificates;
#[cfg(target_os = "linux")]
#[path = "../faults/cluster.rs"]
#[allow(dead_code)] // parts are used by other suites only
mod cluster;
#[path = "../services/database.rs"]
mod database;
#[path = "../services/mod.rs"]
mod services;

mod age_extension;
mod age_server;
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
mod plans;
#[path = "../services/proof.rs"]
mod proof;
mod proxy;
mod random;
mod redis;
#[cfg(target_os = "linux")]
mod replica;
mod sync;
