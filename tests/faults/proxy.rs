//! A TCP proxy in front of PostgreSQL that parses the protocol and cuts connections at a chosen moment.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// When to cut a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Moment {
    /// Never.
    Never = 0,
    /// The client sent COMMIT; the server does not get it.
    BeforeCommit,
    /// The server got COMMIT; the proxy does not wait for its answer.
    DuringCommit,
    /// The server answered COMMIT; the client does not get the answer.
    AfterCommit,
    /// In the middle of a COPY.
    DuringCopy,
    /// The client sent a query of any kind; the server does not get it.
    BeforeQuery,
}

/// The length of the message COMMIT, in bytes.
pub const COMMIT: u64 = 12;

/// The length of the server's answer to COMMIT: CommandComplete and ReadyForQuery.
pub const ANSWER_TO_COMMIT: u64 = 18;

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
    /// The number of bytes of COMMIT or of its answer that pass before the cut.
    bytes: AtomicUsize,
    /// True if cut connections are reset.
    reset: AtomicBool,
    cuts: AtomicU64,
    delay_ms: AtomicU64,
    /// Bytes per second; 0 means no limit.
    rate: AtomicU64,
    refuse: AtomicBool,
    closed: AtomicBool,
}

/// The proxy, stopped when dropped.
pub struct Proxy {
    pub port: u16,
    state: Arc<State>,
}

impl Proxy {
    /// Starts a proxy in front of a server's port.
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
                // The server is down: the client sees its connection closed.
                if let Ok(server) = TcpStream::connect(("127.0.0.1", shared.server.load(Ordering::SeqCst))) {
                    join(client, server, &shared);
                }
            }
        });
        Self { port, state }
    }

    /// Leads new connections to another server.
    pub fn lead_to(&self, server: u16) {
        self.state.server.store(server, Ordering::SeqCst);
    }

    /// Cuts the first connection that reaches the moment.
    pub fn cut(&self, moment: Moment) {
        self.cut_at(moment, 0);
    }

    /// Cuts the first connection that reaches COMMIT (`BeforeCommit`) or its answer (`AfterCommit`), after some bytes of it.
    pub fn cut_at(&self, moment: Moment, bytes: usize) {
        self.state.bytes.store(bytes, Ordering::SeqCst);
        self.state.moment.store(moment as u16, Ordering::SeqCst);
    }

    /// Resets cut connections, or ends them in order.
    pub fn reset(&self, reset: bool) {
        self.state.reset.store(reset, Ordering::SeqCst);
    }

    /// Returns true after the requested cut.
    pub fn is_done(&self) -> bool {
        self.state.moment.load(Ordering::SeqCst) == Moment::Never as u16
    }

    /// Returns the number of connections that were cut.
    pub fn cuts(&self) -> u64 {
        self.state.cuts.load(Ordering::SeqCst)
    }

    /// Delays everything that the server sends.
    pub fn delay(&self, time: Duration) {
        self.state
            .delay_ms
            .store(time.as_millis() as u64, Ordering::SeqCst);
    }

    /// Limits each connection to this many bytes per second towards the server.
    pub fn throttle(&self, rate: u64) {
        self.state.rate.store(rate, Ordering::SeqCst);
    }

    /// Closes new connections at once, or accepts them again.
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

/// Copies bytes in both directions until one side ends or the connection is cut.
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
    /// True if the connection is cut in the server's next message.
    cut_after_answer: AtomicBool,
}

impl Line {
    fn end(&self) {
        for stream in [&self.client, &self.server] {
            if self.state.reset.load(Ordering::SeqCst) {
                reset_when_closed(stream);
                // Wakes the other thread up, and sends nothing.
                let _ = stream.shutdown(Shutdown::Read);
            } else {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }

    /// Claims the requested cut if this is its moment; only one connection can.
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

    /// Copies from the client to the server, message by message.
    fn upwards(&self) {
        let mut input = &self.client;
        let mut started = false;
        while let Some(message) = read_message(&mut input, started) {
            started = true;
            if is_commit(&message) && self.take(Moment::BeforeCommit) {
                let _ = (&self.server).write_all(&message[..self.state.bytes.load(Ordering::SeqCst)]);
                break;
            }
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
        if is_commit(message) && self.take(Moment::AfterCommit) {
            self.cut_after_answer.store(true, Ordering::SeqCst);
        }
        (message[0] == b'd' && self.take(Moment::DuringCopy))
            || (matches!(message[0], b'Q' | b'P' | b'B') && self.take(Moment::BeforeQuery))
    }

    /// Copies from the server to the client.
    fn downwards(&self) {
        let mut buffer = [0; 64 << 10];
        while let Ok(length @ 1..) = (&self.server).read(&mut buffer) {
            let delay = self.state.delay_ms.load(Ordering::SeqCst);
            if delay > 0 {
                thread::sleep(Duration::from_millis(delay));
            }
            let is_cut = self.cut_after_answer.load(Ordering::SeqCst);
            let passed = match is_cut {
                true => length.min(self.state.bytes.load(Ordering::SeqCst)),
                false => length,
            };
            if (&self.client).write_all(&buffer[..passed]).is_err() || is_cut {
                break;
            }
        }
        self.end();
    }
}

/// Makes the connection end with a reset when both threads have dropped it.
fn reset_when_closed(stream: &TcpStream) {
    let linger = libc::linger {
        l_onoff: 1,
        l_linger: 0,
    };
    // SAFETY: an open socket, and a value of the option's type and size.
    unsafe {
        libc::setsockopt(
            stream.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_LINGER,
            (&raw const linger).cast(),
            size_of::<libc::linger>() as libc::socklen_t,
        )
    };
}

/// Reads one message. The first message of a connection has no type byte.
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

/// Returns true if a message is the query COMMIT.
fn is_commit(message: &[u8]) -> bool {
    message[0] == b'Q' && message[5..].to_ascii_uppercase().starts_with(b"COMMIT")
}

#[test]
fn moments_match_their_numbers() {
    for (number, moment) in MOMENTS.into_iter().enumerate() {
        assert_eq!(moment as usize, number);
    }
}
