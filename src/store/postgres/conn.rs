//! One connection: driven by the thread that uses it, and bounded in time. How it speaks [`Conn`](crate::store::sql::Conn) is in
//! [`super::speak`].

use std::borrow::Cow;
use std::cell::{Cell, RefCell, RefMut};
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use once_cell::{sync, unsync};
use parking_lot::Mutex;
use tokio::runtime::Runtime;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, SimpleQueryMessage, Statement};

use super::connect::{Connected, Connector};
use super::error::{ends_the_connection, error};
use super::pooler;
use super::speak::Answer;
use super::terms::Terms;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Control;
use crate::store::sql::Statements;
use crate::threads;

/// How long a statement that is cancelled may take to end before the connection is given up, at the least and at the most. In
/// between it is as long as connecting took: that is more round trips than a cancel request and its effect are.
const CANCEL_PATIENCE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(2));

/// What the server's own timeout has in advance of ours, so that its message is the one that is shown.
const HEAD_START: Duration = Duration::from_secs(2);

/// As good as no timeout, for statements that may take as long as they need.
const UNHURRIED: Duration = Duration::from_secs(30 * 24 * 3600);

/// Lets the statements of a transaction take as long as they need.
pub const NO_TIMEOUT: &str = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0";

/// A connection.
pub struct PgConn {
    pub(super) client: Client,
    runtime: Runtime,
    connector: Arc<Connector>,
    pub(super) prepared: RefCell<HashMap<String, Statement>>,
    pub(super) statements: unsync::OnceCell<Arc<Statements>>,
    terms: RefCell<Option<Terms>>,
    control: RefCell<Control>,
    /// Those that are being handed out, the last one innermost.
    pub(super) answers: RefCell<Vec<Arc<Mutex<Answer>>>>,
    broken: Cell<bool>,
    is_unhurried: Cell<bool>,
    in_transaction: Cell<bool>,
    /// The next transaction may run in another session of the server.
    is_pooled: bool,
    cancel_patience: Duration,
    /// Why the connection was ended from this side.
    refusal: Arc<sync::OnceCell<Error>>,
}

impl fmt::Debug for PgConn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgConn")
            .field("server", &self.connector.dsn.shown)
            .finish_non_exhaustive()
    }
}

impl PgConn {
    /// Connects, on a thread of ours: TLS takes more stack than a host's thread may have left. Of several hosts the first that
    /// answers and is what is wanted.
    pub fn connect(connector: &Arc<Connector>, control: &Control) -> Result<Self> {
        threads::run_on_own_stack("seerflow-connect", || Self::connect_here(connector, control))
    }

    fn connect_here(connector: &Arc<Connector>, control: &Control) -> Result<Self> {
        // A host's name is looked up on a thread of the runtime's: it inherits that signals are not for it.
        let _blocked = threads::block_signals();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()?;
        let name = |e: Error| e.within(&connector.dsn.shown);
        let connected = match runtime.block_on(connector.connect(control)) {
            Ok(connected) => connected,
            Err(error) => {
                // A host's name may still be looked up; nobody waits for that.
                runtime.shutdown_background();
                return Err(name(error));
            }
        };
        let Connected {
            client,
            connection,
            took,
        } = connected;
        // It moves on whenever this connection's thread waits for something.
        let refusal: Arc<sync::OnceCell<Error>> = Arc::default();
        let refused = Arc::clone(&refusal);
        runtime.spawn(async move {
            if let Err(failure) = connection.await {
                let failure = error(&failure);
                if failure.kind() == ErrorKind::Limit {
                    let _ = refused.set(failure);
                }
            }
        });
        let greeted_by = runtime.block_on(pooler::greeted_by(&client));
        let mut conn = Self {
            client,
            runtime,
            connector: Arc::clone(connector),
            prepared: RefCell::default(),
            statements: unsync::OnceCell::new(),
            terms: RefCell::default(),
            control: RefCell::new(control.clone()),
            answers: RefCell::default(),
            broken: Cell::new(false),
            is_unhurried: Cell::new(false),
            in_transaction: Cell::new(false),
            is_pooled: true,
            refusal,
            cancel_patience: took.clamp(CANCEL_PATIENCE.0, CANCEL_PATIENCE.1),
        };
        let served_by = conn.int("SELECT pg_backend_pid()").map_err(name)?;
        conn.is_pooled = greeted_by.map(i64::from) != Some(served_by);
        *conn.control.borrow_mut() = Control::unbounded();
        Ok(conn)
    }

