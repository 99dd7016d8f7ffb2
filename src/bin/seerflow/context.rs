//! From the command line to an open engine: configuration, the store's notes, the interrupt.

use std::path::PathBuf;
use std::time::Duration;

use seerflow::config::OPTIONS;
use seerflow::log::{Level, Logger};
use seerflow::record::{Control, Interrupt};
use seerflow::{Config, Engine};

use crate::failure::{Done, Failure};
use crate::progress;

/// How long the events that are accepted may take to be committed after Ctrl-C.
const GRACE: Duration = Duration::from_secs(10);

/// Options of every command.
#[derive(clap::Args)]
pub struct Global {
    /// Take options from the `storage` section of this seerflow.yaml
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    config: Option<PathBuf>,
    /// Set one option, over the file and the environment; may be repeated
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = key_value, help_heading = "Global options")]
    set: Vec<(String, String)>,
    /// No progress and no notes, only errors
    #[arg(short, long, global = true, help_heading = "Global options")]
    quiet: bool,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or("KEY=VALUE is wanted, such as storage.sqlite_path=events.db")?;
    // Tried here, so that a mistake is one of the command line.
    Config::new().set(key, value).map_err(|e| e.to_string())?;
    Ok((key.to_owned(), value.to_owned()))
}

/// What every command is run with.
pub struct Context {
    /// The options of the store.
    pub config: Config,
    /// Say nothing but errors.
    pub quiet: bool,
    /// Raised by Ctrl-C.
    pub interrupt: Interrupt,
}

impl Context {
    /// Puts the configuration together: defaults, file, environment, command line.
    pub fn new(global: Global, interrupt: Interrupt) -> Result<Self, Failure> {
        let mut config = Config::new();
        if let Some(file) = &global.config {
            config.load_file(file)?;
        }
        config.load_env()?;
        for (key, value) in &global.set {
            config.set(key, value)?;
        }
        let context = Self {
            config,
            quiet: global.quiet,
            interrupt,
        };
        for name in unknown_variables() {
            context.warn(&format!(
                "{name} is set, and there is no such option; see `config`"
            ));
        }
        Ok(context)
    }

    /// Opens the store to write to it: makes what is missing, and adopts a database that Seerflow made.
    pub fn create(&self) -> Result<Engine, Failure> {
        let engine = self.engine()?;
        engine.start(&self.control())?;
        Ok(engine)
    }

    /// Opens the store of a command that has nothing to do without one. Reading leaves the database as it is; the first write
    /// does what [`create`](Self::create) does.
    pub fn open(&self) -> Result<Engine, Failure> {
        must_exist(&self.config)?;
        self.engine()
    }

    fn engine(&self) -> Result<Engine, Failure> {
        Ok(Engine::open(&self.config, self.logger())?)
    }

    /// Shows what goes wrong while the program runs.
    pub fn logger(&self) -> Logger {
        Logger::new(|level, text| {
            if level <= Level::Warning {
                progress::error(text);
            }
        })
    }

    /// Bounds work by Ctrl-C.
    pub fn control(&self) -> Control {
        Control {
            deadline: None,
            interrupt: Some(self.interrupt.clone()),
        }
    }

    /// Bounds the work that brings what is accepted into the database: after Ctrl-C it may take a while, but not forever.
    pub fn last_control(&self) -> Control {
        if self.interrupt.is_raised() {
            Control::within(GRACE)
        } else {
            self.control()
        }
    }

    /// Says what is odd and keeps nothing from being done.
    pub fn warn(&self, text: &str) {
        if !self.quiet {
            progress::error(text);
        }
    }

    /// Says something that is no error.
    pub fn note(&self, text: impl AsRef<str>) {
        if !self.quiet {
            progress::note(text.as_ref());
        }
    }
}

/// Returns the variables that look like options and are none. Others that begin with SEERFLOW_ belong to Seerflow, or to the
/// `${...}` of somebody's configuration.
fn unknown_variables() -> impl Iterator<Item = String> {
    let known = |name: &String| {
        let key = name.strip_prefix("SEERFLOW_").unwrap_or_default();
        OPTIONS
            .iter()
            .any(|option| option.key.replace('.', "_").to_uppercase() == key)
    };
    std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(move |name| name.starts_with("SEERFLOW_STORAGE_") && !known(name))
}

/// Refuses a database file that is not there.
pub fn must_exist(config: &Config) -> Done {
    let Some(path) = config.database_file()? else {
        return Ok(());
    };
    match path.try_exists() {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::Error(format!("no database at {}", path.display()))),
        Err(error) => Err(Failure::from(error).within(path.display())),
    }
}
