//! The PostgreSQL back end: a server that many programs share, a running Seerflow among them.
//!
//! Connections come out of a bounded pool and are driven by the thread that uses them. Nothing is opened before the first use.

mod conn;
mod connect;
mod conninfo;
pub(crate) mod copy;
mod dsn;
mod error;
#[cfg(test)]
mod folding;
mod layout;
mod maintain;
mod open;
mod opened;
mod part;
mod partition;
mod passfile;
mod pool;
mod pooler;
mod replica;
mod settle;
mod speak;
mod sums;
mod table;
mod terms;
mod tls;
mod transport;
mod writer;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use self::conn::PgConn;
use self::connect::Connector;
use self::dsn::Dsn;
#[cfg(feature = "graph-servers")]
pub(crate) use self::error::is_unique_violation;
use self::opened::{Opened, READ};
use self::partition::Step;
pub(crate) use self::pool::Pool;
use self::transport::Transport;
use super::opening::{Access, Opening};
use super::sql::Conn;
use super::sql::database::{Database, IndexLayout, Settled};
use super::{
    Claim, CommitReport, EdgeCommits, EventWriter, Lifecycle, Maintenance, PruneOptions, PruneReport, Store,
    StoreSummary, Turn,
};
use crate::codec::Batch;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Level, Logger};
use crate::memory::Room;
use crate::record::{Control, Durability};

/// What starting processes for a query is reckoned to cost the server, a hundred times its default: they would take longer to
/// start than most of our queries take.
const PARALLEL_COST: u32 = 100_000;

/// How a server is used.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// The primary.
    primary: Dsn,
    /// Where queries go instead; `None` for the primary.
    replica: Option<Dsn>,
    /// The schema of the tables; empty for the role's own search path.
    schema: String,
    /// What a commit survives.
    durability: Durability,
    /// Connections kept, and connections at the most.
    pool: (usize, usize),
    /// Commits of events side by side at the most.
    writers: usize,
    /// What one statement may take.
    command_timeout: Duration,
    /// How new tables are partitioned.
    partition: Option<Step>,
    /// What one answer may take, in bytes.
    page_bytes: usize,
    /// The longest row, and message, of the server, in bytes.
    longest_row: u64,
}

impl PostgresOptions {
    /// Reads the options.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) for a connection string that is missing or cannot be understood.
    pub fn new(config: &Config) -> Result<Self> {
        let primary = config.value("storage.postgresql_url");
        if primary.is_empty() {
            return Err(Error::new(
                ErrorKind::Config,
                "storage.postgresql_url is required: postgresql://user@host/database, or postgresql:// for the server of libpq's variables",
            ));
        }
        let environment = |name: &str| std::env::var(name).ok();
        let replica = config.value("storage.postgresql_read_url");
        Ok(Self {
            primary: Dsn::parse(primary, &environment)?.writable(),
            replica: match replica {
                "" => None,
                url => Some(Dsn::parse(url, &environment)?),
            },
            schema: config.value("storage.postgresql_schema").to_owned(),
            durability: config.durability(),
            pool: (
                config.int("storage.postgresql_pool_min_size") as usize,
                config.int("storage.postgresql_pool_max_size") as usize,
            ),
            writers: config.int("storage.postgresql_writers") as usize,
            command_timeout: config.seconds("storage.postgresql_command_timeout_s"),
            partition: Step::of_word(config.value("storage.postgresql_partition")),
            page_bytes: config.int("storage.page_bytes") as usize,
            longest_row: config.longest_row(),
        })
    }

    fn pool(&self, dsn: &Dsn) -> Result<Pool> {
        let schema = match self.schema.as_str() {
            "" => String::new(),
            schema => format!("SET LOCAL search_path = {}; ", open::quoted(schema)),
        };
        self.pool_with(dsn, &schema)
    }

    /// Makes a pool whose transactions begin with `more` as well.
    fn pool_with(&self, dsn: &Dsn, more: &str) -> Result<Pool> {
        let millis = self.command_timeout.as_millis().max(1);
        // They hold for one transaction each: behind a pooler, the next one may run in another session.
        let mut settings = format!(
            "SET LOCAL statement_timeout = {millis}; SET LOCAL lock_timeout = {}; \
             SET LOCAL idle_in_transaction_session_timeout = {}; \
             SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL jit = off; \
             SET LOCAL parallel_setup_cost = {PARALLEL_COST}; SET LOCAL client_min_messages = warning; \
             SET LOCAL standard_conforming_strings = on; {more}",
            (millis / 2).max(1),
            // A process that stopped in the middle of a transaction holds its locks no longer than this.
            (2 * millis).max(60_000),
        );
        if self.durability == Durability::Power {
            settings.push_str("SET LOCAL synchronous_commit = on; ");
        }
        let transport = Transport::new(tls::connector(&dsn.tls)?, dsn.tls.mode, self.longest_row);
        let connector = Connector::new(dsn.clone(), transport, self.command_timeout, settings);
        Ok(Pool::new(connector, self.pool.0, self.pool.1))
    }
}

/// Makes a pool for another use of the server that `storage.postgresql_url` names: with settings of its own that each transaction begins
/// with, as `SET LOCAL` statements that end in a semicolon.
#[cfg(feature = "graph-servers")]
pub(crate) fn pool(config: &Config, settings: &str) -> Result<Pool> {
    let options = PostgresOptions::new(config)?;
    options.pool_with(&options.primary, settings)
}

/// Events and their companions in a PostgreSQL database.
#[derive(Debug)]
pub struct PostgresStore {
    options: PostgresOptions,
    opening: Opening<Opened>,
    edge_commits: EdgeCommits,
    logger: Logger,
}