    /// Says in which dialect the database is spoken to.
    pub fn speak(&self, statements: &Arc<Statements>) {
        let _ = self.statements.set(Arc::clone(statements));
    }

    /// Tells whether the connection is of no more use.
    pub fn is_broken(&self) -> bool {
        self.broken.get() || self.client.is_closed()
    }

    /// Has the connection closed instead of used again.
    pub fn give_up(&self) {
        self.broken.set(true);
    }

    /// Runs `work`, ending its statements when `control` says so.
    pub fn controlled<T>(&self, control: &Control, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        control.check()?;
        *self.control.borrow_mut() = control.clone();
        let done = work(self);
        *self.control.borrow_mut() = Control::unbounded();
        done
    }

    /// Runs `work`, whose statements may take as long as they need.
    pub fn without_timeout<T>(&self, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        self.is_unhurried.set(true);
        let done = work(self);
        self.is_unhurried.set(false);
        done
    }

    /// Waits for the server within the bounds of the call that runs.
    pub fn run<T>(
        &self,
        future: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        let control = self.control.borrow().clone();
        self.run_within(&control, future)
    }

    /// Waits for the server; an error of its own is handed out as it is, for who wants to look at its SQLSTATE.
    fn run_within<T>(
        &self,
        control: &Control,
        future: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        let mut last = Instant::now() + self.connector.command_timeout + HEAD_START;
        if self.is_unhurried.get() {
            last += UNHURRIED;
        }
        self.runtime.block_on(async {
            let mut future = pin!(future);
            loop {
                let until = control.next_check().map_or(last, |look| look.min(last));
                let wait = until.saturating_duration_since(Instant::now());
                match tokio::time::timeout(wait, &mut future).await {
                    Ok(Ok(done)) => return Ok(done),
                    Ok(Err(failure)) => {
                        if ends_the_connection(&failure) {
                            self.broken.set(true);
                        }
                        if let Some(refusal) = self.refusal.get() {
                            return Err(Error::new(refusal.kind(), refusal.to_string()));
                        }
                        return Err(error(&failure));
                    }
                    Err(_) => {}
                }
                let stop = match control.check() {
                    Err(stop) => stop,
                    Ok(()) if Instant::now() >= last => Error::new(
                        ErrorKind::Timeout,
                        "PostgreSQL: no answer within the command timeout",
                    ),
                    Ok(()) => continue,
                };
                let cancel = self.client.cancel_token();
                let ended = async {
                    let _ = cancel.cancel_query(self.connector.transport.for_cancel()).await;
                    future.await
                };
                match tokio::time::timeout(self.cancel_patience, ended).await {
                    // Done after all, and what is done cannot be denied: it may have been a COMMIT.
                    Ok(Ok(done)) => return Ok(done),
                    Ok(Err(failure)) if !ends_the_connection(&failure) => {}
                    _ => self.broken.set(true),
                }
                return Err(stop);
            }
        })
    }

