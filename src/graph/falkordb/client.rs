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

/// How long a waiter for a connection sleeps before it looks at its deadline and interrupt.
const STEP: Duration = Duration::from_millis(20);

/// What a query does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only reads: done again on a new connection when the old one turns out to be dead.
    Read,
    /// Writes so that doing it twice is the same as once: done again as well.
    Repeatable,
    /// Writes.
    Write,
}

/// The rows of an answer.
pub type Rows = Vec<Vec<Value>>;

/// The pool.
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

/// A place in the pool, given back when it is dropped.
struct Place<'c>(&'c Client);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.state.lock().open -= 1;
        self.0.freed.notify_one();
    }
}

impl Client {
    /// Makes a pool of at most `most` connections, whose commands take no longer than `longest`. Nothing is opened.
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

    /// Returns where the server is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Returns how long a command may take.
    pub fn longest(&self) -> Duration {
        self.longest
    }

    /// Runs a query on the graph and returns its rows; none for a graph that is not there and is only read.
    pub fn query(&self, kind: Kind, cypher: &str, control: &Control) -> Result<Rows> {
        let verb: &[u8] = match kind {
            Kind::Read => b"GRAPH.RO_QUERY",
            Kind::Repeatable | Kind::Write => b"GRAPH.QUERY",
        };
        let graph = self.address.graph.as_bytes();
        let patience = Patience::new(control, self.longest);
        // The server stops a read by itself when nobody waits for it any longer. A write runs to its end: it is all or none.
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

    /// Runs a command; `repeatable` ones again on a new connection when an idle one turns out to be dead.
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
            // Whether a write that got no answer was done cannot be known. So it is not sent to where nobody may be.
            let alive = repeatable || ping(&mut connection, patience).is_ok();
            if alive {
                match talk(&mut connection, words, patience) {
                    Err(error) if repeatable && error.kind() == ErrorKind::Io => {}
                    Err(error) => return Err(error),
                    Ok(answer) => return self.leave(connection, place, answer),
                }
            }
            // The others have waited as long or longer.
            self.state.lock().idle.clear();
        }
        control.check()?;
        let mut connection = self.connect(patience)?;
        let answer = talk(&mut connection, words, patience)?;
        self.leave(connection, place, answer)
    }

    /// Waits for a place in the pool.
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

    /// Connects, on a thread of ours: TLS takes more stack than a host's thread may have left.
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

    /// Closes idle connections; those in use close with their last answer. Later calls fail.
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

/// Takes the rows out of an answer: a header, the rows, statistics; or, of a query without RETURN, the statistics alone.
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
            // An error in the middle of an answer stands where the row would.
            Value::Refused(text) => Err(refusal(&text)),
            _ => Err(unexpected()),
        })
        .collect()
}

/// Makes an error of what the server says.
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
    // The text may quote the query and so what was stored; its beginning says what is wrong.
    Error::new(kind, text.chars().take(300).collect::<String>())
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Client").field(&self.address).finish()
    }
}
