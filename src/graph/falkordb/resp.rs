//! A connection with Redis' protocol (RESP 2).
//!
//! A client library would not do: a call must end when its caller's deadline passes or its interrupt is raised, also in the middle of
//! a long answer. So every read and write waits in short steps and checks both in between.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::address::Address;
use crate::error::{Error, ErrorKind, Result};
use crate::memory;
use crate::record::Control;

/// How long a read or write waits before it checks the caller's deadline and interrupt.
const STEP: Duration = Duration::from_millis(20);
/// The longest time to connect.
const CONNECT: Duration = Duration::from_secs(5);
/// Bytes of one read.
const CHUNK: usize = 64 << 10;
/// The memory that one answer may take, in bytes: enough for the names of a million neighbours.
const ANSWER: usize = 128 << 20;
/// The largest depth of arrays. A row of an answer has depth three.
const DEPTH: u32 = 16;

/// A value of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// The null value.
    Nil,
    /// An integer.
    Int(i64),
    /// A text or bytes.
    Text(Vec<u8>),
    /// Several values.
    Array(Vec<Value>),
    /// An error of the server.
    Refused(String),
}

/// The bounds of one exchange: the caller's control, and the longest time of a command.
#[derive(Clone, Copy)]
pub struct Patience<'c> {
    control: &'c Control,
    until: Instant,
}

impl<'c> Patience<'c> {
    /// Waits at most `longest`, and at most until the caller's deadline.
    pub fn new(control: &'c Control, longest: Duration) -> Self {
        let until = Instant::now() + longest;
        Self { control, until }
    }

    /// Returns the remaining time.
    pub fn left(&self) -> Duration {
        let until = self
            .control
            .deadline
            .map_or(self.until, |deadline| deadline.min(self.until));
        until.saturating_duration_since(Instant::now())
    }

    fn check(&self) -> Result<()> {
        self.control.check()?;
        if Instant::now() >= self.until {
            return Err(Error::new(
                ErrorKind::Timeout,
                "the server did not answer in time",
            ));
        }
        Ok(())
    }
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(tcp) => tcp.read(into),
            Stream::Tls(tls) => tls.read(into),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(tcp) => tcp.write(bytes),
            Stream::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(tcp) => tcp.flush(),
            Stream::Tls(tls) => tls.flush(),
        }
    }
}

/// A connection. After an error other than one of the server it is out of sync and must be dropped.
pub struct Connection {
    stream: Stream,
    buffer: Vec<u8>,
    /// The bytes of the buffer that are consumed.
    used: usize,
    /// The remaining memory of the answer, in bytes.
    room: usize,
    /// No command was sent whose answer is not read.
    is_idle: bool,
}

impl Connection {
    /// Connects, with TLS if it is configured. Sends no command.
    pub fn open(address: &Address, tls: Option<&Arc<ClientConfig>>, patience: Patience<'_>) -> Result<Self> {
        let mut tcp = connect(address, patience)?;
        // The timeout of a step; see `waiting`.
        tcp.set_read_timeout(Some(STEP))?;
        tcp.set_write_timeout(Some(STEP))?;
        tcp.set_nodelay(true)?;
        let stream = match tls {
            None => Stream::Plain(tcp),
            Some(config) => {
                let name = ServerName::try_from(address.host.clone()).map_err(|_| {
                    Error::new(
                        ErrorKind::Config,
                        format!("{:?} is no name of a host", address.host),
                    )
                })?;
                let mut session = ClientConnection::new(Arc::clone(config), name)
                    .map_err(|e| Error::new(ErrorKind::Io, e.to_string()))?;
                greet(&mut session, &mut tcp, patience)?;
                Stream::Tls(Box::new(StreamOwned::new(session, tcp)))
            }
        };
        Ok(Self::on(stream))
    }

    /// Uses a connected socket.
    #[cfg(feature = "fault-injection")]
    pub fn over(socket: TcpStream) -> Self {
        Self::on(Stream::Plain(socket))
    }

