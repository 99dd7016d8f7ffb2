//! One connection: driven by the thread that uses it, and bounded in time. [`super::sql_conn`] implements
//! [`Conn`](crate::store::sql::Conn) on it.

use std::borrow::Cow;
use std::cell::{Cell, RefCell, RefMut};
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use once_cell::{sync, unsync};
use parking_lot::Mutex;
use tokio::runtime::Runtime;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, SimpleQueryMessage, Statement};

use super::connector::{Connected, Connector};
use super::error::{ends_the_connection, error};
use super::pooler;
use super::result_set::ResultSet;
use super::socket::Address;
use super::transport::IsReady;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Control;
use crate::store::sql::Statements;
use crate::store::sqlite::Terms;
use crate::threads;

/// Shortest and longest time that a cancelled statement may take to end before the connection is closed. In between it is the time
/// that connecting took, which has more round trips than a cancel request.
const CANCEL_WAIT: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(2));

/// Our timeout is longer than the server's by this time, so that the caller gets the server's message.
const HEAD_START: Duration = Duration::from_secs(2);

/// The timeout of statements that may take any time.
const NO_LIMIT: Duration = Duration::from_secs(30 * 24 * 3600);

/// Rows of a result that are fetched together, unless they exceed this size; the server continues while they are read.
const FETCHED_ROWS: usize = 1_000;
const FETCHED_BYTES: usize = 256 << 10;

/// Removes the timeouts of the statements of a transaction.
pub const NO_TIMEOUT: &str = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0";

/// A connection.
pub struct PgConn {
    pub(super) client: Client,
    runtime: Runtime,
    connector: Arc<Connector>,
    /// The host, and its address.
    server: (Config, Address),
    pub(super) prepared: RefCell<HashMap<String, Statement>>,
    pub(super) statements: unsync::OnceCell<Arc<Statements>>,
    terms: RefCell<Option<Terms>>,
    control: RefCell<Control>,
    /// The results that are being read, the innermost one last.
    pub(super) results: RefCell<Vec<Arc<Mutex<ResultSet>>>>,
    broken: Cell<bool>,
    is_unlimited: Cell<bool>,
    in_transaction: Cell<bool>,
    /// The connection leads to a pooler: the next transaction may run in another session of the server.
    is_pooled: bool,
    cancel_wait: Duration,
    /// The reason why this side closed the connection.
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
    /// Connects to the first host that answers and has the wanted role. Runs on a thread of its own: TLS needs more stack than a thread
    /// of the host program may have left.
    pub fn connect(connector: &Arc<Connector>, control: &Control) -> Result<Self> {
        threads::run_on_own_stack("seerflow-connect", || Self::connect_here(connector, control))
    }

