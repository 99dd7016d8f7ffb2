//! The PostgreSQL back end: a server that many programs share, a running Seerflow among them.
//!
//! Connections come out of a bounded pool and are driven by the thread that uses them. Nothing is opened before the first use.

mod conn;
mod connect;
pub(crate) mod copy;
mod dsn;
mod error;
mod layout;
mod maintain;
mod open;
mod part;
mod partition;
mod passfile;
mod pool;
mod replica;
mod settle;
mod speak;
mod sums;
mod table;
mod terms;
mod tls;
mod writer;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) use self::conn::PgConn;
use self::connect::Connector;
use self::dsn::Dsn;
pub(crate) use self::error::is_unique_violation;
use self::layout::Layout;
use self::partition::{Partitions, Step};
pub(crate) use self::pool::Pool;
use self::replica::Replica;
use self::sums::Summer;
use self::writer::Writer;
use super::sql::stores::{Database, Settled};
use super::sql::{self, Conn};
use super::{
    CommitReport, EdgeChange, EdgeFeed, Maintenance, Opening, PruneOptions, PruneReport, Store, StoreSummary,
    Turn,
};
use crate::codec::Batch;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Level, Logger};
use crate::record::{Control, Durability};

/// Begins a transaction all of whose statements see one state.
const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Begins a transaction that fails when another one changed what it read; its number, and the timeline of the server's log in which the
/// number means it, tell later what became of it.
const WRITE: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ; \
    SELECT pg_current_xact_id()::text || ' ' || left(pg_walfile_name(pg_current_wal_lsn()), 8)";

/// How long it is tried to learn what became of a transaction whose COMMIT was not answered, where the caller has more time.
const INQUIRY: Duration = Duration::from_secs(60);

/// Pause between two such tries.
const INQUIRE_AGAIN: Duration = Duration::from_millis(50);

/// What starting processes for a query is reckoned to cost the server, a hundred times its default: they would take longer to
/// start than most of our queries take.
const PARALLEL_COST: u32 = 100_000;

/// How often a transaction that had to give way is tried again before the caller is told.
const TRIES: u32 = 100;

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
}

impl PostgresOptions {
    /// Reads the options.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) for a connection string that cannot be understood.
    pub fn new(config: &Config) -> Result<Self> {
        let environment = |name: &str| std::env::var(name).ok();
        let replica = config.value("storage.postgresql_read_url");
        Ok(Self {
            primary: Dsn::parse(config.value("storage.postgresql_url"), &environment)?.writable(),
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
        })
    }

    fn pool(&self, dsn: &Dsn) -> Result<Pool> {
        let schema = match self.schema.as_str() {
            "" => String::new(),
            schema => format!("SET search_path = {}", open::quoted(schema)),
        };
        self.pool_with(dsn, &schema)
    }

    fn pool_with(&self, dsn: &Dsn, more: &str) -> Result<Pool> {
        let millis = self.command_timeout.as_millis().max(1);
        let mut settings = format!(
            "SET statement_timeout = {millis}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {}; \
             SET plan_cache_mode = force_custom_plan; SET jit = off; SET parallel_setup_cost = {PARALLEL_COST}; \
             SET client_min_messages = warning; \
             SET standard_conforming_strings = on",
            (millis / 2).max(1),
            // A process that stopped in the middle of a transaction holds its locks no longer than this.
            (2 * millis).max(60_000),
        );
        if self.durability == Durability::Power {
            settings.push_str("; SET synchronous_commit = on");
        }
        if !more.is_empty() {
            settings.push_str("; ");
            settings.push_str(more);
        }
        let tls = tls::connector(&dsn.tls)?;
        let connector = Connector::new(dsn.clone(), tls, self.command_timeout, settings);
        Ok(Pool::new(connector, self.pool.0, self.pool.1))
    }
}

/// Makes a pool for another use of the server that `storage.postgresql_url` names: with its own statements that a connection
/// begins with.
pub(crate) fn pool(config: &Config, settings: &str) -> Result<Pool> {
    let options = PostgresOptions::new(config)?;
    options.pool_with(&options.primary, settings)
}

/// Events and their companions in a PostgreSQL database.
#[derive(Debug)]
pub struct PostgresStore {
    options: PostgresOptions,
    opening: Opening<Opened>,
    edge_feed: EdgeFeed,
    logger: Logger,
}

/// A database in use.
#[derive(Debug)]
struct Opened {
    primary: Pool,
    replica: Option<Replica>,
    layout: Layout,
    writer: Writer,
    summer: Summer,
}

impl PostgresStore {
    /// Makes a store; connects to nothing yet.
    pub fn new(options: PostgresOptions, logger: Logger) -> Self {
        Self {
            options,
            opening: Opening::new(),
            edge_feed: EdgeFeed::default(),
            logger,
        }
    }