    fn on(stream: Stream) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
            used: 0,
            room: ANSWER,
            is_idle: true,
        }
    }

    /// Returns whether the answers to all commands were read.
    pub fn is_idle(&self) -> bool {
        self.is_idle
    }

    /// Sends a command. The server executes it only if all of it arrives.
    pub fn send(&mut self, words: &[&[u8]], patience: Patience<'_>) -> Result<()> {
        let size: usize = words.iter().map(|word| word.len() + 16).sum();
        let mut command = Vec::with_capacity(size + 16);
        // Writing to a Vec does not fail.
        let _ = write!(command, "*{}\r\n", words.len());
        for word in words {
            let _ = write!(command, "${}\r\n", word.len());
            command.extend_from_slice(word);
            command.extend_from_slice(b"\r\n");
        }
        self.is_idle = false;
        let mut rest = &command[..];
        while !rest.is_empty() {
            let sent = waiting(patience, || self.stream.write(rest))?;
            if sent == 0 {
                return Err(ended());
            }
            rest = &rest[sent..];
        }
        waiting(patience, || self.stream.flush())
    }

    /// Waits for the answer to a command.
    ///
    /// # Errors
    /// [`Limit`](ErrorKind::Limit) if the answer takes more memory than one may.
    pub fn receive(&mut self, patience: Patience<'_>) -> Result<Value> {
        self.room = ANSWER;
        let answer = self.value(patience, 0)?;
        self.is_idle = true;
        Ok(answer)
    }

    fn value(&mut self, patience: Patience<'_>, depth: u32) -> Result<Value> {
        let line = self.line(patience)?;
        self.charge(size_of::<Value>() + line.len())?;
        let (sign, rest) = match line.split_first() {
            Some((sign, rest)) => (*sign, String::from_utf8_lossy(rest).into_owned()),
            None => return Err(garbled()),
        };
        match sign {
            b'+' => Ok(Value::Text(rest.into_bytes())),
            b'-' => Ok(Value::Refused(rest)),
            b':' => rest.parse().map(Value::Int).map_err(|_| garbled()),
            b'$' => match length(&rest)? {
                None => Ok(Value::Nil),
                Some(length) => {
                    self.charge(length)?;
                    let text = self.take(length, patience)?;
                    self.take(2, patience)?;
                    Ok(Value::Text(text))
                }
            },
            b'*' if depth < DEPTH => match length(&rest)? {
                None => Ok(Value::Nil),
                Some(length) => {
                    // Memory grows with the received bytes, not with the announced length.
                    let mut values = Vec::with_capacity(length.min(1024));
                    for _ in 0..length {
                        memory::push(&mut values, self.value(patience, depth + 1)?)?;
                    }
                    Ok(Value::Array(values))
                }
            },
            _ => Err(garbled()),
        }
    }

    /// Accounts for memory of the answer.
    fn charge(&mut self, bytes: usize) -> Result<()> {
        self.room = self.room.checked_sub(bytes).ok_or_else(|| {
            Error::new(
                ErrorKind::Limit,
                format!("an answer of the server takes more than {ANSWER} bytes of memory"),
            )
        })?;
        Ok(())
    }

    fn line(&mut self, patience: Patience<'_>) -> Result<Vec<u8>> {
        let mut looked = 0;
        loop {
            let unused = &self.buffer[self.used..];
            if let Some(end) = memchr::memchr(b'\n', &unused[looked..]).map(|place| looked + place) {
                let line = unused[..end]
                    .strip_suffix(b"\r")
                    .unwrap_or(&unused[..end])
                    .to_vec();
                self.used += end + 1;
                return Ok(line);
            }
            looked = unused.len();
            if looked > CHUNK {
                return Err(garbled());
            }
            self.fill(patience)?;
        }
    }

    fn take(&mut self, length: usize, patience: Patience<'_>) -> Result<Vec<u8>> {
        while self.buffer.len() - self.used < length {
            self.fill(patience)?;
        }
        let taken = memory::copy(&self.buffer[self.used..self.used + length])?;
        self.used += length;
        Ok(taken)
    }

    fn fill(&mut self, patience: Patience<'_>) -> Result<()> {
        self.buffer.drain(..self.used);
        self.used = 0;
        let end = self.buffer.len();
        memory::reserve(&mut self.buffer, CHUNK)?;
        self.buffer.resize(end + CHUNK, 0);
        let read = waiting(patience, || self.stream.read(&mut self.buffer[end..]));
        self.buffer.truncate(end + read.as_ref().map_or(0, |read| *read));
        match read? {
            0 => Err(ended()),
            _ => Ok(()),
        }
    }
}

fn connect(address: &Address, patience: Patience<'_>) -> Result<TcpStream> {
    patience.check()?;
    let mut last = None;
    for place in (address.host.as_str(), address.port).to_socket_addrs()? {
        let time = patience.left().min(CONNECT).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(&place, time) {
            Ok(tcp) => return Ok(tcp),
            Err(error) => last = Some(error),
        }
        patience.check()?;
    }
    // The server may be reachable later.
    let why = last.map_or_else(|| "the name has no address".to_owned(), |error| error.to_string());
    Err(Error::new(ErrorKind::Io, why))
}

/// Completes the TLS handshake. A Redis without TLS would wait for more bytes, so the handshake has a time limit.
fn greet(session: &mut ClientConnection, tcp: &mut TcpStream, patience: Patience<'_>) -> Result<()> {
    let until = patience.until.min(Instant::now() + CONNECT);
    match waiting(Patience { until, ..patience }, || session.complete_io(tcp)) {
        Err(error) if error.kind() == ErrorKind::Timeout && !patience.left().is_zero() => Err(Error::new(
            ErrorKind::Io,
            "the server does not answer with TLS; without TLS the address begins with falkor:// instead of falkors://",
        )),
        done => done.map(|_| ()),
    }
}

/// Repeats an operation while it only timed out, until the bounds end it.
fn waiting<T>(patience: Patience<'_>, mut attempt: impl FnMut() -> io::Result<T>) -> Result<T> {
    loop {
        match attempt() {
            Ok(done) => return Ok(done),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted => {
                    patience.check()?;
                }
                _ => return Err(Error::new(ErrorKind::Io, error.to_string())),
            },
        }
    }
}

/// Reads a length; -1 means null.
fn length(text: &str) -> Result<Option<usize>> {
    match text.parse::<i64>() {
        Ok(-1) => Ok(None),
        Ok(length) => usize::try_from(length).map(Some).map_err(|_| garbled()),
        Err(_) => Err(garbled()),
    }
}

fn ended() -> Error {
    Error::new(ErrorKind::Io, "the server closed the connection")
}

fn garbled() -> Error {
    Error::new(ErrorKind::Database, "what answers does not speak Redis' protocol")
}
