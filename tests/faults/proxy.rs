//! A TCP proxy between a client and PostgreSQL that reads along and cuts connections at a chosen moment.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// When to cut a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Moment {
    /// Never.
    Never = 0,
    /// COMMIT came from the client; the server never sees it.
    BeforeCommit,
    /// The server got COMMIT; nobody waits for what it makes of it.
    DuringCommit,
    /// The server has answered COMMIT; the client never hears of it.
    AfterCommit,
    /// In the middle of a COPY.
    DuringCopy,
    /// A query of any kind came from the client; the server never sees it.
    BeforeQuery,
}

const MOMENTS: [Moment; 6] = [
    Moment::Never,
    Moment::BeforeCommit,
    Moment::DuringCommit,
    Moment::AfterCommit,
    Moment::DuringCopy,
    Moment::BeforeQuery,
];

#[derive(Default)]
struct State {
    server: AtomicU16,
    moment: AtomicU16,
    cuts: AtomicU64,
    delay_ms: AtomicU64,
    /// Bytes a second; 0 if there is no bound.
    rate: AtomicU64,
    refuse: AtomicBool,
    closed: AtomicBool,
}

/// The proxy. It ends with the value.
pub struct Proxy {
    pub port: u16,
    state: Arc<State>,
}

impl Proxy {
    /// Listens in front of a server's port.
    pub fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        state.server.store(server, Ordering::SeqCst);
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if shared.closed.load(Ordering::SeqCst) {
                    return;
                }
                if shared.refuse.load(Ordering::SeqCst) {
                    continue;
                }
                // A server that is away: the client sees its connection end.
                if let Ok(server) = TcpStream::connect(("127.0.0.1", shared.server.load(Ordering::SeqCst))) {
                    join(client, server, &shared);
                }
            }
        });
        Self { port, state }
    }

    /// Cuts one connection, the first that comes to the moment.
    pub fn cut(&self, moment: Moment) {
        self.state.moment.store(moment as u16, Ordering::SeqCst);
    }

    /// Tells whether the connection that was to be cut is.
    pub fn is_done(&self) -> bool {
        self.state.moment.load(Ordering::SeqCst) == Moment::Never as u16
    }

    /// Returns how many connections were cut.
    pub fn cuts(&self) -> u64 {
        self.state.cuts.load(Ordering::SeqCst)
    }

    /// Holds back everything that the server says for a while.
    pub fn delay(&self, time: Duration) {
        self.state
            .delay_ms
            .store(time.as_millis() as u64, Ordering::SeqCst);
    }

    /// Carries no more than so many bytes a second to the server, over each connection.
    pub fn throttle(&self, rate: u64) {
        self.state.rate.store(rate, Ordering::SeqCst);
    }

    /// Ends new connections at once, or lets them through again.
    pub fn refuse(&self, refuse: bool) {
        self.state.refuse.store(refuse, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.closed.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// Carries bytes both ways until one side ends or the connection is cut.
fn join(client: TcpStream, server: TcpStream, state: &Arc<State>) {
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let line = Arc::new(Line {
        client,
        server,
        state: Arc::clone(state),
        cut_after_answer: AtomicBool::new(false),
    });
    let other = Arc::clone(&line);
    thread::spawn(move || line.upwards());
    thread::spawn(move || other.downwards());
}

struct Line {
    client: TcpStream,
    server: TcpStream,
    state: Arc<State>,
    /// The next thing that the server says is not handed on.
    cut_after_answer: AtomicBool,
}

impl Line {
    fn end(&self) {
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.server.shutdown(Shutdown::Both);
    }

    /// Takes the cut that is asked for, if this is its moment: only one connection does.
    fn take(&self, moment: Moment) -> bool {
        let taken = self
            .state
            .moment
            .compare_exchange(
                moment as u16,
                Moment::Never as u16,
                Ordering::SeqCst,
                Ordering::SeqCst,
            )
            .is_ok();
        if taken {
            self.state.cuts.fetch_add(1, Ordering::SeqCst);
        }
        taken
    }

    /// From the client to the server, message by message.
    fn upwards(&self) {
        let mut input = &self.client;
        let mut started = false;
        while let Some(message) = read_message(&mut input, started) {
            started = true;
            if self.is_cut_before(&message) || (&self.server).write_all(&message).is_err() {
                break;
            }
            let rate = self.state.rate.load(Ordering::SeqCst);
            if let Some(micros) = (message.len() as u64 * 1_000_000).checked_div(rate) {
                thread::sleep(Duration::from_micros(micros));
            }
            if is_commit(&message) && self.take(Moment::DuringCommit) {
                break;
            }
        }
        self.end();
    }

    fn is_cut_before(&self, message: &[u8]) -> bool {
        if is_commit(message) {
            if self.take(Moment::BeforeCommit) {
                return true;
            }
            if self.take(Moment::AfterCommit) {
                self.cut_after_answer.store(true, Ordering::SeqCst);
            }
        }
        (message[0] == b'd' && self.take(Moment::DuringCopy))
            || (matches!(message[0], b'Q' | b'P' | b'B') && self.take(Moment::BeforeQuery))
    }

    /// From the server to the client, as it comes.
    fn downwards(&self) {
        let mut buffer = [0; 64 << 10];
        while let Ok(length @ 1..) = (&self.server).read(&mut buffer) {
            let delay = self.state.delay_ms.load(Ordering::SeqCst);
            if delay > 0 {
                thread::sleep(Duration::from_millis(delay));
            }
            if self.cut_after_answer.load(Ordering::SeqCst)
                || (&self.client).write_all(&buffer[..length]).is_err()
            {
                break;
            }
        }
        self.end();
    }
}

/// Reads one message: the first of a connection has no type byte.
fn read_message(input: &mut impl Read, started: bool) -> Option<Vec<u8>> {
    let mut message = vec![0; if started { 5 } else { 4 }];
    input.read_exact(&mut message).ok()?;
    let at = message.len() - 4;
    let length = u32::from_be_bytes(message[at..].try_into().unwrap()) as usize;
    let begin = message.len();
    message.resize(begin + length.checked_sub(4)?, 0);
    input.read_exact(&mut message[begin..]).ok()?;
    Some(message)
}

/// Tells whether a message is the query COMMIT.
fn is_commit(message: &[u8]) -> bool {
    message[0] == b'Q' && message[5..].to_ascii_uppercase().starts_with(b"COMMIT")
}

#[test]
fn moments_have_their_numbers() {
    for (number, moment) in MOMENTS.into_iter().enumerate() {
        assert_eq!(moment as usize, number);
    }
}