    fn opened(&self, control: &Control) -> Result<Arc<Opened>> {
        let prepare = || {
            let (options, logger) = (self.options.clone(), self.logger.clone());
            move |control: &Control, _: Option<&Arc<Opened>>| {
                let place = &options.primary.shown;
                let opened = Opened::new(&options, &logger, control)
                    .map(Arc::new)
                    .map_err(|error| {
                        // An error of connecting says where.
                        let names_it = error.to_string().starts_with(place);
                        if names_it { error } else { error.within(place) }
                    })?;
                opened.summer.wake(&opened);
                logger.log(Level::Info, || format!("opened {place}"));
                Ok(opened)
            }
        };
        self.opening.get(control, |_| true, prepare)
    }
}

impl Opened {
    fn new(options: &PostgresOptions, logger: &Logger, control: &Control) -> Result<Self> {
        let primary = options.pool(&options.primary)?;
        let conn = primary.connect(control)?;
        let (layout, statements, partitions) = conn.controlled(control, |conn| {
            let (layout, statements, step) = open::open(conn, &options.schema, options.partition, control)?;
            let partitions = step.map(|step| Partitions::new(step, logger.clone()));
            if let Some(partitions) = &partitions {
                partitions.start(conn)?;
            }
            Ok((layout, statements, partitions))
        })?;
        drop(conn);
        primary.speak(Arc::clone(&statements));
        let replica = match &options.replica {
            Some(dsn) => Some(Replica::new(options.pool(dsn)?, statements)),
            None => None,
        };
        Ok(Self {
            primary,
            replica,
            layout,
            writer: Writer::new(partitions),
            summer: Summer::default(),
        })
    }

    /// Runs `work` on the primary in a transaction that the statement `begin` begins and that changes nothing.
    fn on_primary<T>(
        &self,
        control: &Control,
        begin: &str,
        work: impl FnOnce(&PgConn) -> Result<T>,
    ) -> Result<T> {
        let (conn, _) = self.primary.begin(control, begin)?;
        looked(&conn, control, work)
    }

    /// Reads in one transaction, from the replica if there is one that answers; what it cannot answer, the primary is asked.
    fn read<T>(&self, control: &Control, mut work: impl FnMut(&dyn Conn) -> Result<T>) -> Result<T> {
        if let Some(replica) = &self.replica
            && let Some(conn) = replica.begin(control, READ)
        {
            match looked(&conn, control, |conn| work(conn)) {
                Err(error) if replica.is_at_fault(&conn, &error) && control.check().is_ok() => {}
                done => return done,
            }
        }
        self.on_primary(control, READ, |conn| work(conn))
    }

    /// Reads what no transaction that runs now can still add to: `work` is told up to which arrival number that is so.
    fn read_settled<T>(
        &self,
        control: &Control,
        work: impl FnOnce(&dyn Conn, Settled) -> Result<T>,
    ) -> Result<T> {
        let (conn, _) = self.primary.begin(control, "SELECT 1")?;
        let known = &self.summer.known;
        let settled = conn.controlled(control, |conn| settle::wait(conn, &self.layout, known, control))?;
        if let Err(error) = conn.controlled(control, |conn| conn.batch(READ)) {
            // It may have begun all the same.
            conn.give_up();
            return Err(error);
        }
        looked(&conn, control, |conn| work(conn, settled))
    }

    /// Writes in one transaction; again when it had to give way to another one.
    fn write<T>(&self, control: &Control, work: impl FnMut(&PgConn) -> Result<T>) -> Result<T> {
        self.write_in(control, WRITE, work)
    }

    /// Writes in one transaction that the statement `begin` begins.
    fn write_in<T>(
        &self,
        control: &Control,
        begin: &str,
        mut work: impl FnMut(&PgConn) -> Result<T>,
    ) -> Result<T> {
        let mut tries = 0;
        let patience = Instant::now() + self.primary.command_timeout();
        loop {
            let (conn, transaction) = self.primary.begin(control, begin)?;
            let done = conn.controlled(control, &mut work);
            let again = match done {
                Ok(done) => match conn.commit() {
                    Ok(()) => return Ok(done),
                    Err(error) if conn.is_broken() || error.kind() == ErrorKind::Timeout => {
                        conn.give_up();
                        drop(conn);
                        if self.is_committed(&transaction.unwrap_or_default(), control)? {
                            return Ok(done);
                        }
                        error
                    }
                    Err(error) => error,
                },
                Err(error) => {
                    conn.roll_back();
                    error
                }
            };
            // A key that another transaction added meanwhile is seen by the next try.
            let gives_way = again.kind() == ErrorKind::Busy || error::is_unique_violation(&again);
            tries += 1;
            if !gives_way || tries >= TRIES || Instant::now() >= patience {
                return Err(again);
            }
            control.check()?;
            std::thread::sleep(Duration::from_millis(u64::from(tries.min(20))));
        }
    }

    /// Learns what became of a transaction whose COMMIT was not answered; waits for a server that is away, since whoever is told that it is
    /// not known can only write again, and counts would be added twice.
    fn is_committed(&self, transaction: &str, control: &Control) -> Result<bool> {
        let lost = |e: Error| e.within("the answer to COMMIT was lost, and what became of it is not known");
        let patience = Instant::now() + INQUIRY;
        loop {
            match self.inquire(transaction, control) {
                Ok(Some(is_committed)) => return Ok(is_committed),
                Ok(None) => {}
                Err(error) if !error.is_retriable() || Instant::now() >= patience => return Err(lost(error)),
                Err(_) => {}
            }
            control.check().map_err(lost)?;
            std::thread::sleep(INQUIRE_AGAIN);
        }
    }

