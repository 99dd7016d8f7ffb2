//! Options of the PostgreSQL back end, and the pools that follow from them.

use std::time::Duration;

use super::connector::Connector;
use super::dsn::Dsn;
use super::partition_step::Step;
use super::pool::PgPool;
use super::schema;
use super::transport::Transport;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Durability;
use crate::store::opener::Access;

/// The planner's cost of a parallel query, a hundred times the default: starting processes takes longer than most of our queries.
const PARALLEL_COST: u32 = 100_000;

/// Options of the back end.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// The primary.
    pub primary: Dsn,
    /// The primary without a pooler, for what needs long statements; `None` means like all else.
    pub direct: Option<Dsn>,
    /// The server of queries; `None` means the primary.
    pub replica: Option<Dsn>,
    /// The schema of the tables; empty means the role's search path.
    pub schema: String,
    /// The most access that callers get.
    pub access: Access,
    /// A database without tables of Seerflow is not opened.
    pub must_exist: bool,
    /// The failures that a commit survives.
    pub durability: Durability,
    /// Smallest and largest number of connections.
    pool: (usize, usize),
    /// The most commits of events at once.
    pub writers: usize,
    /// The longest time of one statement.
    command_timeout: Duration,
    /// The partitions of new tables.
    pub partition: Option<Step>,
    /// The size limit of one answer, in bytes.
    pub page_bytes: usize,
    /// The longest row, and message of the server, in bytes.
    longest_row: u64,
}

impl PostgresOptions {
    /// Reads the options from the configuration.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) for a connection string that is missing or invalid.
    pub fn new(config: &Config) -> Result<Self> {
        let primary = config.value("storage.postgresql_url");
        if primary.is_empty() {
            return Err(Error::new(
                ErrorKind::Config,
                "storage.postgresql_url is required: postgresql://user@host/database, or postgresql:// for the server of libpq's variables",
            ));
        }
        let environment = |name: &str| std::env::var(name).ok();
        let access = Access::most(config);
        let primary = Dsn::parse(primary, &environment)?;
        let other = |url: &str| match url {
            "" => Ok(None),
            url => Dsn::parse(url, &environment).map(Some),
        };
        Ok(Self {
            primary: match access {
                Access::Read => primary,
                Access::Write => primary.writable(),
            },
            direct: other(config.value("storage.postgresql_direct_url"))?.map(Dsn::writable),
            replica: other(config.value("storage.postgresql_read_url"))?,
            schema: config.value("storage.postgresql_schema").to_owned(),
            access,
            must_exist: config.flag("storage.must_exist"),
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

    /// Makes a pool whose search path is the schema of the tables.
    pub fn pool(&self, dsn: &Dsn) -> Result<PgPool> {
        let schema = match self.schema.as_str() {
            "" => String::new(),
            schema => format!("SET LOCAL search_path = {}; ", schema::quoted(schema)),
        };
        self.pool_with(dsn, &schema)
    }

    /// Makes a pool with additional settings of each transaction.
    pub fn pool_with(&self, dsn: &Dsn, more: &str) -> Result<PgPool> {
        let millis = self.command_timeout.as_millis().max(1);
        // They apply to one transaction: behind a pooler, the next one may run in another session.
        let mut settings = format!(
            "SET LOCAL statement_timeout = {millis}; SET LOCAL lock_timeout = {}; \
             SET LOCAL idle_in_transaction_session_timeout = {}; \
             SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL jit = off; \
             SET LOCAL parallel_setup_cost = {PARALLEL_COST}; SET LOCAL client_min_messages = warning; \
             SET LOCAL standard_conforming_strings = on; {more}",
            (millis / 2).max(1),
            // The longest time that a stopped process can hold its locks.
            (2 * millis).max(60_000),
        );
        if self.durability == Durability::Power {
            settings.push_str("SET LOCAL synchronous_commit = on; ");
        }
        let transport = Transport::new(dsn, self.longest_row)?;
        let connector = Connector::new(dsn.clone(), transport, self.command_timeout, settings);
        Ok(PgPool::new(connector, self.pool))
    }
}

/// Makes a pool of `storage.postgresql_url` for another purpose, with additional settings of each transaction: `SET LOCAL` statements
/// that end in a semicolon.
#[cfg(feature = "graph-servers")]
pub fn pool(config: &Config, settings: &str) -> Result<PgPool> {
    let options = PostgresOptions::new(config)?;
    options.pool_with(&options.primary, settings)
}
