//! The store over a SQLite file.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::database::SqliteDatabase;
use super::options::SqliteOptions;
use super::place::moved;
use super::{maintain, writer};
use crate::codec::Batch;
use crate::config::absolute;
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Level, Logger};
use crate::memory::Room;
use crate::record::{Control, Durability};
use crate::store::opener::{self, Access, Opener};
use crate::store::sql;
use crate::store::sql::database::{Database, IndexLayout};
use crate::store::{
    Claim, CommitReport, EdgeCommits, EventWriter, Lifecycle, Maintenance, PruneOptions, PruneReport, Store,
    StoreSummary, Turn,
};

/// A store in a SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    options: SqliteOptions,
    opener: Opener<SqliteDatabase>,
    pub(super) edge_commits: EdgeCommits,
    /// The database file lost its path, and no commit has reported it yet.
    is_moved: Arc<AtomicBool>,
    logger: Logger,
}

impl SqliteStore {
    /// Makes a store; opens nothing. A relative path is resolved against the current working directory.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid) if the path is a `file:` URI or does not name a file;
    /// [`Config`](ErrorKind::Config) if the path is relative and the working directory does not exist.
    pub fn new(mut options: SqliteOptions, logger: Logger) -> Result<Self> {
        let text = options.path.to_string_lossy();
        if text.starts_with("file:") {
            return Err(Error::invalid(format!("{text:?} is a URI; a path is wanted")));
        }
        if text.is_empty() || text == ":memory:" || options.path.file_name().is_none() {
            return Err(Error::invalid(format!("{text:?} names no file")));
        }
        options.path = absolute(&options.path)?;
        Ok(Self {
            opener: Opener::new(options.access),
            options,
            edge_commits: EdgeCommits::default(),
            is_moved: Arc::default(),
            logger,
        })
    }

    pub(super) fn database(&self, access: Access, control: &Control) -> Result<Arc<SqliteDatabase>> {
        // If the file was moved or deleted, the file that has the path now is opened: nobody would find later commits in the old one.
        self.opener.get(access, control, SqliteDatabase::is_good, || {
            let (options, logger) = (self.options.clone(), self.logger.clone());
            let is_moved = Arc::clone(&self.is_moved);
            move |control: &Control, before: Option<&Arc<SqliteDatabase>>| {
                if let Some(moved) = before.filter(|before| !before.place.has_its_file()) {
                    is_moved.store(true, Ordering::Release);
                    moved.retire(control)?;
                }
                if options.must_exist && !options.path.try_exists()? {
                    return Err(opener::missing().within(options.path.display()));
                }
                let database = match access {
                    Access::Read => SqliteDatabase::to_read(&options, control),
                    Access::Write => SqliteDatabase::to_write(&options, control),
                };
                let database = database.map_err(|error| named(error, &options.path))?;
                logger.log(Level::Info, || format!("opened {}", options.path.display()));
                Ok(Arc::new(database))
            }
        })
    }

    /// Reads with `work`; again if another program created tables meanwhile.
    pub(super) fn reading<T>(
        &self,
        control: &Control,
        mut work: impl FnMut(&SqliteDatabase) -> Result<T>,
    ) -> Result<T> {
        loop {
            let database = self.database(Access::Read, control)?;
            match work(&database) {
                Err(_) if database.is_stale() => control.check()?,
                done => return done.map_err(|error| named(error, &database.path)),
            }
        }
    }
}

/// Adds the file's name to an error that concerns the whole file.
pub(super) fn named(error: Error, path: &Path) -> Error {
    let place = path.display().to_string();
    let is_of_the_file = matches!(
        error.kind(),
        ErrorKind::Corrupt | ErrorKind::Io | ErrorKind::Full | ErrorKind::Permission | ErrorKind::Schema
    );
    if is_of_the_file && !error.to_string().contains(&place) {
        error.within(place)
    } else {
        error
    }
}

