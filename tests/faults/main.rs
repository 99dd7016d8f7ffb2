//! What may happen to a PostgreSQL server and to the connections to it: nothing that was acknowledged is lost, nothing is
//! stored twice, the buffer waits and goes on, and health says why.
//!
//! Each test has a cluster of its own. Those with a long form run it under `SEERFLOW_TORTURE=long` (`make torture`); random
//! choices come from `SEERFLOW_SEED`, which is printed.

#![cfg(target_os = "linux")]

#[path = "../services/certificates.rs"]
mod certificates;
mod cluster;
mod connections;
mod edges;
mod hosts;
mod load;
mod move_storage;
mod patience;
mod proxy;
mod replica;
mod servers;
mod tls;
mod withdraw;
