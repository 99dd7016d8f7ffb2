//! One connection: driven by the thread that uses it, bounded in time, speaking [`Conn`].

use std::cell::{Cell, OnceCell, RefCell, RefMut};
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{BufMut, BytesMut};
use futures_util::TryStreamExt;
use futures_util::future::try_join_all;
use once_cell::sync::Lazy;
use parking_lot::Mutex;
use tokio::runtime::Runtime;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, RowStream, SimpleQueryMessage, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::copy;
use super::dsn::Dsn;
use super::error::{ends_the_connection, error};
use super::terms::Terms;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Control;
use crate::store::sql::log::Key;
use crate::store::sql::{self, Conn, EachEvent, Param, Sql, Statements};
use crate::store::table::clean;
use crate::threads;

/// What is spoken until the layout of the tables is known.
static STATEMENTS: Lazy<Statements> = Lazy::new(|| Statements::postgres(&super::layout::OURS));

/// How often a statement that runs looks whether its caller interrupts.
const GLANCE: Duration = Duration::from_millis(20);

/// How long the server may take to end a statement that is cancelled, before the connection is given up.
const CANCEL_PATIENCE: Duration = Duration::from_secs(2);

/// What the server's own timeout has in advance of ours, so that its message is the one that is shown.
const HEAD_START: Duration = Duration::from_secs(2);

/// As good as no timeout, for statements that may take as long as they need.
const UNHURRIED: Duration = Duration::from_secs(30 * 24 * 3600);

/// Rows of an answer that are taken in at once.
const ROWS_AT_ONCE: usize = 1_000;

/// Statements sent at once.
const EXECUTED_AT_ONCE: usize = 500;

/// Places asked for at once.
const AT_ONCE: usize = 2_000;

/// How connections are made.
#[derive(Clone)]
pub struct Connector {
    /// Where to.
    pub dsn: Dsn,
    /// How with TLS.
    pub tls: MakeRustlsConnect,
    /// What one statement may take.
    pub command_timeout: Duration,
    /// Statements that a new connection begins with.
    pub settings: String,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("server", &self.dsn.shown)
            .finish_non_exhaustive()
    }
}

/// An answer that is being handed out.
struct Answer {
    /// What is still to come.
    stream: Option<Pin<Box<RowStream>>>,
    rows: VecDeque<tokio_postgres::Row>,
}

/// A connection.
pub struct PgConn {
    client: Client,
    runtime: Runtime,
    connector: Arc<Connector>,
    prepared: RefCell<HashMap<String, Statement>>,
    statements: OnceCell<Arc<Statements>>,
    terms: RefCell<Option<Terms>>,
    control: RefCell<Control>,
    /// Those that are being handed out, the last one innermost.
    answers: RefCell<Vec<Arc<Mutex<Answer>>>>,
    broken: Cell<bool>,
    is_unhurried: Cell<bool>,
}

impl fmt::Debug for PgConn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgConn")
            .field("server", &self.connector.dsn.shown)
            .finish_non_exhaustive()
    }
}

impl PgConn {
    /// Connects. Of several hosts the first that answers and is what is wanted.
    pub fn connect(connector: &Arc<Connector>, control: &Control) -> Result<Self> {
        // A host's name is looked up on a thread of the runtime's: it inherits that signals are not for it.
        let _blocked = threads::block_signals();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()?;
        let name = |e: Error| e.within(&connector.dsn.shown);
        let last = Instant::now() + connector.command_timeout;
        let last = control.deadline.map_or(last, |deadline| deadline.min(last));
        let connected = runtime.block_on(async {
            let config = connector.dsn.current();
            let mut connecting = pin!(config.connect(connector.tls.clone()));
            loop {
                let wait = last.saturating_duration_since(Instant::now());
                let glance = control.interrupt.as_ref().map_or(wait, |_| wait.min(GLANCE));
                if let Ok(done) = tokio::time::timeout(glance, &mut connecting).await {
                    return done.map_err(|failure| error(&failure));
                }
                control.check()?;
                if Instant::now() >= last {
                    return Err(Error::new(
                        ErrorKind::Timeout,
                        "no connection before the deadline",
                    ));
                }
            }
        });
        let (client, connection) = match connected {
            Ok(both) => both,
            Err(error) => {
                // A host's name may still be looked up; nobody waits for that.
                runtime.shutdown_background();
                return Err(name(error));
            }
        };
        // It moves on whenever this connection's thread waits for something; how it ends is told to whoever waits.
        runtime.spawn(async move {
            let _ = connection.await;
        });
        let conn = Self {
            client,
            runtime,
            connector: Arc::clone(connector),
            prepared: RefCell::default(),
            statements: OnceCell::new(),
            terms: RefCell::default(),
            control: RefCell::new(control.clone()),
            answers: RefCell::default(),
            broken: Cell::new(false),
            is_unhurried: Cell::new(false),
        };
        conn.batch(&connector.settings).map_err(name)?;
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
                let mut until = control.deadline.map_or(last, |deadline| deadline.min(last));
                if control.interrupt.is_some() {
                    until = until.min(Instant::now() + GLANCE);
                }
                let wait = until.saturating_duration_since(Instant::now());
                match tokio::time::timeout(wait, &mut future).await {
                    Ok(Ok(done)) => return Ok(done),
                    Ok(Err(failure)) => {
                        if ends_the_connection(&failure) {
                            self.broken.set(true);
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
                let cancelled = cancel.cancel_query(self.connector.tls.clone());
                let _ = tokio::time::timeout(CANCEL_PATIENCE, cancelled).await;
                match tokio::time::timeout(CANCEL_PATIENCE, &mut future).await {
                    // Done after all, and what is done cannot be denied: it may have been a COMMIT.
                    Ok(Ok(done)) => return Ok(done),
                    Ok(Err(failure)) if !ends_the_connection(&failure) => {}
                    _ => self.broken.set(true),
                }
                return Err(stop);
            }
        })
    }

