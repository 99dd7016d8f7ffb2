//! Engines that several users of a process share, because their configurations name the same database.
//!
//! The configuration is the key: a registry of the process counts the users of each shared engine.

use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Engine;
use crate::config::{self, Config, OPTIONS, OptionKind};
use crate::error::{Error, ErrorKind, Result};
use crate::fork;
use crate::log::Logger;
use crate::record::Control;

/// The engines in use, with their configurations.
///
/// The lock is held for a few comparisons, never during I/O: a child of fork() finds it free.
static SHARED: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

struct Entry {
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
        let database = database(config)?;
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in shared.iter_mut() {
            if self::database(&entry.config)? == database {
                check_equal(config, entry)?;
                entry.users += 1;
                return Ok(Self::of(&entry.engine, &entry.loggers, logger));
            }
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
        let mut config = config.clone();
        if database[0] == "sqlite" {
            // Another working directory must not change the entry's database.
            config.set("storage.sqlite_path", &database[1])?;
        }
        shared.push(Entry {
            config,
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
        let is_last = {
            let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
            let place = shared
                .iter()
                .position(|entry| Arc::ptr_eq(&entry.engine, &self.engine));
            if let Some(place) = place {
                shared[place].users -= 1;
                let is_last = shared[place].users == 0;
                if is_last {
                    shared.swap_remove(place);
                }
                is_last
            } else {
                // An exclusive engine.
                true
            }
        };
        if is_last {
            self.engine.close(control)
        } else {
            Ok(0)
        }
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

/// The options that [`database`] compares.
const DATABASE: [&str; 5] = [
    "storage.backend",
    "storage.data_dir",
    "storage.sqlite_path",
    "storage.postgresql_url",
    "storage.postgresql_schema",
];

/// Returns which database a configuration names: the absolute path of a file, or the connection string and schema.
fn database(config: &Config) -> Result<[String; 3]> {
    let named = match config.database_file()? {
        Some(file) => {
            let path = config::absolute(file)?;
            [path.to_string_lossy().into_owned(), String::new()]
        }
        None => {
            ["storage.postgresql_url", "storage.postgresql_schema"].map(|key| config.value(key).to_owned())
        }
    };
    let [first, second] = named;
    Ok([config.value("storage.backend").to_owned(), first, second])
}

fn check_equal(config: &Config, entry: &Entry) -> Result<()> {
    let differs = |key| config.value(key) != entry.config.value(key);
    let others = OPTIONS.iter().filter(|option| !DATABASE.contains(&option.key));
    for option in others {
        if differs(option.key) {
            let values = if option.kind == OptionKind::Url {
                String::new()
            } else {
                format!(
                    " ({:?}, not {:?})",
                    config.value(option.key),
                    entry.config.value(option.key)
                )
            };
            let text = format!(
                "{} differs{values} from the options of the store that this process shares for {}: give all of its users the same \
                 options",
                option.key,
                entry.engine.location()
            );
            return Err(Error::new(ErrorKind::Config, text));
        }
    }
    Ok(())
}
