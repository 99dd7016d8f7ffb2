//! The store over a PostgreSQL server.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use super::database::PgDatabase;
use super::maintain;
use super::options::PostgresOptions;
use super::transactions::READ;
use crate::codec::Batch;
use crate::error::Result;
use crate::log::{Level, Logger};
use crate::memory::Room;
use crate::record::{Control, Durability};
use crate::store::opener::{Access, Opener};
use crate::store::sql::Conn;
use crate::store::sql::database::{Database, Horizon, IndexLayout};
use crate::store::{
    Claim, CommitReport, EdgeCommits, EventWriter, Lifecycle, Maintenance, PruneOptions, PruneReport, Store,
    StoreSummary, Turn,
};

/// A store in a PostgreSQL database.
#[derive(Debug)]
pub struct PostgresStore {
    pub(super) options: PostgresOptions,
    opener: Opener<PgDatabase>,
    pub(super) edge_commits: EdgeCommits,
    logger: Logger,
}

impl PostgresStore {
    /// Makes a store; connects to nothing.
    pub fn new(options: PostgresOptions, logger: Logger) -> Self {
        Self {
            opener: Opener::new(options.access),
            options,
            edge_commits: EdgeCommits::default(),
            logger,
        }
    }

    pub(super) fn database(&self, access: Access, control: &Control) -> Result<Arc<PgDatabase>> {
        let prepare = || {
            let (options, logger) = (self.options.clone(), self.logger.clone());
            move |control: &Control, _: Option<&Arc<PgDatabase>>| {
                let place = &options.primary.shown;
                let database = PgDatabase::new(&options, access, &logger, control)
                    .map(Arc::new)
                    .map_err(|error| {
                        // An error of connecting names the server already.
                        let names_it = error.to_string().starts_with(place);
                        if names_it { error } else { error.within(place) }
                    })?;
                if access == Access::Write {
                    database.summarizer.wake(&database.transactions);
                }
                logger.log(Level::Info, || format!("opened {place}"));
                Ok(database)
            }
        };
        let is_good = |database: &PgDatabase| !database.is_stale();
        self.opener.get(access, control, is_good, prepare)
    }

    /// Reads with `work`; again if another program created tables meanwhile.
    pub(super) fn reading<T>(
        &self,
        control: &Control,
        mut work: impl FnMut(&Arc<PgDatabase>) -> Result<T>,
    ) -> Result<T> {
        loop {
            let database = self.database(Access::Read, control)?;
            match work(&database) {
                Err(_) if database.is_stale() => control.check()?,
                done => return done,
            }
        }
    }
}

impl Database for PostgresStore {
    fn layout(&self, control: &Control) -> Result<IndexLayout> {
        Ok(self.database(Access::Read, control)?.layout.sql)
    }

    fn read<T>(&self, control: &Control, mut work: impl FnMut(&dyn Conn) -> Result<T>) -> Result<T> {
        self.reading(control, |database| database.read(control, &mut work))
    }

    fn read_own<T>(&self, control: &Control, mut work: impl FnMut(&dyn Conn) -> Result<T>) -> Result<T> {
        self.reading(control, |database| {
            database.on_primary(control, READ, |conn| work(conn))
        })
    }

    fn read_to_horizon<T>(
        &self,
        control: &Control,
        mut work: impl FnMut(&dyn Conn, Horizon) -> Result<T>,
    ) -> Result<T> {
        self.reading(control, |database| database.read_to_horizon(control, &mut work))
    }

    fn write<T>(&self, control: &Control, mut work: impl FnMut(&dyn Conn) -> Result<T>) -> Result<T> {
        self.database(Access::Write, control)?
            .write(control, |conn| work(conn))
    }

    fn room(&self) -> Room {
        Room::new(self.options.page_bytes)
    }

    fn edge_commits(&self) -> &EdgeCommits {
        &self.edge_commits
    }

    fn outside_changes(&self, control: &Control) -> Result<Option<u64>> {
        let database = self.database(Access::Read, control)?;
        // Changes with every commit, also those of this process.
        let state = "SELECT concat(pg_postmaster_start_time(), pg_current_snapshot())";
        let (_, answer) = database.primary.ask(control, state)?;
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
        let database = self.database(Access::Write, &Control::unbounded())?;
        let report = self.edge_commits.commit_batches(|| {
            database
                .writer
                .write(&database.primary, &database.layout, batches, turn, claim)
        })?;
        if let Some(report) = &report {
            database.summarizer.add(&database.transactions, report.events);
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
        maintain::prune(&*self.database(Access::Write, control)?, options, control)
    }

    fn backup(&self, _: &Path, _: &Control, _: &mut dyn FnMut(u64, u64)) -> Result<()> {
        maintain::backup()
    }

    fn checkpoint(&self, control: &Control) -> Result<()> {
        // The server runs checkpoints itself.
        self.database(Access::Write, control).map(|_| ())
    }

    fn check(&self, control: &Control) -> Result<Vec<String>> {
        self.reading(control, |database| maintain::check(database, control))
    }

    fn check_text(&self, control: &Control) -> Result<Vec<String>> {
        self.reading(control, |database| maintain::check_text(database, control))
    }

    fn summary(&self, control: &Control) -> Result<StoreSummary> {
        self.reading(control, |database| maintain::summary(database, control))
    }
}

impl Lifecycle for PostgresStore {
    fn location(&self) -> String {
        self.options.primary.shown.clone()
    }

    fn start(&self, control: &Control) -> Result<()> {
        self.database(self.options.access, control).map(|_| ())
    }

    fn check_writable(&self, control: &Control) -> Result<()> {
        self.database(Access::Write, control).map(|_| ())
    }

    fn is_open(&self) -> bool {
        self.opener.is_open()
    }

    fn durability(&self) -> Durability {
        self.options.durability
    }

    fn awaited(&self) -> Option<String> {
        let transaction = self.opener.current()?.horizon.awaited()?;
        Some(format!(
            "sums wait for a transaction of another program that writes to events: {transaction}; until it ends, counts read more rows"
        ))
    }

    fn close(&self) {
        if let Some(database) = self.opener.close() {
            database.summarizer.stop();
            database.transactions.close();
        }
    }
}