    /// Asks for the outcome of a transaction; `None` while it runs.
    fn inquire(&self, transaction: &str, control: &Control) -> Result<Option<bool>> {
        let (number, timeline) = transaction.split_once(' ').unwrap_or((transaction, ""));
        let (conn, _) = self.primary.begin(control, "SELECT 1")?;
        let now = conn.ask("SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)")?;
        if !timeline.is_empty() && now.as_deref() != Some(timeline) {
            // A standby was promoted. It may lack the commit, and give the number to another transaction.
            return Err(Error::new(
                ErrorKind::Database,
                "PostgreSQL: another server has taken over",
            ));
        }
        let status = conn.ask(&format!("SELECT pg_xact_status(nullif('{number}', '')::xid8)"));
        match status {
            Ok(status) => Ok(match status.as_deref() {
                Some("committed") => Some(true),
                Some("in progress") => None,
                _ => Some(false),
            }),
            // A number from before a crash that the server has not reached again.
            Err(error) if error.kind() == ErrorKind::Invalid => Ok(Some(false)),
            Err(error) => Err(error),
        }
    }
}

/// Runs `work` in the transaction that was begun, and ends it.
fn looked<T>(conn: &PgConn, control: &Control, work: impl FnOnce(&PgConn) -> Result<T>) -> Result<T> {
    let done = conn.controlled(control, work);
    conn.roll_back();
    done
}

impl Database for PostgresStore {
    fn layout(&self, control: &Control) -> Result<sql::log::Layout> {
        Ok(self.opened(control)?.layout.sql)
    }

    fn commit(&self, batches: &[Batch], turn: &mut Option<Turn<'_>>) -> Result<CommitReport> {
        let opened = self.opened(&Control::unbounded())?;
        let report = self.edge_feed.commit(
            &Control::unbounded(),
            || {
                opened
                    .writer
                    .write(&opened.primary, &opened.layout, batches, turn)
            },
            |report, watcher| watcher.committed(EdgeChange::Added(&report.edges)),
        )?;
        opened.summer.add(&opened, report.events);
        Ok(report)
    }

    fn parallel_commits(&self) -> usize {
        self.options.writers
    }

    fn read<T>(&self, control: &Control, work: impl FnMut(&dyn Conn) -> Result<T>) -> Result<T> {
        self.opened(control)?.read(control, work)
    }

    fn read_own<T>(&self, control: &Control, mut work: impl FnMut(&dyn Conn) -> Result<T>) -> Result<T> {
        self.opened(control)?.on_primary(control, READ, |conn| work(conn))
    }

    fn read_settled<T>(
        &self,
        control: &Control,
        work: impl FnMut(&dyn Conn, Settled) -> Result<T>,
    ) -> Result<T> {
        self.opened(control)?.read_settled(control, work)
    }

    fn write<T>(&self, control: &Control, mut work: impl FnMut(&dyn Conn) -> Result<T>) -> Result<T> {
        self.opened(control)?.write(control, |conn| work(conn))
    }

    fn edge_feed(&self) -> &EdgeFeed {
        &self.edge_feed
    }

    fn outside_changes(&self, control: &Control) -> Result<Option<u64>> {
        let opened = self.opened(control)?;
        // What every commit changes, this process's own too.
        let state = "SELECT concat(pg_postmaster_start_time(), pg_current_snapshot())";
        let (_, answer) = opened.primary.begin(control, state)?;
        Ok(answer.map(|answer| {
            let mut hasher = DefaultHasher::new();
            answer.hash(&mut hasher);
            hasher.finish()
        }))
    }
}

impl Store for PostgresStore {}

impl Maintenance for PostgresStore {
    fn location(&self) -> String {
        self.options.primary.shown.clone()
    }

    fn start(&self, control: &Control) -> Result<()> {
        self.opened(control).map(|_| ())
    }

    fn check_writable(&self, control: &Control) -> Result<()> {
        self.start(control)
    }

    fn is_open(&self) -> bool {
        self.opening.is_open()
    }

    fn prune(&self, options: &PruneOptions, control: &Control) -> Result<PruneReport> {
        maintain::prune(&*self.opened(control)?, options, control)
    }

    fn backup(&self, _: &Path, _: &Control, _: &mut dyn FnMut(u64, u64)) -> Result<()> {
        maintain::backup()
    }

    fn checkpoint(&self) -> Result<()> {
        // The server does it by itself.
        self.opened(&Control::unbounded()).map(|_| ())
    }

    fn check(&self, control: &Control) -> Result<Vec<String>> {
        maintain::check(&*self.opened(control)?, control)
    }

    fn check_text(&self, control: &Control) -> Result<Vec<String>> {
        maintain::check_text(&*self.opened(control)?, control)
    }

    fn summary(&self, control: &Control) -> Result<StoreSummary> {
        maintain::summary(&*self.opened(control)?, control)
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
