//! Failures of a PostgreSQL server and of connections to it: acknowledged events are not lost, nothing is stored twice, the buffer
//! waits and continues, and `health` names the reason.
//!
//! Each test has its own cluster. Some have a long form, run with `SEERFLOW_TORTURE=long` (`make torture`). Random choices follow
//! from `SEERFLOW_SEED`, which is printed.

#![cfg(target_os = "linux")]

#[path = "../services/certificates.rs"]
mod certificates;
mod cluster;
mod connections;
#[path = "../services/database.rs"]
mod database;
mod edges;
mod hosts;
mod load;
mod move_storage;
mod patience;
mod pooler;
mod proxy;
mod replica;
mod servers;
#[path = "../services/mod.rs"]
mod services;
mod tls;
mod withdraw;