    /// Puts the settings of a transaction before statements that run in one of their own.
    fn with_settings<'s>(&self, sql: &'s str) -> Cow<'s, str> {
        if self.in_transaction.get() {
            sql.into()
        } else {
            format!("{}{sql}", self.connector.settings).into()
        }
    }

    /// Begins a transaction with statements of which the first is BEGIN; the first column of the last row of all, as text. It ends with
    /// [`Self::commit`] or [`Self::roll_back`], also after an error.
    pub fn begin(&self, sql: &str) -> Result<Option<String>> {
        let answer = self.ask(sql);
        self.in_transaction.set(true);
        answer
    }

    /// Tells whether a transaction was begun and not ended.
    pub fn is_in_transaction(&self) -> bool {
        self.in_transaction.get()
    }

    /// Runs a statement that refuses to be in a transaction, however long it takes. Names in it must not depend on the search path.
    pub fn outside_transaction(&self, sql: &str) -> Result<()> {
        self.without_timeout(|conn| {
            if !conn.is_pooled {
                // The role may have timeouts of its own. Another client's session is not ours to change.
                let settings = "SET statement_timeout = 0; SET lock_timeout = 0";
                conn.run(conn.client.batch_execute(settings))?;
            }
            conn.run(conn.client.batch_execute(sql))
        })
    }

    /// Runs statements without parameters and rows; outside of a transaction, in one of their own.
    pub fn batch(&self, sql: &str) -> Result<()> {
        self.run(self.client.batch_execute(&self.with_settings(sql)))
    }

    /// Runs statements without parameters; the first column of the last row of all, as text.
    pub fn ask(&self, sql: &str) -> Result<Option<String>> {
        let messages = self.run(self.client.simple_query(&self.with_settings(sql)))?;
        Ok(messages.iter().rev().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }))
    }

    /// Runs statements without parameters; the first column of every row, as text.
    pub fn list(&self, sql: &str) -> Result<Vec<String>> {
        let messages = self.run(self.client.simple_query(&self.with_settings(sql)))?;
        Ok(messages
            .iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            })
            .collect())
    }

    /// Runs a statement without parameters whose answer is one integer; NULL and no row count as 0.
    pub fn int(&self, sql: &str) -> Result<i64> {
        let answer = self.ask(sql)?;
        Ok(answer.and_then(|text| text.parse().ok()).unwrap_or_default())
    }

    /// Commits. The caller's deadline does not cut it short: what became of it would be unknown.
    pub fn commit(&self) -> Result<()> {
        self.end_transaction();
        self.run_within(&Control::unbounded(), self.client.batch_execute("COMMIT"))
    }

    /// Takes back what a transaction has done.
    pub fn roll_back(&self) {
        self.end_transaction();
        if !self.is_broken()
            && self
                .run_within(&Control::unbounded(), self.client.batch_execute("ROLLBACK"))
                .is_err()
        {
            self.broken.set(true);
        }
    }

    /// Behind a pooler, has the session forget our prepared statements before the transaction ends: the next one in it may be another client's.
    fn end_transaction(&self) {
        if self.is_pooled {
            self.prepared.borrow_mut().clear();
        }
        self.in_transaction.set(false);
    }

    /// Returns the statement for a text, prepared once a connection; behind a pooler, once a transaction.
    pub fn prepare(&self, text: &str, types: &[Type]) -> Result<Statement> {
        if let Some(known) = self.prepared.borrow().get(text) {
            return Ok(known.clone());
        }
        self.make_room()?;
        let statement = self.run(self.client.prepare_typed(text, types))?;
        self.prepared
            .borrow_mut()
            .insert(text.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Runs a prepared statement with parameters of the driver's own types.
    pub fn rows(&self, text: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<tokio_postgres::Row>> {
        let statement = self.prepare(text, &[])?;
        self.make_room()?;
        self.run(self.client.query(&statement, params))
    }

    /// Runs a prepared statement with parameters of the driver's own types and returns how many rows it changed.
    pub fn change(&self, text: &str, params: &[&(dyn ToSql + Sync)]) -> Result<u64> {
        let statement = self.prepare(text, &[])?;
        self.make_room()?;
        self.run(self.client.execute(&statement, params))
    }

    /// Returns the client underneath, for COPY.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the tokenizer.
    pub fn terms(&self) -> Result<RefMut<'_, Terms>> {
        let mut terms = self.terms.borrow_mut();
        if terms.is_none() {
            *terms = Some(Terms::new()?);
        }
        RefMut::filter_map(terms, Option::as_mut)
            .map_err(|_| Error::new(ErrorKind::Database, "SQLite has no tokenizer"))
    }
}