impl PostgresStore {
    /// Makes a store; connects to nothing yet.
    pub fn new(options: PostgresOptions, logger: Logger) -> Self {
        Self {
            options,
            opening: Opening::new(),
            edge_commits: EdgeCommits::default(),
            logger,
        }
    }

    fn opened(&self, access: Access, control: &Control) -> Result<Arc<Opened>> {
        let prepare = || {
            let (options, logger) = (self.options.clone(), self.logger.clone());
            move |control: &Control, _: Option<&Arc<Opened>>| {
                let place = &options.primary.shown;
                let opened = Opened::new(&options, access, &logger, control)
                    .map(Arc::new)
                    .map_err(|error| {
                        // An error of connecting says where.
                        let names_it = error.to_string().starts_with(place);
                        if names_it { error } else { error.within(place) }
                    })?;
                if access == Access::Write {
                    opened.summer.wake(&opened);
                }
                logger.log(Level::Info, || format!("opened {place}"));
                Ok(opened)
            }
        };
        let is_good = |opened: &Opened| !opened.is_stale();
        self.opening.get(access, control, is_good, prepare)
    }

    /// Reads by `work`, once more when another program made tables meanwhile.
    fn reading<T>(&self, control: &Control, mut work: impl FnMut(&Arc<Opened>) -> Result<T>) -> Result<T> {
        loop {
            let opened = self.opened(Access::Read, control)?;
            match work(&opened) {
                Err(_) if opened.is_stale() => control.check()?,
                done => return done,
            }
        }
    }
}

impl Database for PostgresStore {
    fn layout(&self, control: &Control) -> Result<IndexLayout> {
        Ok(self.opened(Access::Read, control)?.layout.sql)
    }

    fn read<T>(&self, control: &Control, mut work: impl FnMut(&dyn Conn) -> Result<T>) -> Result<T> {
        self.reading(control, |opened| opened.read(control, &mut work))
    }

    fn read_own<T>(&self, control: &Control, mut work: impl FnMut(&dyn Conn) -> Result<T>) -> Result<T> {
        self.reading(control, |opened| {
            opened.on_primary(control, READ, |conn| work(conn))
        })
    }

    fn read_settled<T>(
        &self,
        control: &Control,
        mut work: impl FnMut(&dyn Conn, Settled) -> Result<T>,
    ) -> Result<T> {
        self.reading(control, |opened| opened.read_settled(control, &mut work))
    }

    fn write<T>(&self, control: &Control, mut work: impl FnMut(&dyn Conn) -> Result<T>) -> Result<T> {
        self.opened(Access::Write, control)?
            .write(control, |conn| work(conn))
    }

    fn room(&self) -> Room {
        Room::new(self.options.page_bytes)
    }

    fn edge_commits(&self) -> &EdgeCommits {
        &self.edge_commits
    }

    fn outside_changes(&self, control: &Control) -> Result<Option<u64>> {
        let opened = self.opened(Access::Read, control)?;
        // What every commit changes, this process's own too.
        let state = "SELECT concat(pg_postmaster_start_time(), pg_current_snapshot())";
        let (_, answer) = opened.primary.ask(control, state)?;
        Ok(answer.map(|answer| {
            let mut hasher = DefaultHasher::new();
            answer.hash(&mut hasher);
            hasher.finish()
        }))
    }
}

impl EventWriter for PostgresStore {
    fn write_in_turn(
        &self,
        batches: &[Batch],
        turn: &mut Option<Turn<'_>>,
        claim: Claim<'_>,
    ) -> Result<Option<CommitReport>> {
        let opened = self.opened(Access::Write, &Control::unbounded())?;
        let report = self.edge_commits.commit_batches(|| {
            opened
                .writer
                .write(&opened.primary, &opened.layout, batches, turn, claim)
        })?;
        if let Some(report) = &report {
            opened.summer.add(&opened, report.events);
        }
        Ok(report)
    }

    fn parallel_commits(&self) -> usize {
        self.options.writers
    }
}

impl Store for PostgresStore {}

impl Maintenance for PostgresStore {
    fn prune(&self, options: &PruneOptions, control: &Control) -> Result<PruneReport> {
        maintain::prune(&*self.opened(Access::Write, control)?, options, control)
    }

    fn backup(&self, _: &Path, _: &Control, _: &mut dyn FnMut(u64, u64)) -> Result<()> {
        maintain::backup()
    }

    fn checkpoint(&self, control: &Control) -> Result<()> {
        // The server does it by itself.
        self.opened(Access::Write, control).map(|_| ())
    }

    fn check(&self, control: &Control) -> Result<Vec<String>> {
        self.reading(control, |opened| maintain::check(opened, control))
    }

    fn check_text(&self, control: &Control) -> Result<Vec<String>> {
        self.reading(control, |opened| maintain::check_text(opened, control))
    }

    fn summary(&self, control: &Control) -> Result<StoreSummary> {
        self.reading(control, |opened| maintain::summary(opened, control))
    }
}

impl Lifecycle for PostgresStore {
    fn location(&self) -> String {
        self.options.primary.shown.clone()
    }

    fn start(&self, control: &Control) -> Result<()> {
        self.opened(Access::Write, control).map(|_| ())
    }

    fn check_writable(&self, control: &Control) -> Result<()> {
        self.start(control)
    }

    fn is_open(&self) -> bool {
        self.opening.is_open()
    }

    fn durability(&self) -> Durability {
        self.options.durability
    }

    fn close(&self) {
        if let Some(opened) = self.opening.close() {
            opened.summer.stop();
            opened.primary.close();
            if let Some(replica) = &opened.replica {
                replica.close();
            }
        }
    }
}