    fn connect_here(connector: &Arc<Connector>, control: &Control) -> Result<Self> {
        // The runtime looks host names up on a thread of its own, which inherits the blocked signals.
        let _blocked = threads::block_signals();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()?;
        let name = |e: Error| e.within(&connector.dsn.shown);
        let connected = match runtime.block_on(connector.connect(control)) {
            Ok(connected) => connected,
            Err(error) => {
                // A lookup of a host name may still run; it is not waited for.
                runtime.shutdown_background();
                return Err(name(error));
            }
        };
        let Connected {
            client,
            connection,
            server,
            took,
        } = connected;
        // The task advances while the thread of this connection waits for an answer.
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
            server,
            prepared: RefCell::default(),
            statements: unsync::OnceCell::new(),
            terms: RefCell::default(),
            control: RefCell::new(control.clone()),
            results: RefCell::default(),
            broken: Cell::new(false),
            is_unlimited: Cell::new(false),
            in_transaction: Cell::new(false),
            is_pooled: true,
            refusal,
            cancel_wait: took.clamp(CANCEL_WAIT.0, CANCEL_WAIT.1),
        };
        let served_by = conn.int("SELECT pg_backend_pid()").map_err(name)?;
        conn.is_pooled = greeted_by.map(i64::from) != Some(served_by);
        *conn.control.borrow_mut() = Control::unbounded();
        Ok(conn)
    }

    /// Sets the statements of the database's dialect.
    pub fn set_statements(&self, statements: &Arc<Statements>) {
        let _ = self.statements.set(Arc::clone(statements));
    }

    /// Returns whether the connection is unusable.
    pub fn is_broken(&self) -> bool {
        self.broken.get() || self.client.is_closed()
    }

    /// Marks the connection as unusable, so that the pool closes it.
    pub fn give_up(&self) {
        self.broken.set(true);
    }

    /// Runs `work` within the bounds of `control`, which cancels its statements.
    pub fn controlled<T>(&self, control: &Control, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        control.check()?;
        *self.control.borrow_mut() = control.clone();
        let done = work(self);
        *self.control.borrow_mut() = Control::unbounded();
        done
    }

    /// Runs `work` without a timeout of its statements.
    pub fn without_timeout<T>(&self, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        self.is_unlimited.set(true);
        let done = work(self);
        self.is_unlimited.set(false);
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

    /// Waits for the server within the bounds of `control`; cancels the statement when they are exceeded.
    fn run_within<T>(
        &self,
        control: &Control,
        future: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        let mut last = Instant::now() + self.connector.command_timeout + HEAD_START;
        if self.is_unlimited.get() {
            last += NO_LIMIT;
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
                    let (config, address) = &self.server;
                    if let Ok(stream) = self.connector.transport.connect(config, address).await {
                        let _ = cancel.cancel_query_raw(stream.for_cancel(), IsReady).await;
                    }
                    future.await
                };
                match tokio::time::timeout(self.cancel_wait, ended).await {
                    // The statement ended before it was cancelled. It may have been a COMMIT, so its result counts.
                    Ok(Ok(done)) => return Ok(done),
                    Ok(Err(failure)) if !ends_the_connection(&failure) => {}
                    _ => self.broken.set(true),
                }
                return Err(stop);
            }
        })
    }

    /// Prepends the settings of a transaction to statements that run in a transaction of their own.
    fn with_settings<'s>(&self, sql: &'s str) -> Cow<'s, str> {
        if self.in_transaction.get() {
            sql.into()
        } else {
            format!("{}{sql}", self.connector.settings).into()
        }
    }

    /// Begins a transaction with statements of which the first is BEGIN. Returns the first column of the last row as text. The caller
    /// ends the transaction with [`Self::commit`] or [`Self::roll_back`], also after an error.
    pub fn begin(&self, sql: &str) -> Result<Option<String>> {
        let answer = self.ask(sql);
        self.in_transaction.set(true);
        answer
    }

    /// Returns whether a transaction was begun and not ended.
    pub fn is_in_transaction(&self) -> bool {
        self.in_transaction.get()
    }

    /// Runs a statement that cannot run in a transaction, without a timeout. Names in it must not depend on the search path.
    pub fn outside_transaction(&self, sql: &str) -> Result<()> {
        self.without_timeout(|conn| {
            if !conn.is_pooled {
                // The role may have timeouts of its own. Behind a pooler the session belongs to other clients too and stays unchanged.
                let settings = "SET statement_timeout = 0; SET lock_timeout = 0";
                conn.run(conn.client.batch_execute(settings))?;
            }
            conn.run(conn.client.batch_execute(sql))
        })
    }

    /// Runs statements without parameters and rows; outside of a transaction, in one transaction.
    pub fn batch(&self, sql: &str) -> Result<()> {
        self.run(self.client.batch_execute(&self.with_settings(sql)))
    }

    /// Runs statements without parameters; returns the first column of the last row as text.
    pub fn ask(&self, sql: &str) -> Result<Option<String>> {
        let messages = self.run(self.client.simple_query(&self.with_settings(sql)))?;
        Ok(messages.iter().rev().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }))
    }

    /// Runs statements without parameters; returns the first column of every row as text.
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

    /// Runs a statement without parameters that returns one integer; NULL and no row count as 0.
    pub fn int(&self, sql: &str) -> Result<i64> {
        let answer = self.ask(sql)?;
        Ok(answer.and_then(|text| text.parse().ok()).unwrap_or_default())
    }

    /// Commits. The caller's deadline does not end it, because the outcome would be unknown.
    pub fn commit(&self) -> Result<()> {
        self.end_transaction();
        self.run_within(&Control::unbounded(), self.client.batch_execute("COMMIT"))
    }

    /// Rolls the transaction back.
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

    /// Drops the prepared statements if the connection leads to a pooler: the next transaction in the session may be another client's.
    fn end_transaction(&self) {
        if self.is_pooled {
            self.prepared.borrow_mut().clear();
        }
        self.in_transaction.set(false);
    }

    /// Returns the prepared statement of a text. It is prepared once per connection; behind a pooler, once per transaction.
    pub fn prepare(&self, text: &str, types: &[Type]) -> Result<Statement> {
        if let Some(known) = self.prepared.borrow().get(text) {
            return Ok(known.clone());
        }
        self.buffer_results()?;
        let statement = self.run(self.client.prepare_typed(text, types))?;
        self.prepared
            .borrow_mut()
            .insert(text.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Runs a prepared statement with parameters of the driver's types; returns its rows.
    pub fn rows(&self, text: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<tokio_postgres::Row>> {
        let statement = self.prepare(text, &[])?;
        self.buffer_results()?;
        self.run(self.client.query(&statement, params))
    }

    /// Runs a prepared statement with parameters of the driver's types; returns the number of changed rows.
    pub fn change(&self, text: &str, params: &[&(dyn ToSql + Sync)]) -> Result<u64> {
        let statement = self.prepare(text, &[])?;
        self.buffer_results()?;
        self.run(self.client.execute(&statement, params))
    }

    /// Reads the rest of all results into memory, because the server answers the next query only after it.
    pub(super) fn buffer_results(&self) -> Result<()> {
        let results: Vec<_> = self.results.borrow().iter().map(Arc::clone).collect();
        for result in results {
            let mut result = result.lock();
            while result.stream.is_some() {
                self.fetch_rows(&mut result)?;
            }
        }
        Ok(())
    }

    /// Fetches some rows of a result.
    pub(super) fn fetch_rows(&self, result: &mut ResultSet) -> Result<()> {
        let Some(stream) = &mut result.stream else {
            return Ok(());
        };
        let rows = &mut result.rows;
        let is_over = self.run(async {
            let mut bytes = 0;
            let enough = rows.len() + FETCHED_ROWS;
            while rows.len() < enough && bytes < FETCHED_BYTES {
                let Some(row) = stream.as_mut().try_next().await? else {
                    return Ok(true);
                };
                bytes += row.raw_size_bytes();
                rows.push_back(row);
            }
            Ok(false)
        })?;
        if is_over {
            result.stream = None;
        }
        Ok(())
    }

    /// Returns the driver's client, for COPY.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the tokenizer of messages and searches.
    pub fn terms(&self) -> Result<RefMut<'_, Terms>> {
        let mut terms = self.terms.borrow_mut();
        if terms.is_none() {
            *terms = Some(Terms::new()?);
        }
        RefMut::filter_map(terms, Option::as_mut)
            .map_err(|_| Error::new(ErrorKind::Database, "SQLite has no tokenizer"))
    }
}
