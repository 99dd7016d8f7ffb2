//! Databases on a PostgreSQL server, each owned by a test and dropped with the value.
#![allow(dead_code)] // each suite uses a part of it

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};

use postgres::error::SqlState;
use postgres::{Client, NoTls, SimpleQueryMessage};

/// A database.
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// Creates an empty database on the server at `url`, whose role must have the right to.
    pub fn new(url: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let database = Self {
            server: url.to_owned(),
            name: format!("test_{}_{number}", std::process::id()),
        };
        run(&database.server, &format!("CREATE DATABASE {}", database.name));
        database
    }

    /// Returns the connection string.
    pub fn url(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }

    /// Returns the connection string through the pooler at `pooler`.
    pub fn url_through(&self, pooler: &str) -> String {
        let (pooler, _) = pooler.rsplit_once('/').unwrap();
        format!("{pooler}/{}", self.name)
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs statements in the database; returns the first column of every row.
    pub fn run(&self, sql: &str) -> Vec<String> {
        run(&self.url(), sql)
    }

    /// Runs statements on a connection that stays open, with its transaction.
    pub fn hold(&self, sql: &str) -> Held {
        let held = Held::open(&self.url());
        held.run(sql);
        held
    }

    /// Drops a role and what it owns here. The server's own work on these tables, such as autovacuum, may deadlock with that; then it is
    /// tried again.
    pub fn drop_role(&self, role: &str) {
        let drop_owned = format!("DROP OWNED BY {role} CASCADE");
        let is_deadlock = |error: &postgres::Error| error.code() == Some(&SqlState::T_R_DEADLOCK_DETECTED);
        while let Err(error) = try_run(&self.url(), &drop_owned) {
            assert!(is_deadlock(&error), "{drop_owned}: {error}");
        }
        self.run_on_server(&format!("DROP ROLE {role}"));
    }

    /// Runs statements in the server's maintenance database.
    pub fn run_on_server(&self, sql: &str) -> Vec<String> {
        run(&self.server, sql)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // May run during a panic, hence must not panic.
        let _ = try_run(
            &self.server,
            &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
        );
    }
}

/// A connection that stays open until dropped.
pub struct Held(RefCell<Client>);

impl Held {
    /// Connects.
    pub fn open(url: &str) -> Self {
        Self(RefCell::new(Client::connect(url, NoTls).unwrap()))
    }

    /// Runs statements.
    pub fn run(&self, sql: &str) {
        self.0.borrow_mut().simple_query(sql).unwrap();
    }

    /// Runs statements; returns false if they fail.
    pub fn try_run(&self, sql: &str) -> bool {
        self.0.borrow_mut().simple_query(sql).is_ok()
    }
}

/// Runs statements at a connection string; returns the first column of every row.
pub fn run(url: &str, sql: &str) -> Vec<String> {
    try_run(url, sql).unwrap_or_else(|e| panic!("{sql}: {e}: {:?}", e.as_db_error()))
}

/// Runs statements at a connection string; returns the server's error if one fails.
pub fn try_run(url: &str, sql: &str) -> Result<Vec<String>, postgres::Error> {
    let messages = Client::connect(url, NoTls)?.simple_query(sql)?;
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
        _ => None,
    });
    Ok(rows.collect())
}