    /// Runs statements without parameters and rows.
    pub fn batch(&self, sql: &str) -> Result<()> {
        self.run(self.client.batch_execute(sql))
    }

    /// Runs statements without parameters; the first column of the last row of all, as text.
    pub fn ask(&self, sql: &str) -> Result<Option<String>> {
        let messages = self.run(self.client.simple_query(sql))?;
        Ok(messages.iter().rev().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }))
    }

    /// Runs statements without parameters; the first column of every row, as text.
    pub fn list(&self, sql: &str) -> Result<Vec<String>> {
        let messages = self.run(self.client.simple_query(sql))?;
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
        self.run_within(&Control::unbounded(), self.client.batch_execute("COMMIT"))
    }

    /// Takes back what a transaction has done.
    pub fn roll_back(&self) {
        if !self.is_broken()
            && self
                .run_within(&Control::unbounded(), self.client.batch_execute("ROLLBACK"))
                .is_err()
        {
            self.broken.set(true);
        }
    }

    /// Returns the statement for a text, prepared once a connection.
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

    /// Takes in what is still to come of answers that are being handed out: the server answers one question after the other.
    fn make_room(&self) -> Result<()> {
        let answers: Vec<_> = self.answers.borrow().iter().map(Arc::clone).collect();
        for answer in answers {
            let mut answer = answer.lock();
            while answer.stream.is_some() {
                self.take_rows(&mut answer)?;
            }
        }
        Ok(())
    }

    /// Takes some rows of an answer in.
    fn take_rows(&self, answer: &mut Answer) -> Result<()> {
        let Some(stream) = &mut answer.stream else {
            return Ok(());
        };
        let rows = &mut answer.rows;
        let is_over = self.run(async {
            for _ in 0..ROWS_AT_ONCE {
                match stream.as_mut().try_next().await? {
                    Some(row) => rows.push_back(row),
                    None => return Ok(true),
                }
            }
            Ok(false)
        })?;
        if is_over {
            answer.stream = None;
        }
        Ok(())
    }

    fn hand_out(
        &self,
        answer: &Mutex<Answer>,
        each: &mut dyn FnMut(&dyn sql::Row) -> Result<bool>,
    ) -> Result<()> {
        loop {
            // Not held while `each` runs: it may ask this connection something itself.
            let row = {
                let mut answer = answer.lock();
                if answer.rows.is_empty() && answer.stream.is_some() {
                    self.take_rows(&mut answer)?;
                }
                answer.rows.pop_front()
            };
            match row {
                Some(row) if each(&PgRow(&row))? => {}
                _ => return Ok(()),
            }
        }
    }

    fn typed(&self, sql: &Sql, params: &[Param<'_>]) -> Result<Statement> {
        if let Some(known) = self.prepared.borrow().get(sql.text()) {
            return Ok(known.clone());
        }
        let types: Vec<Type> = params.iter().map(|param| type_of(param.kind())).collect();
        self.prepare(sql.text(), &types)
    }
}

fn type_of(kind: sql::Type) -> Type {
    match kind {
        sql::Type::Int => Type::INT8,
        sql::Type::Float => Type::FLOAT8,
        sql::Type::Text => Type::TEXT,
        sql::Type::Blob => Type::BYTEA,
    }
}

#[derive(Debug)]
struct Bound<'a>(Param<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self.0 {
            Param::Null(_) => return Ok(IsNull::Yes),
            Param::Int(value) => out.put_i64(value),
            Param::Float(value) => out.put_f64(value),
            Param::Text(text) => out.put_slice(clean(text).as_bytes()),
            Param::Blob(bytes) => out.put_slice(bytes),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

