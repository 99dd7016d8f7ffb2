//! A bounded pool of connections to one FalkorDB, and its queries.

use std::sync::Arc;
use std::time::{Duration, Instant};

use once_cell::sync::OnceCell;
use parking_lot::{Condvar, Mutex};
use rustls::ClientConfig;

use super::address::Address;
use super::resp::{Connection, Patience, Value};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Control;
use crate::threads;
use crate::tls;

/// How long a caller waits for a connection before it checks its deadline and interrupt.
const STEP: Duration = Duration::from_millis(20);

/// The effect of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only reads. Repeated on a new connection if an idle one is dead.
    Read,
    /// It writes, and may be repeated. Repeated likewise.
    Repeatable,
    /// It writes.
    Write,
}

/// The rows of a result.
pub type Rows = Vec<Vec<Value>>;

/// A pool of connections.
pub struct Client {
    address: Address,
    most: usize,
    longest: Duration,
    tls: OnceCell<Arc<ClientConfig>>,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    open: usize,
    closed: bool,
}

/// A permit for one connection, released when it is dropped.
struct Place<'c>(&'c Client);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.state.lock().open -= 1;
        self.0.freed.notify_one();
    }
}

impl Client {
    /// Makes a pool of at most `most` connections whose commands take at most `longest`. Opens nothing.
    pub fn new(address: Address, most: usize, longest: Duration) -> Self {
        Self {
            address,
            most: most.max(1),
            longest,
            tls: OnceCell::new(),
            state: Mutex::default(),
            freed: Condvar::new(),
        }
    }

    /// Returns the address of the server.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Returns the longest time of a command.
    pub fn longest(&self) -> Duration {
        self.longest
    }

    /// Runs a query on the graph and returns its rows. A read of a graph that does not exist has no rows.
    pub fn query(&self, kind: Kind, cypher: &str, control: &Control) -> Result<Rows> {
        let verb: &[u8] = match kind {
            Kind::Read => b"GRAPH.RO_QUERY",
            Kind::Repeatable | Kind::Write => b"GRAPH.QUERY",
        };
        let graph = self.address.graph.as_bytes();
        let patience = Patience::new(control, self.longest);
        // The server stops a read after this time. A write runs to its end: it is all or nothing.
        let time = patience
            .left()
            .as_millis()
            .clamp(1, u128::from(u32::MAX))
            .to_string();
        let words: &[&[u8]] = match kind {
            Kind::Read => &[verb, graph, cypher.as_bytes(), b"TIMEOUT", time.as_bytes()],
            Kind::Repeatable | Kind::Write => &[verb, graph, cypher.as_bytes()],
        };
        match self.command(words, kind != Kind::Write, control) {
            Ok(answer) => rows(answer).map_err(|e| e.within(&self.address)),
            Err(error) if kind == Kind::Read && error.kind() == ErrorKind::NotFound => Ok(Rows::new()),
            Err(error) => Err(error),
        }
    }

    /// Runs a command. A `repeatable` one is repeated on a new connection if an idle one is dead.
    pub fn command(&self, words: &[&[u8]], repeatable: bool, control: &Control) -> Result<Value> {
        let patience = Patience::new(control, self.longest);
        self.exchange(words, repeatable, control, patience)
            .map_err(|e| e.within(&self.address))
    }

    fn exchange(
        &self,
        words: &[&[u8]],
        repeatable: bool,
        control: &Control,
        patience: Patience<'_>,
    ) -> Result<Value> {
        control.check()?;
        let place = self.enter(control, patience)?;
        let idle = self.state.lock().idle.pop();
        if let Some(mut connection) = idle {
            // The outcome of a write without an answer is unknown, so it is not sent on a connection that may be dead.
            let alive = repeatable || ping(&mut connection, patience).is_ok();
            if alive {
                match talk(&mut connection, words, patience) {
                    Err(error) if repeatable && error.kind() == ErrorKind::Io => {}
                    Err(error) => return Err(error),
                    Ok(answer) => return self.leave(connection, place, answer),
                }
            }
            // The other idle connections are as old or older.
            self.state.lock().idle.clear();
        }
        control.check()?;
        let mut connection = self.connect(patience)?;
        let answer = talk(&mut connection, words, patience)?;
        self.leave(connection, place, answer)
    }

