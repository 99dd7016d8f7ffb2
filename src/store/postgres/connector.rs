//! Connects to the first of several hosts that answers and has the wanted role. Each host gets a share of the time.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio_postgres::config::LoadBalanceHosts;
use tokio_postgres::{Client, Config, Connection, Socket};

use super::dsn::Dsn;
use super::error::connecting;
use super::transport::{Bounded, Transport};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Control;

/// How long a host that did not answer in its share of the time is tried after the others.
const DEMOTED: Duration = Duration::from_secs(60);

/// A new connection.
pub struct Connected {
    /// Sends statements.
    pub client: Client,
    /// Moves the bytes.
    pub connection: Connection<Socket, Bounded>,
    /// How long connecting took.
    pub took: Duration,
}

/// Makes connections.
pub struct Connector {
    /// The hosts.
    pub dsn: Dsn,
    /// Makes the streams.
    pub transport: Transport,
    /// The longest time of one statement, and of connecting.
    pub command_timeout: Duration,
    /// The settings that each transaction begins with.
    pub settings: String,
    /// When each host last let its share of the time pass without an answer.
    silent: Mutex<Vec<Option<Instant>>>,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("server", &self.dsn.shown)
            .finish_non_exhaustive()
    }
}

impl Connector {
    /// Makes a connector; connects to nothing.
    pub fn new(mut dsn: Dsn, transport: Transport, command_timeout: Duration, settings: String) -> Self {
        dsn.hosts.iter_mut().for_each(Transport::carry);
        let silent = Mutex::new(vec![None; dsn.hosts.len()]);
        Self {
            dsn,
            transport,
            command_timeout,
            settings,
            silent,
        }
    }

    /// Connects. When a host has used its share of the time, the next one is tried; the last one gets all the rest.
    pub async fn connect(&self, control: &Control) -> Result<Connected> {
        let last = Instant::now() + self.command_timeout;
        let last = control.deadline.map_or(last, |deadline| deadline.min(last));
        let mut hosts = self.in_turn();
        let mut failure = Error::new(ErrorKind::Config, "no host");
        while !hosts.is_empty() {
            let shares = hosts.len() as u32;
            let (number, config) = hosts.remove(0);
            let mut time = last.saturating_duration_since(Instant::now()) / shares;
            if let Some(most) = config.get_connect_timeout() {
                time = time.min(*most);
            }
            let began = Instant::now();
            let until = began + time;
            let done = wait_for(config.connect(self.transport.clone()), until, control).await;
            let is_silent = done.is_err() && Instant::now() >= until;
            self.silent.lock()[number] = is_silent.then(Instant::now);
            match done {
                Ok((client, connection)) => {
                    return Ok(Connected {
                        client,
                        connection,
                        took: began.elapsed(),
                    });
                }
                Err(error) => failure = error,
            }
            control.check()?;
        }
        Err(failure)
    }

    /// Returns the hosts with their numbers, in the order in which they are tried.
    fn in_turn(&self) -> Vec<(usize, Config)> {
        let mut hosts: Vec<(usize, Config)> = self.dsn.current().into_iter().enumerate().collect();
        let is_random =
            |(_, config): &(usize, Config)| config.get_load_balance_hosts() == LoadBalanceHosts::Random;
        if hosts.iter().any(is_random) {
            // Random: the keys of each `RandomState` differ.
            hosts.sort_by_cached_key(|_| RandomState::new().hash_one(()));
        }
        let silent = self.silent.lock();
        // Silent hosts come last, the one that was silent longest ago first.
        hosts.sort_by_key(|(number, _)| silent[*number].filter(|since| since.elapsed() < DEMOTED));
        hosts
    }
}

async fn wait_for<T>(
    connection: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    until: Instant,
    control: &Control,
) -> Result<T> {
    let mut connection = pin!(connection);
    loop {
        let look = control.next_check().map_or(until, |look| look.min(until));
        let wait = look.saturating_duration_since(Instant::now());
        if let Ok(done) = tokio::time::timeout(wait, &mut connection).await {
            return done.map_err(|failure| connecting(&failure));
        }
        control.check()?;
        if Instant::now() >= until {
            return Err(Error::new(
                ErrorKind::Timeout,
                "no connection before the deadline",
            ));
        }
    }
}
