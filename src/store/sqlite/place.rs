//! The files of an open database, and whether they still have their paths.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// Device and inode of a file.
type Identity = (u64, u64);

/// The files of a database when it was opened.
#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    file: Option<Identity>,
    /// The write-ahead log and its index; empty for a file that no program changes.
    companions: Vec<(PathBuf, Identity)>,
}

impl Place {
    /// Records the files of a database that was just opened.
    pub fn new(path: &Path, is_immutable: bool) -> Self {
        let mut companions = Vec::new();
        if !is_immutable {
            for path in ["-wal", "-shm"].map(|suffix| beside(path, suffix)) {
                companions.extend(identity(&path).unwrap_or_default().map(|found| (path, found)));
            }
        }
        Self {
            path: path.to_owned(),
            file: identity(path).unwrap_or_default(),
            companions,
        }
    }

    /// Returns the inode of the database file.
    pub fn number(&self) -> u64 {
        self.file.map_or(0, |(_, number)| number)
    }

    /// Returns whether the open database file still has its path.
    pub fn has_its_file(&self) -> bool {
        is_at(&self.path, self.file)
    }

    /// Refuses a file that lost its path: nobody would find its commits.
    pub fn check_file(&self) -> Result<()> {
        if self.has_its_file() {
            return Ok(());
        }
        Err(moved())
    }

    /// Refuses a log that lost its path: no other connection finds its commits.
    pub fn check_log(&self) -> Result<()> {
        let mut companions = self.companions.iter();
        let lost = companions.find(|(path, found)| !is_at(path, Some(*found)));
        match lost {
            // A moved file leaves its log behind, or the log is moved too. See `SqliteDatabase::retire`.
            Some((path, _)) if self.has_its_file() => Err(Error::new(
                ErrorKind::Corrupt,
                format!(
                    "{} was removed or replaced while the database was open: stop whatever did that, and open the store anew",
                    path.display()
                ),
            )),
            _ => Ok(()),
        }
    }
}

/// Returns the error of a database whose file lost its path.
pub fn moved() -> Error {
    Error::new(
        ErrorKind::Io,
        "the database file was moved, replaced or deleted while it was open; commits go to the file that has its path now",
    )
}

/// Returns the path of a file that SQLite keeps beside a database.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Returns whether a file is at its path. A process that dropped its privileges may be unable to see: then it is assumed to be there.
fn is_at(path: &Path, file: Option<Identity>) -> bool {
    match identity(path) {
        Ok(found) => found == file,
        Err(error) => error.kind() == io::ErrorKind::PermissionDenied,
    }
}

/// Identifies a file; `None` if it does not exist.
fn identity(path: &Path) -> io::Result<Option<Identity>> {
    match std::fs::metadata(path) {
        Ok(file) => Ok(Some(numbers(&file))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn numbers(file: &std::fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (file.dev(), file.ino())
}

#[cfg(not(unix))]
fn numbers(_: &std::fs::Metadata) -> Identity {
    (0, 0)
}