    /// Waits for a permit.
    fn enter(&self, control: &Control, patience: Patience<'_>) -> Result<Place<'_>> {
        let mut state = self.state.lock();
        loop {
            if state.closed {
                return Err(Error::new(ErrorKind::Closed, "the graph is closed"));
            }
            if state.open < self.most {
                state.open += 1;
                return Ok(Place(self));
            }
            control.check()?;
            if patience.left().is_zero() {
                return Err(Error::new(ErrorKind::Timeout, "every connection is in use"));
            }
            self.freed.wait_until(&mut state, Instant::now() + STEP);
        }
    }

    fn leave(&self, connection: Connection, place: Place<'_>, answer: Value) -> Result<Value> {
        {
            let mut state = self.state.lock();
            if !state.closed {
                state.idle.push(connection);
            }
        }
        drop(place);
        match answer {
            Value::Refused(text) => Err(refusal(&text)),
            answer => Ok(answer),
        }
    }

    /// Connects on a thread of the library: TLS may need more stack than the host's thread has left.
    fn connect(&self, patience: Patience<'_>) -> Result<Connection> {
        threads::run_on_own_stack("seerflow-connect", || self.connect_here(patience))
    }

    fn connect_here(&self, patience: Patience<'_>) -> Result<Connection> {
        let tls = match self.address.tls {
            true => Some(
                self.tls
                    .get_or_try_init(|| tls::client_config(self.address.authorities.as_deref()))?,
            ),
            false => None,
        };
        let mut connection = Connection::open(&self.address, tls, patience)?;
        if let Some(password) = &self.address.password {
            let mut words: Vec<&[u8]> = vec![b"AUTH"];
            words.extend(self.address.user.as_deref().map(str::as_bytes));
            words.push(password.as_bytes());
            if let Value::Refused(text) = talk(&mut connection, &words, patience)? {
                return Err(refusal(&text));
            }
        }
        Ok(connection)
    }

    /// Closes idle connections; connections in use close after their answer. Later calls fail.
    pub fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        state.idle.clear();
    }
}

fn ping(connection: &mut Connection, patience: Patience<'_>) -> Result<()> {
    talk(connection, &[b"PING"], patience).map(|_| ())
}

fn talk(connection: &mut Connection, words: &[&[u8]], patience: Patience<'_>) -> Result<Value> {
    connection.send(words, patience)?;
    connection.receive(patience)
}

/// Returns the rows of an answer: header, rows and statistics, or only statistics for a query without RETURN.
fn rows(answer: Value) -> Result<Rows> {
    let unexpected = || Error::new(ErrorKind::Database, "an answer of an unexpected shape");
    let Value::Array(mut parts) = answer else {
        return Err(unexpected());
    };
    if parts.len() < 3 {
        return Ok(Rows::new());
    }
    let Value::Array(rows) = parts.swap_remove(1) else {
        return Err(unexpected());
    };
    rows.into_iter()
        .map(|row| match row {
            Value::Array(row) => Ok(row),
            // An error in the middle of an answer takes the place of a row.
            Value::Refused(text) => Err(refusal(&text)),
            _ => Err(unexpected()),
        })
        .collect()
}

/// Converts a refusal of the server to an error.
fn refusal(text: &str) -> Error {
    let has = |part: &str| text.contains(part);
    let begins = |part: &str| text.starts_with(part);
    if has("empty key") || has("Invalid graph name") {
        return Error::new(ErrorKind::NotFound, "the graph is not there");
    }
    if has("unknown command") {
        let text = "the server has no GRAPH commands: a Redis without the FalkorDB module, or a user without the right to them";
        return Error::new(ErrorKind::Unsupported, text);
    }
    let kind = if begins("OOM ") || has("mem consumption exceeded") {
        ErrorKind::Full
    } else if has("timed out") {
        ErrorKind::Timeout
    } else if ["NOAUTH", "WRONGPASS", "NOPERM"].iter().any(|code| begins(code)) {
        ErrorKind::Permission
    } else if [
        "LOADING",
        "BUSY",
        "MASTERDOWN",
        "READONLY",
        "CLUSTERDOWN",
        "TRYAGAIN",
        "MISCONF",
    ]
    .iter()
    .any(|code| begins(code))
        || has("Max pending queries")
    {
        ErrorKind::Busy
    } else {
        ErrorKind::Database
    };
    // The text may quote the query and thus stored values. Its beginning states the problem.
    Error::new(kind, text.chars().take(300).collect::<String>())
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Client").field(&self.address).finish()
    }
}