struct PgRow<'r>(&'r tokio_postgres::Row);

impl PgRow<'_> {
    fn get<'a, T: tokio_postgres::types::FromSql<'a>>(&'a self, column: usize) -> Result<Option<T>> {
        self.0
            .try_get(column)
            .map_err(|e| Error::new(ErrorKind::Database, format!("column {column}: {e}")))
    }
}

impl sql::Row for PgRow<'_> {
    fn int(&self, column: usize) -> Result<Option<i64>> {
        match self.0.columns().get(column).map(|column| column.type_()) {
            Some(&Type::INT2) => Ok(self.get::<i16>(column)?.map(i64::from)),
            Some(&Type::INT4) => Ok(self.get::<i32>(column)?.map(i64::from)),
            _ => self.get(column),
        }
    }

    fn text(&self, column: usize) -> Result<Option<&str>> {
        self.get(column)
    }

    fn blob(&self, column: usize) -> Result<Option<&[u8]>> {
        self.get(column)
    }

    fn float(&self, column: usize) -> Result<Option<f64>> {
        self.get(column)
    }
}

impl Conn for PgConn {
    fn query(
        &self,
        sql: &Sql,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&dyn sql::Row) -> Result<bool>,
    ) -> Result<()> {
        let statement = self.typed(sql, params)?;
        self.make_room()?;
        let bound: Vec<Bound<'_>> = params.iter().map(|param| Bound(*param)).collect();
        let stream = self.run(self.client.query_raw(&statement, &bound))?;
        let answer = Arc::new(Mutex::new(Answer {
            stream: Some(Box::pin(stream)),
            rows: VecDeque::new(),
        }));
        self.answers.borrow_mut().push(Arc::clone(&answer));
        let done = self.hand_out(&answer, each);
        self.answers.borrow_mut().pop();
        done
    }

    fn stream(
        &self,
        sql: &Sql,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&dyn sql::Row) -> Result<bool>,
    ) -> Result<()> {
        let statement = self.typed(sql, params)?;
        let bound: Vec<Bound<'_>> = params.iter().map(|param| Bound(*param)).collect();
        let bound = bound.iter().map(|param| param as &(dyn ToSql + Sync));
        let rows = self.run(self.client.query_raw(&statement, bound))?;
        let mut rows = pin!(rows);
        while let Some(row) = self.run(rows.try_next())? {
            if !each(&PgRow(&row))? {
                break;
            }
        }
        Ok(())
    }

    fn execute(&self, sql: &Sql, params: &[Param<'_>]) -> Result<u64> {
        let statement = self.typed(sql, params)?;
        self.make_room()?;
        let bound: Vec<Bound<'_>> = params.iter().map(|param| Bound(*param)).collect();
        let bound: Vec<&(dyn ToSql + Sync)> =
            bound.iter().map(|param| param as &(dyn ToSql + Sync)).collect();
        self.run(self.client.execute(&statement, &bound))
    }

    fn execute_all(&self, sql: &Sql, rows: &[Vec<Param<'_>>]) -> Result<u64> {
        let Some(first) = rows.first() else { return Ok(0) };
        let statement = self.typed(sql, first)?;
        self.make_room()?;
        let mut changed = 0;
        // They go out one after the other without waiting for an answer: many for one trip to the server.
        for some in rows.chunks(EXECUTED_AT_ONCE) {
            let executions = some.iter().map(|params| {
                let bound: Vec<Bound<'_>> = params.iter().map(|param| Bound(*param)).collect();
                self.client.execute_raw(&statement, bound)
            });
            changed += self.run(try_join_all(executions))?.into_iter().sum::<u64>();
        }
        Ok(changed)
    }

    fn events_at(&self, keys: &[Key], each: &mut EachEvent<'_>) -> Result<()> {
        let statements = self.statements();
        for some in keys.chunks(AT_ONCE) {
            let places: Vec<i64> = some.iter().map(|key| key.1).collect();
            let rows = self.rows(statements.events_by_seqs.text(), &[&places])?;
            let found: HashMap<i64, &tokio_postgres::Row> =
                rows.iter().map(|row| (row.get::<_, i64>(1), row)).collect();
            for key in some {
                let Some(row) = found.get(&key.1) else { continue };
                if !each(*key, sql::Row::blob(&PgRow(row), 2)?)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn statements(&self) -> &Statements {
        self.statements
            .get()
            .map_or(&STATEMENTS, |statements| &**statements)
    }

    fn source_column<'s>(&self, source: &'s str) -> &'s str {
        copy::source_column(source)
    }

    fn match_expression(&self, text: &str) -> Result<Option<String>> {
        self.terms()?.query(text)
    }
}
