//! Names the back ends and makes the one that the configuration selects.

use std::sync::Arc;

use super::Store;
use super::opener::Access;
#[cfg(feature = "postgres")]
use super::postgres::{PostgresOptions, PostgresStore};
use super::sqlite::{SqliteOptions, SqliteStore};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::log::Logger;

/// Makes the back end that `storage.backend` names. The database is opened at the first use. Reading never changes a database; the
/// first write creates the tables, or adopts those that Seerflow created.
///
/// # Errors
/// [`Config`](crate::ErrorKind::Config) and [`Invalid`](crate::ErrorKind::Invalid) for a configuration that cannot work;
/// [`Unsupported`](crate::ErrorKind::Unsupported) for a back end that this build does not have.
pub fn open(config: &Config, logger: &Logger) -> Result<Arc<dyn Store>> {
    config.check_combinations()?;
    match config.value("storage.backend") {
        "sqlite" => Ok(Arc::new(SqliteStore::new(
            SqliteOptions {
                path: config.sqlite_path()?,
                access: Access::most(config),
                must_exist: config.flag("storage.must_exist"),
                durability: config.durability(),
                wal_limit: config.int("storage.wal_limit_bytes"),
                page_bytes: config.int("storage.page_bytes") as usize,
                cache_bytes: config.int("storage.cache_bytes"),
                longest_row: config.longest_row().try_into().unwrap_or(i32::MAX),
            },
            logger.clone(),
        )?)),
        #[cfg(feature = "postgres")]
        "postgresql" => Ok(Arc::new(PostgresStore::new(
            PostgresOptions::new(config)?,
            logger.clone(),
        ))),
        _ => Err(Error::left_out("storage.backend", "PostgreSQL")),
    }
}
