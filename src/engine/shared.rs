//! Engines that several users of a process share, because their configurations name the same database.
//!
//! The configuration is the key: a registry of the process counts the users of each shared engine.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Engine;
use crate::config::{self, Config, ConfigOption, OPTIONS, OptionKind};
use crate::error::{Error, ErrorKind, Result};
use crate::fork;
use crate::log::Logger;
use crate::record::Control;

/// The engines in use, with their configurations. The lock is not held during I/O.
static SHARED: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

struct Entry {
    database: Database,
    config: Config,
    engine: Arc<Engine>,
    loggers: Loggers,
    users: usize,
}

/// The loggers of the users of an engine, oldest first. The first one receives the log records.
type Loggers = Arc<parking_lot::Mutex<Vec<Arc<Logger>>>>;

/// One user's share of an engine. The engine is closed with its last user.
#[derive(Debug)]
pub struct SharedEngine {
    engine: Arc<Engine>,
    loggers: Loggers,
    logger: Arc<Logger>,
    is_released: AtomicBool,
}

impl SharedEngine {
    /// Returns a share of the engine whose configuration names the same database, or creates that engine. Opens nothing.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) if another option differs from that engine's: the message names the option.
    /// [`Forked`](ErrorKind::Forked) in the child of a process that used the library. Those of [`Engine::open`].
    pub fn open(config: &Config, logger: Logger) -> Result<Self> {
        fork::check()?;
        let database = Database::of(config)?;
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = shared.iter_mut().find(|entry| entry.database == database) {
            check_equal(config, entry)?;
            entry.users += 1;
            return Ok(Self::of(&entry.engine, &entry.loggers, logger));
        }
        let loggers = Loggers::default();
        let users = Arc::clone(&loggers);
        // The lock is held during the callback: a user's logger is not called after its share is dropped.
        let oldest = Logger::new(move |level, text| {
            if let Some(logger) = users.lock().first() {
                logger.log(level, || text.to_owned());
            }
        });
        let engine = Arc::new(Engine::open(config, oldest)?);
        let share = Self::of(&engine, &loggers, logger);
        shared.push(Entry {
            database,
            config: config.clone(),
            engine,
            loggers,
            users: 1,
        });
        Ok(share)
    }

    /// Creates an engine with one user. Opens nothing.
    ///
    /// # Errors
    /// Those of [`Engine::open`].
    pub fn exclusive(config: &Config, logger: Logger) -> Result<Self> {
        let engine = Engine::open(config, logger)?;
        Ok(Self::of(
            &Arc::new(engine),
            &Loggers::default(),
            Logger::default(),
        ))
    }

    fn of(engine: &Arc<Engine>, loggers: &Loggers, logger: Logger) -> Self {
        let logger = Arc::new(logger);
        loggers.lock().push(Arc::clone(&logger));
        Self {
            engine: Arc::clone(engine),
            loggers: Arc::clone(loggers),
            logger,
            is_released: AtomicBool::new(false),
        }
    }

    /// Returns true if this share was closed.
    pub fn is_closed(&self) -> bool {
        self.is_released.load(Ordering::Acquire)
    }

    /// Gives up this share. The last user closes the engine, as [`Engine::close`] does; before that, queued events stay in the queue.
    pub fn close(&self, control: &Control) -> Result<u64> {
        if self.is_released.swap(true, Ordering::AcqRel) {
            return Ok(0);
        }
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        // An exclusive engine is not in the list.
        let place = shared
            .iter()
            .position(|entry| Arc::ptr_eq(&entry.engine, &self.engine));
        if let Some(place) = place {
            shared[place].users -= 1;
            if shared[place].users > 0 {
                return Ok(0);
            }
            shared.swap_remove(place);
        }
        drop(shared);
        self.engine.close(control)
    }
}

impl Drop for SharedEngine {
    fn drop(&mut self) {
        self.loggers
            .lock()
            .retain(|logger| !Arc::ptr_eq(logger, &self.logger));
    }
}

impl Deref for SharedEngine {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

/// The options that a [`Database`] is made of.
const DATABASE: [&str; 5] = [
    "storage.backend",
    "storage.data_dir",
    "storage.sqlite_path",
    "storage.postgresql_url",
    "storage.postgresql_schema",
];

/// The database that a configuration names.
#[derive(PartialEq, Eq)]
enum Database {
    /// The absolute path of a file.
    File(PathBuf),
    /// The connection string and the schema.
    Server(String, String),
}

impl Database {
    fn of(config: &Config) -> Result<Self> {
        let value = |key| config.value(key).to_owned();
        match config.database_file()? {
            Some(file) => config::absolute(file).map(Self::File),
            None => Ok(Self::Server(
                value("storage.postgresql_url"),
                value("storage.postgresql_schema"),
            )),
        }
    }
}

fn check_equal(config: &Config, entry: &Entry) -> Result<()> {
    let differs = |key| config.value(key) != entry.config.value(key);
    let mut others = OPTIONS.iter().filter(|option| !DATABASE.contains(&option.key));
    let Some(ConfigOption { key, kind, .. }) = others.find(|option| differs(option.key)) else {
        return Ok(());
    };
    let values = match kind {
        // Passwords are not shown.
        OptionKind::Url => String::new(),
        _ => format!(" ({:?}, not {:?})", config.value(key), entry.config.value(key)),
    };
    let location = entry.engine.location();
    let text = format!(
        "{key} differs{values} from the options of the store that this process shares for {location}: give all of its users the same \
         options"
    );
    Err(Error::new(ErrorKind::Config, text))
}
