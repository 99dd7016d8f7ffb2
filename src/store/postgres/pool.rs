//! Connections kept for use, bounded in number; those that broke are replaced.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use once_cell::sync::OnceCell;
use parking_lot::{Condvar, Mutex};

use super::conn::PgConn;
use super::connect::Connector;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Control;
use crate::store::sql::Statements;

/// How long a connection above the smallest number is kept idle.
const IDLE: Duration = Duration::from_secs(300);

/// A bounded set of connections.
#[derive(Debug)]
pub struct Pool {
    connector: Arc<Connector>,
    statements: OnceCell<Arc<Statements>>,
    least: usize,
    most: usize,
    state: Mutex<State>,
    freed: Condvar,
    /// The server has let somebody in before.
    was_let_in: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    /// The one used last is at the end.
    idle: Vec<(PgConn, Instant)>,
    /// Idle and in use.
    open: usize,
    closed: bool,
}

impl Pool {
    /// Makes a pool; connects to nothing yet.
    pub fn new(connector: Connector, least: usize, most: usize) -> Self {
        Self {
            connector: Arc::new(connector),
            statements: OnceCell::new(),
            least,
            most: most.max(1),
            state: Mutex::default(),
            freed: Condvar::new(),
            was_let_in: AtomicBool::new(false),
        }
    }

    /// Says in which dialect all connections speak.
    pub fn speak(&self, statements: Arc<Statements>) {
        let _ = self.statements.set(statements);
    }

    /// Returns what one statement may take.
    pub fn command_timeout(&self) -> Duration {
        self.connector.command_timeout
    }

    /// Returns the server's name, without a password.
    pub fn location(&self) -> &str {
        &self.connector.dsn.shown
    }

    /// Makes a connection that the pool does not count, for long work.
    pub fn connect(&self, control: &Control) -> Result<PgConn> {
        let connected = PgConn::connect(&self.connector, control);
        let conn = connected.map_err(|error| match error.kind() {
            // A password is being changed: it will be right again.
            ErrorKind::Permission if self.was_let_in.load(Ordering::Relaxed) => {
                Error::new(ErrorKind::Io, error.to_string())
            }
            _ => error,
        })?;
        self.was_let_in.store(true, Ordering::Relaxed);
        if let Some(statements) = self.statements.get() {
            conn.speak(statements);
        }
        Ok(conn)
    }

    /// Takes a connection that has begun a transaction with the statements `begin`, and their answer.
    pub fn begin(&self, control: &Control, begin: &str) -> Result<(Taken<'_>, Option<String>)> {
        self.take_alive(control, |conn| conn.begin(begin))
    }

    /// Takes a connection that is in no transaction, and the answer to a question.
    pub fn ask(&self, control: &Control, question: &str) -> Result<(Taken<'_>, Option<String>)> {
        self.take_alive(control, |conn| conn.ask(question))
    }

    /// Takes a connection that has answered `first`. One that broke while it was idle shows it here, and another one is taken.
    fn take_alive(
        &self,
        control: &Control,
        first: impl Fn(&PgConn) -> Result<Option<String>>,
    ) -> Result<(Taken<'_>, Option<String>)> {
        loop {
            let taken = self.take(control)?;
            match taken.controlled(control, &first) {
                Ok(answer) => return Ok((taken, answer)),
                Err(_) if !taken.fresh && taken.is_broken() => {}
                Err(error) => {
                    taken.give_up();
                    return Err(error);
                }
            }
        }
    }

    /// Takes an idle connection or makes one; waits for one when there are as many as may be.
    fn take(&self, control: &Control) -> Result<Taken<'_>> {
        let patience = Instant::now() + self.connector.command_timeout;
        let mut state = self.state.lock();
        loop {
            control.check()?;
            if state.closed {
                return Err(Error::new(ErrorKind::Closed, "the store is closed"));
            }
            while let Some((conn, _)) = state.idle.pop() {
                if !conn.is_broken() {
                    return Ok(self.taken(conn, false));
                }
                state.open -= 1;
            }
            if state.open < self.most {
                state.open += 1;
                drop(state);
                return match self.connect(control) {
                    Ok(conn) => Ok(self.taken(conn, true)),
                    Err(error) => {
                        self.forget();
                        Err(error)
                    }
                };
            }
            if Instant::now() >= patience {
                return Err(Error::new(
                    ErrorKind::Timeout,
                    format!(
                        "all {} connections were busy (storage.postgresql_pool_max_size)",
                        self.most
                    ),
                ));
            }
            let until = control.next_check().map_or(patience, |look| look.min(patience));
            self.freed.wait_until(&mut state, until);
        }
    }

    fn taken(&self, conn: PgConn, fresh: bool) -> Taken<'_> {
        Taken {
            pool: self,
            conn: Some(conn),
            fresh,
        }
    }

    fn forget(&self) {
        self.state.lock().open -= 1;
        self.freed.notify_one();
    }

    fn give_back(&self, conn: PgConn) {
        let mut state = self.state.lock();
        let mut too_many = Vec::new();
        if state.closed || conn.is_broken() {
            state.open -= 1;
            too_many.push(conn);
        } else {
            state.idle.push((conn, Instant::now()));
            while state.idle.len() > self.least && state.idle[0].1.elapsed() > IDLE {
                too_many.push(state.idle.remove(0).0);
                state.open -= 1;
            }
        }
        drop(state);
        self.freed.notify_one();
        // Closing may take a moment: nobody waits for it.
        drop(too_many);
    }

    /// Closes all idle connections; those in use close when they come back.
    pub fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        let idle = std::mem::take(&mut state.idle);
        state.open -= idle.len();
        drop(state);
        self.freed.notify_all();
    }
}

/// A connection in use, which goes back to its pool.
#[derive(Debug)]
pub struct Taken<'p> {
    pool: &'p Pool,
    conn: Option<PgConn>,
    fresh: bool,
}

impl Deref for Taken<'_> {
    type Target = PgConn;

    fn deref(&self) -> &PgConn {
        self.conn
            .as_ref()
            .unwrap_or_else(|| unreachable!("a connection in use is there until it is dropped"))
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            if std::thread::panicking() || conn.is_in_transaction() {
                conn.give_up();
            }
            self.pool.give_back(conn);
        }
    }
}
