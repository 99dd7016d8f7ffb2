//! The SQLite back end: one file that a running Seerflow may share.
//!
//! One connection writes, several read, one checkpoints. Nothing is opened before the first use.

mod checkpoint;
mod conn;
mod locks;
mod maintain;
mod open;
mod opened;
mod pace;
mod place;
mod schema;
mod source;
mod table;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::opened::Opened;
use super::opening::{Access, Opening};
use super::sql;
use super::sql::database::{Database, IndexLayout};
use super::{
    Claim, CommitReport, EdgeCommits, EventWriter, Lifecycle, Maintenance, PruneOptions, PruneReport, Store,
    StoreSummary, Turn,
};
use crate::codec::Batch;
use crate::config::absolute;
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Level, Logger};
use crate::memory::Room;
use crate::record::{Control, Durability};

/// How a database file is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteOptions {
    /// The file; its directory is made when it is missing.
    pub path: PathBuf,
    /// What a commit survives.
    pub durability: Durability,
    /// The size above which the write-ahead log is written back before the next commit, in bytes.
    pub wal_limit: u64,
    /// What one answer may take, in bytes.
    pub page_bytes: usize,
    /// The longest row, in bytes: SQLite refuses a longer one, whatever makes it.
    pub longest_row: i32,
}

/// Events and their companions in a SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    options: SqliteOptions,
    opening: Opening<Opened>,
    edge_commits: EdgeCommits,
    logger: Logger,
}

impl SqliteStore {
    /// Makes a store; opens nothing yet. A relative path is resolved against the working directory of this moment.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid) when the path is a `file:` URI or names no file;
    /// [`Config`](ErrorKind::Config) when the path is relative and the working directory is gone.
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
            options,
            opening: Opening::new(),
            edge_commits: EdgeCommits::default(),
            logger,
        })
    }

    fn opened(&self, access: Access, control: &Control) -> Result<Arc<Opened>> {
        // The file was moved or deleted: what is committed there would be lost to everybody. Open what is there now.
        self.opening.get(access, control, Opened::is_good, || {
            let (options, logger) = (self.options.clone(), self.logger.clone());
            move |control: &Control, before: Option<&Arc<Opened>>| {
                if let Some(moved) = before.filter(|before| !before.place.has_its_file()) {
                    moved.retire(control)?;
                }
                let opened = match access {
                    Access::Read => Opened::to_read(&options, control),
                    Access::Write => Opened::to_write(&options, control),
                };
                let opened = opened.map_err(|error| named(error, &options.path))?;
                logger.log(Level::Info, || format!("opened {}", options.path.display()));
                Ok(Arc::new(opened))
            }
        })
    }

    /// Reads by `work`, once more when another program made tables meanwhile.
    fn reading<T>(&self, control: &Control, mut work: impl FnMut(&Opened) -> Result<T>) -> Result<T> {
        loop {
            let opened = self.opened(Access::Read, control)?;
            match work(&opened) {
                Err(_) if opened.is_stale() => control.check()?,
                done => return done.map_err(|error| named(error, &opened.path)),
            }
        }
    }
}

/// Says of which file an error is that concerns all of it.
fn named(error: Error, path: &Path) -> Error {
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
        Ok(self.opened(Access::Read, control)?.layout)
    }

    fn read<T>(&self, control: &Control, mut work: impl FnMut(&dyn sql::Conn) -> Result<T>) -> Result<T> {
        self.reading(control, |opened| opened.read(control, |conn| work(conn)))
    }

    fn write<T>(&self, control: &Control, mut work: impl FnMut(&dyn sql::Conn) -> Result<T>) -> Result<T> {
        let opened = self.opened(Access::Write, control)?;
        let written = opened.write(control, |conn| work(conn));
        written.map_err(|error| named(error, &opened.path))
    }

    fn room(&self) -> Room {
        Room::new(self.options.page_bytes)
    }

    fn edge_commits(&self) -> &EdgeCommits {
        &self.edge_commits
    }

    fn outside_changes(&self, control: &Control) -> Result<Option<u64>> {
        let opened = self.opened(Access::Read, control)?;
        let version = opened.data_version()?;
        Ok(version.map(|version| version ^ opened.place.number().rotate_left(32)))
    }
}

impl EventWriter for SqliteStore {
    fn write_in_turn(
        &self,
        batches: &[Batch],
        _: &mut Option<Turn<'_>>,
        claim: Claim<'_>,
    ) -> Result<Option<CommitReport>> {
        let opened = self.opened(Access::Write, &Control::unbounded())?;
        let commit = || {
            let anytime = Control::unbounded();
            let writer = opened.lock_writer(&anytime)?;
            let written = opened.transaction(writer, &anytime, |conn| {
                claim().then(|| writer::write_batches(conn, batches)).transpose()
            });
            written.map(|(report, wal_bytes)| report.map(|report| CommitReport { wal_bytes, ..report }))
        };
        self.edge_commits
            .commit_batches(commit)
            .map_err(|error| named(error, &opened.path))
    }
}

impl Store for SqliteStore {}

impl Drop for SqliteStore {
    /// Closes, so that no connection is left to the thread that opened it: it may end after the process.
    fn drop(&mut self) {
        self.close();
    }
}

impl Maintenance for SqliteStore {
    fn prune(&self, options: &PruneOptions, control: &Control) -> Result<PruneReport> {
        maintain::prune(&*self.opened(Access::Write, control)?, options, control)
    }

    fn backup(&self, target: &Path, control: &Control, progress: &mut dyn FnMut(u64, u64)) -> Result<()> {
        maintain::backup(&*self.opened(Access::Read, control)?, target, control, progress)
    }

    fn checkpoint(&self, control: &Control) -> Result<()> {
        self.opened(Access::Write, control)?.truncate_log(control)
    }

    fn check(&self, control: &Control) -> Result<Vec<String>> {
        self.reading(control, |opened| maintain::check(opened, control))
    }

    fn check_text(&self, control: &Control) -> Result<Vec<String>> {
        maintain::check_text(&*self.opened(Access::Read, control)?, control)
    }

    fn summary(&self, control: &Control) -> Result<StoreSummary> {
        self.reading(control, |opened| maintain::summary(opened, control))
    }
}

impl Lifecycle for SqliteStore {
    fn location(&self) -> String {
        self.options.path.display().to_string()
    }

    fn start(&self, control: &Control) -> Result<()> {
        match self.check_writable(control) {
            Err(error) if error.kind() == ErrorKind::Permission => {
                self.opened(Access::Read, control).map(|_| ())
            }
            done => done,
        }
    }

    fn check_writable(&self, control: &Control) -> Result<()> {
        self.opened(Access::Write, control).map(|_| ())
    }

    fn is_open(&self) -> bool {
        self.opening.is_open()
    }

    fn durability(&self) -> Durability {
        self.options.durability
    }

    fn close(&self) {
        if let Some(opened) = self.opening.close() {
            opened.close();
        }
    }
}
