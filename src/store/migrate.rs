//! Forward-only migrations: numbered scripts, each applied and recorded in one transaction.
//!
//! A script is applied under the database's write lock, after its number was looked up again under that lock: two processes that start at
//! once apply it once. A checksum detects a script that was changed after it was applied. A database that is newer than this library is
//! refused before anything is written.

use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result};

/// The version of Seerflow's schema that our tables implement.
pub const SEERFLOW_SCHEMA: i64 = 7;

/// One numbered script.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its number, from 1 without gaps.
    pub number: i64,
    /// Its name, the same for every database.
    pub name: &'static str,
    /// Its text.
    pub script: &'static str,
}

impl Migration {
    /// Returns the script's SHA-256, in hex.
    pub fn checksum(&self) -> String {
        Sha256::digest(self.script)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

macro_rules! migrations {
    ($folder:literal: $($number:literal $name:literal),+ $(,)?) => {
        &[ $( Migration {
            number: $number,
            name: $name,
            script: include_str!(concat!("../../migrations/", $folder, "/", $name, ".sql")),
        } ),+ ]
    };
}

/// The scripts of SQLite.
pub const SQLITE: &[Migration] = migrations!("sqlite":
    1 "0001_seerflow_schema",
    2 "0002_dead_letters_and_summaries",
    3 "0003_event_tallies",
    4 "0004_alert_counts",
    5 "0005_folded_words",
    6 "0006_search_indexes",
);

/// The scripts of PostgreSQL. Marks in braces are replaced before they run.
pub const POSTGRES: &[Migration] = migrations!("postgres":
    1 "0001_seerflow_schema",
    2 "0002_dead_letters_and_summaries",
    3 "0003_event_tallies",
    4 "0004_alert_counts",
    5 "0005_folded_words",
    6 "0006_search_indexes",
);

/// The state of a database before a migration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The largest version in Seerflow's `schema_version`; 0 without that table.
    pub seerflow: i64,
    /// Numbers and checksums of the applied migrations, in order.
    pub applied: Vec<(i64, String)>,
}

/// A database to migrate.
pub trait Target {
    /// Reads the state.
    fn state(&mut self) -> Result<State>;
    /// Takes the write lock.
    fn begin(&mut self) -> Result<()>;
    /// Runs a script and records it.
    fn apply(&mut self, migration: &Migration) -> Result<()>;
    /// Commits, or rolls back to [`Target::begin`].
    fn end(&mut self, commit: bool) -> Result<()>;
}

/// Returns whether [`run`] has nothing to apply. Does not take the write lock.
///
/// # Errors
/// Those of [`run`].
pub fn check(state: &State, migrations: &[Migration]) -> Result<bool> {
    pending(state, migrations).map(|pending| pending.is_empty())
}

/// Migrates a database; returns the number of applied migrations.
///
/// # Errors
/// [`Schema`](ErrorKind::Schema) if the database is newer, if it is of a Seerflow before version 7, or if an applied script differs from
/// ours.
pub fn run(target: &mut dyn Target, migrations: &[Migration]) -> Result<usize> {
    if pending(&target.state()?, migrations)?.is_empty() {
        return Ok(0);
    }
    target.begin()?;
    let applied = apply_pending(target, migrations);
    match applied {
        Ok(count) => target.end(true).map(|()| count),
        Err(error) => {
            // The first error is reported, not that of the rollback.
            let _ = target.end(false);
            Err(error)
        }
    }
}

fn apply_pending(target: &mut dyn Target, migrations: &[Migration]) -> Result<usize> {
    let state = target.state()?;
    let pending = pending(&state, migrations)?;
    for migration in pending {
        target
            .apply(migration)
            .map_err(|e| e.within(format!("migration {}", migration.name)))?;
    }
    Ok(pending.len())
}

fn pending<'m>(state: &State, migrations: &'m [Migration]) -> Result<&'m [Migration]> {
    let refuse = |text: String| Err(Error::new(ErrorKind::Schema, text));
    if state.seerflow > SEERFLOW_SCHEMA {
        return refuse(format!(
            "the database has Seerflow schema version {}, this library knows {SEERFLOW_SCHEMA}: use a newer library",
            state.seerflow
        ));
    }
    if (1..SEERFLOW_SCHEMA).contains(&state.seerflow) {
        return refuse(format!(
            "the database has Seerflow schema version {}: start Seerflow 0.7 on it once, which brings it to {SEERFLOW_SCHEMA}",
            state.seerflow
        ));
    }
    for (number, checksum) in &state.applied {
        match migrations.iter().find(|migration| migration.number == *number) {
            None => {
                return refuse(format!(
                    "the database has migration {number}, which this library does not know: use a newer library"
                ));
            }
            Some(ours) if ours.checksum() != *checksum => {
                return refuse(format!(
                    "migration {} was applied from another text than this library's",
                    ours.name
                ));
            }
            Some(_) => {}
        }
    }
    Ok(&migrations[state.applied.len().min(migrations.len())..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_have_no_gap() {
        for (position, migration) in SQLITE.iter().enumerate() {
            assert_eq!(migration.number, position as i64 + 1);
            assert!(migration.name.starts_with(&format!("{:04}_", migration.number)));
        }
        for folder in ["sqlite", "postgres"] {
            let folder = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
            let on_disk = std::fs::read_dir(folder).unwrap();
            let numbered = on_disk.filter(|file| {
                let name = file.as_ref().unwrap().file_name();
                name.to_string_lossy().starts_with("00")
            });
            assert_eq!(numbered.count(), SQLITE.len());
        }
        let name = |migration: &Migration| (migration.number, migration.name);
        assert!(SQLITE.iter().map(name).eq(POSTGRES.iter().map(name)));
    }

    #[test]
    fn newer_older_and_changed_databases_are_refused() {
        let state = |seerflow, applied: &[(i64, &str)]| State {
            seerflow,
            applied: applied.iter().map(|(n, sum)| (*n, (*sum).to_owned())).collect(),
        };
        let checksum = SQLITE[0].checksum();
        assert_eq!(pending(&state(0, &[]), SQLITE).unwrap().len(), SQLITE.len());
        assert_eq!(
            pending(&state(7, &[(1, &checksum)]), SQLITE).unwrap().len(),
            SQLITE.len() - 1
        );
        for refused in [
            state(8, &[]),
            state(5, &[]),
            state(7, &[(99, "x")]),
            state(7, &[(1, "x")]),
        ] {
            assert_eq!(
                pending(&refused, SQLITE).unwrap_err().kind(),
                ErrorKind::Schema,
                "{refused:?}"
            );
        }
    }
}