impl Database for SqliteStore {
    fn layout(&self, control: &Control) -> Result<IndexLayout> {
        Ok(self.database(Access::Read, control)?.layout)
    }

    fn read<T>(&self, control: &Control, mut work: impl FnMut(&dyn sql::Conn) -> Result<T>) -> Result<T> {
        self.reading(control, |database| database.read(control, |conn| work(conn)))
    }

    fn write<T>(&self, control: &Control, mut work: impl FnMut(&dyn sql::Conn) -> Result<T>) -> Result<T> {
        loop {
            let database = self.database(Access::Write, control)?;
            match database.write(control, |conn| work(conn)) {
                Err(_) if !database.place.has_its_file() => control.check()?,
                done => return done.map_err(|error| named(error, &database.path)),
            }
        }
    }

    fn room(&self) -> Room {
        Room::new(self.options.page_bytes)
    }

    fn edge_commits(&self) -> &EdgeCommits {
        &self.edge_commits
    }

    fn outside_changes(&self, control: &Control) -> Result<Option<u64>> {
        let database = self.database(Access::Read, control)?;
        let version = database.data_version()?;
        Ok(version.map(|version| version ^ database.place.number().rotate_left(32)))
    }
}

impl EventWriter for SqliteStore {
    fn write_in_turn(
        &self,
        batches: &[Batch],
        _: &mut Option<Turn<'_>>,
        claim: Claim<'_>,
    ) -> Result<Option<CommitReport>> {
        let database = self.database(Access::Write, &Control::unbounded())?;
        let commit = || {
            let anytime = Control::unbounded();
            let writer = database.lock_writer(&anytime)?;
            // The failed attempt makes the loss visible in the health, in the log and as the last error. The next attempt commits.
            if self.is_moved.swap(false, Ordering::AcqRel) {
                return Err(moved());
            }
            let written = database.transaction(writer, &anytime, |conn| {
                claim().then(|| writer::write_batches(conn, batches)).transpose()
            });
            written.map(|(report, wal_bytes)| report.map(|report| CommitReport { wal_bytes, ..report }))
        };
        self.edge_commits
            .commit_batches(commit)
            .map_err(|error| named(error, &database.path))
    }
}

impl Store for SqliteStore {}

impl Drop for SqliteStore {
    /// Closes the connections. A connection left open would be closed by a thread that may outlive the process's end.
    fn drop(&mut self) {
        self.close();
    }
}

impl Maintenance for SqliteStore {
    fn prune(&self, options: &PruneOptions, control: &Control) -> Result<PruneReport> {
        maintain::prune(&*self.database(Access::Write, control)?, options, control)
    }

    fn backup(&self, target: &Path, control: &Control, progress: &mut dyn FnMut(u64, u64)) -> Result<()> {
        maintain::backup(&*self.database(Access::Read, control)?, target, control, progress)
    }

    fn checkpoint(&self, control: &Control) -> Result<()> {
        self.database(Access::Write, control)?.truncate_log(control)
    }

    fn check(&self, control: &Control) -> Result<Vec<String>> {
        self.reading(control, |database| maintain::check(database, control))
    }

    fn check_text(&self, control: &Control) -> Result<Vec<String>> {
        maintain::check_text(&*self.database(Access::Read, control)?, control)
    }

    fn summary(&self, control: &Control) -> Result<StoreSummary> {
        self.reading(control, |database| maintain::summary(database, control))
    }
}

impl Lifecycle for SqliteStore {
    fn location(&self) -> String {
        self.options.path.display().to_string()
    }

    fn start(&self, control: &Control) -> Result<()> {
        match self.check_writable(control) {
            Err(error) if error.kind() == ErrorKind::Permission => {
                self.database(Access::Read, control).map(|_| ())
            }
            done => done,
        }
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

    fn close(&self) {
        if let Some(database) = self.opener.close() {
            database.close();
        }
    }
}
