//! Connects to the first of several hosts that answers and has the wanted role. Each host gets a share of the time.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use parking_lot::Mutex;
use tokio_postgres::config::{LoadBalanceHosts, TargetSessionAttrs};
use tokio_postgres::{Client, Config, Connection, SimpleQueryMessage};

use super::dsn::Dsn;
use super::error;
use super::socket::{self, Address};
use super::transport::{Bounded, IsReady, Transport};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Control;

/// How long a host that did not answer in its share of the time is tried after the others.
const DEMOTED: Duration = Duration::from_secs(60);

/// A new connection.
pub struct Connected {
    /// Sends statements.
    pub client: Client,
    /// Moves the bytes.
    pub connection: Connection<Bounded, Bounded>,
    /// The host, and the address to which its name led.
    pub server: (Config, Address),
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
            let done = wait_for(self.connect_to(&config), until, control).await;
            let is_silent = done.is_err() && Instant::now() >= until;
            self.silent.lock()[number] = is_silent.then(Instant::now);
            match done {
                Ok((client, connection, address)) => {
                    return Ok(Connected {
                        client,
                        connection,
                        server: (config, address),
                        took: began.elapsed(),
                    });
                }
                Err(error) => failure = error,
            }
            control.check()?;
        }
        Err(failure)
    }

    /// Connects to a host at the first of its addresses that answers.
    async fn connect_to(&self, config: &Config) -> Result<(Client, Connection<Bounded, Bounded>, Address)> {
        let unknown = |e| error::socket("the host is not found", &e);
        let mut addresses = socket::addresses(config).await.map_err(unknown)?;
        if config.get_load_balance_hosts() == LoadBalanceHosts::Random {
            shuffle(&mut addresses);
        }
        let mut failure = Error::new(ErrorKind::Config, "PostgreSQL: the host has no address");
        for address in addresses {
            match self.connect_at(config, &address).await {
                Ok((client, connection)) => return Ok((client, connection, address)),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    async fn connect_at(
        &self,
        config: &Config,
        address: &Address,
    ) -> Result<(Client, Connection<Bounded, Bounded>)> {
        let stream = self.transport.connect(config, address).await?;
        let failed = |e| match (config.get_password(), self.dsn.ignored_password_file()) {
            (None, Some(file)) => {
                let text = format!("{} is ignored because others may read it", file.display());
                error::connecting(&e).within(text)
            }
            _ => error::connecting(&e),
        };
        let (client, mut connection) = config.connect_raw(stream, IsReady).await.map_err(failed)?;
        let wanted = config.get_target_session_attrs();
        if wanted != TargetSessionAttrs::Any {
            let is_standby = is_read_only(&client, &mut connection).await.map_err(failed)?;
            if is_standby != (wanted == TargetSessionAttrs::ReadOnly) {
                let role = if is_standby {
                    "does not accept writes"
                } else {
                    "accepts writes"
                };
                return Err(Error::new(
                    ErrorKind::Io,
                    format!("PostgreSQL: the server {role}"),
                ));
            }
        }
        Ok((client, connection))
    }

    /// Returns the hosts with their numbers, in the order in which they are tried.
    fn in_turn(&self) -> Vec<(usize, Config)> {
        let mut hosts: Vec<(usize, Config)> = self.dsn.current().into_iter().enumerate().collect();
        let is_random =
            |(_, config): &(usize, Config)| config.get_load_balance_hosts() == LoadBalanceHosts::Random;
        if hosts.iter().any(is_random) {
            shuffle(&mut hosts);
        }
        let silent = self.silent.lock();
        // Silent hosts come last, the one that was silent longest ago first.
        hosts.sort_by_key(|(number, _)| silent[*number].filter(|since| since.elapsed() < DEMOTED));
        hosts
    }
}

fn shuffle<T>(list: &mut [T]) {
    // The keys of each `RandomState` differ.
    list.sort_by_cached_key(|_| RandomState::new().hash_one(()));
}

/// Asks a server whether it refuses writes, while its connection is moved here.
async fn is_read_only(
    client: &Client,
    connection: &mut Connection<Bounded, Bounded>,
) -> std::result::Result<bool, tokio_postgres::Error> {
    let answer = pin!(client.simple_query("SHOW transaction_read_only"));
    let messages = match select(answer, connection).await {
        Either::Left((messages, _)) => messages?,
        Either::Right((ended, answer)) => {
            ended?;
            answer.await?
        }
    };
    Ok(messages
        .iter()
        .any(|message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("on"))))
}

async fn wait_for<T>(
    connection: impl Future<Output = Result<T>>,
    until: Instant,
    control: &Control,
) -> Result<T> {
    let mut connection = pin!(connection);
    loop {
        let look = control.next_check().map_or(until, |look| look.min(until));
        let wait = look.saturating_duration_since(Instant::now());
        if let Ok(done) = tokio::time::timeout(wait, &mut connection).await {
            return done;
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
