//! Failures of a PostgreSQL server and of connections to it: acknowledged events are not lost, nothing is stored twice, the buffer
//! waits and continues, and `health` names the reason.
//!
//! Each test has its own cluster. Some have a long form, run with `SEERFLOW_TORTURE=long` (`make proof`). Random choices follow
//! from `SEERFLOW_SEED`, which is printed.

#![cfg(target_os = "linux")]

mod any_fault;
#[path = "../services/certificates.rs"]
mod certificates;
mod cluster;
mod connections;
#[path = "../services/database.rs"]
mod database;
mod edges;
mod failover;
mod full_disk;
mod hosts;
mod hurried;
mod load;
mod move_storage;
mod patience;
mod pooler;
#[path = "../services/proof.rs"]
mod proof;
mod proxy;
#[path = "../services/random.rs"]
mod random;
mod replica;
mod servers;
#[path = "../services/mod.rs"]
mod services;
mod tls;
mod withdraw;
