//! The files of an open database, and whether they still have their names.

use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// Device and number of a file.
type Identity = (u64, u64);

/// Where the files of an open database were when it was opened.
#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    file: Option<Identity>,
    /// The write-ahead log and the log's index; none where the file is taken for one that nobody changes.
    companions: Vec<(PathBuf, Identity)>,
}

impl Place {
    /// Notes the files of a database that was just opened.
    pub fn new(path: &Path, is_immutable: bool) -> Self {
        let mut companions = Vec::new();
        if !is_immutable {
            for path in ["-wal", "-shm"].map(|suffix| beside(path, suffix)) {
                companions.extend(identity(&path).map(|found| (path, found)));
            }
        }
        Self {
            path: path.to_owned(),
            file: identity(path),
            companions,
        }
    }

    /// Returns the number of the database file.
    pub fn number(&self) -> u64 {
        self.file.map_or(0, |(_, number)| number)
    }

    /// Tells whether the database file that is open is still the one of its name.
    pub fn has_its_file(&self) -> bool {
        identity(&self.path) == self.file
    }

    /// Refuses a log that lost its name: no other connection finds the commits in it.
    pub fn check_log(&self) -> Result<()> {
        let mut companions = self.companions.iter();
        let lost = companions.find(|(path, found)| identity(path) != Some(*found));
        match lost {
            // A file that was moved leaves its log behind, or is followed by it. See `SqliteDatabase::retire`.
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

/// Names a file that SQLite keeps beside a database.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Tells one file from another of the same name; `None` when there is no file.
#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    path.exists().then_some((0, 0))
}
