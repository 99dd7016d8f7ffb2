//! A bounded pool of connections to one FalkorDB, and its queries.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use once_cell::sync::OnceCell;
use parking_lot::Mutex;
use rustls::ClientConfig;

use super::address::Address;
use super::resp::{Connection, Patience, Value};
use crate::error::{Error, ErrorKind, Result};
use crate::pool::{Bounds, Connect, Pool};
use crate::record::Control;
use crate::threads;
use crate::tls;

/// The effect of a query. Both may be repeated, so a query is sent again on a new connection if an idle one is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only reads.
    Read,
    /// It writes.
    Write,
}

/// The rows of a result.
pub type Rows = Vec<Vec<Value>>;

/// A pool of connections.
#[derive(Debug)]
pub struct Client {
    pool: Pool<Server>,
    longest: Duration,
}

/// The server, and how to connect to it.
struct Server {
    address: Address,
    longest: Duration,
    tls: OnceCell<Arc<ClientConfig>>,
    /// The line of INFO that names the server's process; empty before the first connection.
    process: Mutex<Vec<u8>>,
    restarts: AtomicU64,
}

impl Connect for Server {
    type Connection = Connection;

    /// Connects on a thread of its own: TLS needs more stack than a thread of the host may have left.
    fn connect(&self, control: &Control) -> Result<Connection> {
        let patience = Patience::new(control, self.longest);
        threads::run_on_own_stack("seerflow-connect", || self.log_in(patience))
    }

    fn is_reusable(&self, connection: &Connection) -> bool {
        connection.is_idle()
    }
}

impl Server {
    fn log_in(&self, patience: Patience<'_>) -> Result<Connection> {
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
        self.note_process(&mut connection, patience)?;
        Ok(connection)
    }

    /// Counts a restart if another process of the server answers than before. A user without the right to INFO notices none.
    fn note_process(&self, connection: &mut Connection, patience: Patience<'_>) -> Result<()> {
        let Value::Text(about) = talk(connection, &[b"INFO", b"server"], patience)? else {
            return Ok(());
        };
        let mut lines = about.split(|byte| *byte == b'\n');
        if let Some(line) = lines.find(|line| line.starts_with(b"run_id:")) {
            let before = std::mem::replace(&mut *self.process.lock(), line.to_vec());
            if !before.is_empty() && before != line {
                self.restarts.fetch_add(1, Ordering::Release);
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.address).finish()
    }
}

impl Client {
    /// Makes a pool of at most `most` connections whose commands take at most `longest`. Opens nothing.
    pub fn new(address: Address, most: usize, longest: Duration) -> Self {
        let bounds = Bounds {
            min: most,
            max: most,
            option: "storage.falkordb_pool_max_size",
            wait: longest,
        };
        let server = Server {
            address,
            longest,
            tls: OnceCell::new(),
            process: Mutex::default(),
            restarts: AtomicU64::new(0),
        };
        Self {
            pool: Pool::new(server, bounds),
            longest,
        }
    }

    /// Returns the address of the server.
    pub fn address(&self) -> &Address {
        &self.pool.connector().address
    }

    /// Returns how often a connection led to another process of the server than the one before.
    pub fn restarts(&self) -> u64 {
        self.pool.connector().restarts.load(Ordering::Acquire)
    }

    /// Returns the longest time of a command.
    pub fn longest(&self) -> Duration {
        self.longest
    }

    /// Runs a query on the graph and returns its rows. A read of a graph that does not exist has no rows.
    pub fn query(&self, kind: Kind, cypher: &str, control: &Control) -> Result<Rows> {
        let verb: &[u8] = match kind {
            Kind::Read => b"GRAPH.RO_QUERY",
            Kind::Write => b"GRAPH.QUERY",
        };
        let graph = self.address().graph.as_bytes();
        let patience = Patience::new(control, self.longest);
        // The server stops a read after this time. A write runs to its end: it is all or nothing.
        let time = patience
            .left()
            .as_millis()
            .clamp(1, u128::from(u32::MAX))
            .to_string();
        let words: &[&[u8]] = match kind {
            Kind::Read => &[verb, graph, cypher.as_bytes(), b"TIMEOUT", time.as_bytes()],
            Kind::Write => &[verb, graph, cypher.as_bytes()],
        };
        match self.command(words, true, control) {
            Ok(answer) => rows(answer).map_err(|e| e.within(self.address())),
            Err(error) if kind == Kind::Read && error.kind() == ErrorKind::NotFound => Ok(Rows::new()),
            Err(error) => Err(error),
        }
    }

    /// Runs a command. A `repeatable` one is repeated on a new connection if an idle one is dead.
    pub fn command(&self, words: &[&[u8]], repeatable: bool, control: &Control) -> Result<Value> {
        let patience = Patience::new(control, self.longest);
        self.exchange(words, repeatable, control, patience)
            .map_err(|e| e.within(self.address()))
    }

    fn exchange(
        &self,
        words: &[&[u8]],
        repeatable: bool,
        control: &Control,
        patience: Patience<'_>,
    ) -> Result<Value> {
        let within = Control {
            deadline: Some(Instant::now() + patience.left()),
            interrupt: control.interrupt.clone(),
        };
        let mut connection = self.pool.take(&within)?;
        if !connection.is_fresh() {
            // The outcome of a write without an answer is unknown, so it is not sent on a connection that may be dead.
            let is_alive = repeatable || ping(&mut connection, patience).is_ok();
            let answer = is_alive.then(|| talk(&mut connection, words, patience));
            match answer {
                Some(Err(error)) if repeatable && error.kind() == ErrorKind::Io => {}
                Some(answer) => return accepted(answer?),
                None => {}
            }
            // The other idle connections are as old or older.
            self.pool.clear();
            control.check()?;
            connection.reconnect(&within)?;
        }
        accepted(talk(&mut connection, words, patience)?)
    }

    /// Closes idle connections now, and those in use after their last answer. Later calls fail.
    pub fn close(&self) {
        self.pool.close();
    }
}

fn accepted(answer: Value) -> Result<Value> {
    match answer {
        Value::Refused(text) => Err(refusal(&text)),
        answer => Ok(answer),
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
