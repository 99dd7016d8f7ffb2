//! Addresses of the real servers for tests. `tests/services/up.sh` starts the servers and writes the addresses to a file.
//!
//! ```ignore
//! #[path = "services/mod.rs"]
//! mod services;
//!
//! let Some(url) = services::POSTGRES.url() else { return };
//! ```
#![allow(dead_code)] // each suite uses some of the servers

use std::net::TcpListener;
use std::path::{Path, PathBuf};

/// The arguments of initdb for a cluster of tests, besides its folder.
pub const INITDB: [&str; 7] = [
    "-U",
    "postgres",
    "-E",
    "UTF8",
    "--locale=C.UTF-8",
    "--auth=trust",
    "--no-sync",
];

/// Returns a port on which nothing listens.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Finds the Python with the real Seerflow; `None`, with a message, if it is missing, which fails the test in CI.
pub fn seerflow() -> Option<PathBuf> {
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/seerflow-venv/bin/python");
    let python = std::env::var_os("SEERFLOW_PYTHON").map_or(made, PathBuf::from);
    if python.exists() {
        return Some(python);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "Seerflow is missing in CI: run tests/interop/setup.sh"
    );
    println!(
        "skipped: no Seerflow at {}; run tests/interop/setup.sh",
        python.display()
    );
    None
}

/// A server, and the environment variable with its address.
pub struct Service {
    name: &'static str,
    variable: &'static str,
}

/// PostgreSQL; the address has a superuser.
pub const POSTGRES: Service = Service {
    name: "postgres",
    variable: "SEERFLOW_TEST_POSTGRES_URL",
};

/// pgbouncer in front of that PostgreSQL, in transaction mode.
pub const PGBOUNCER_TRANSACTION: Service = Service {
    name: "pgbouncer",
    variable: "SEERFLOW_TEST_PGBOUNCER_TRANSACTION_URL",
};

/// pgbouncer in front of that PostgreSQL, in session mode.
pub const PGBOUNCER_SESSION: Service = Service {
    name: "pgbouncer",
    variable: "SEERFLOW_TEST_PGBOUNCER_SESSION_URL",
};

/// PostgreSQL with Apache AGE; the address has a superuser.
pub const AGE: Service = Service {
    name: "age",
    variable: "SEERFLOW_TEST_AGE_URL",
};

/// FalkorDB.
pub const FALKORDB: Service = Service {
    name: "falkordb",
    variable: "SEERFLOW_TEST_FALKORDB_URL",
};

impl Service {
    /// Returns the server's address; `None`, with a message, if it is not running, which fails the test in CI.
    pub fn url(&self) -> Option<String> {
        let found = std::env::var(self.variable).ok().or_else(|| self.written_down());
        if found.is_none() {
            let remedy = format!("tests/services/up.sh {} starts it", self.name);
            assert!(
                std::env::var("CI").as_deref() != Ok("true"),
                "{} is not up: {remedy}",
                self.name
            );
            eprintln!("skipped: {} is not up; {remedy}", self.name);
        }
        found
    }

    fn written_down(&self) -> Option<String> {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/target/services/env");
        let text = std::fs::read_to_string(file).ok()?;
        let prefix = format!("export {}=", self.variable);
        text.lines()
            .find_map(|line| line.strip_prefix(&prefix))
            .map(str::to_owned)
    }
}
