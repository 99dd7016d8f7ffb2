//! The events written by the benches: sshd's messages about failed passwords, with two entities each.
//!
//! The generator is the one documented in `tests/interop/peer.py`, hence Seerflow's own storage can be given the same events.

#![allow(dead_code)] // each bench uses a part of it

pub mod c_api;
pub mod edges;
pub mod hand_tuned;
pub mod store;
pub mod straightforward;
pub mod straightforward_postgres;
pub mod two_streams;

/// Returns the size of a measurement: the first number of the command line, otherwise `usual`. Without `cargo bench`'s argument,
/// as in `cargo test`, returns a few hundred: the bench only shows that it runs.
pub fn size(usual: usize) -> usize {
    let given = std::env::args().skip(1).find_map(|word| word.parse().ok());
    given.unwrap_or(if is_bench() { usual } else { 400 })
}

/// Returns whether `cargo bench` started this program.
pub fn is_bench() -> bool {
    std::env::args().any(|word| word == "--bench")
}

/// The random number generator of `peer.py`.
pub struct Lcg(u64);

impl Lcg {
    pub fn new() -> Self {
        Self(20_240_229)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0
    }

    pub fn draw(&mut self, bound: u64) -> u64 {
        (self.next() >> 33) % bound
    }
}

/// One event, before a writer encodes it.
#[derive(Clone)]
pub struct Sshd {
    pub timestamp_ns: i64,
    pub user: String,
    pub address: String,
    pub port: String,
    pub host: String,
    pub message: String,
}

pub const TEMPLATE: &str = "Failed password for <*> from <*> port <*> ssh2";

/// Returns the first `count` events.
pub fn events(count: usize) -> impl Iterator<Item = Sshd> {
    let mut lcg = Lcg::new();
    (0..count).map(move |index| {
        let user = format!("user{:03}", lcg.draw(200));
        let number = lcg.draw(5000);
        let address = format!("10.77.{}.{}", number / 250, number % 250 + 1);
        let port = (1024 + lcg.draw(64_000)).to_string();
        let host = format!("host-{:02}", lcg.draw(20));
        // Skips two draws for the event id, because every writer here assigns its own.
        lcg.next();
        lcg.next();
        let message = format!("Failed password for {user} from {address} port {port} ssh2");
        let timestamp_ns = 1_700_000_000_000_000_000 + index as i64 * 1_000_000;
        Sshd {
            timestamp_ns,
            user,
            address,
            port,
            host,
            message,
        }
    })
}
