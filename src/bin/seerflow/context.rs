//! The context of a command: configuration, logger, and the interrupt raised by Ctrl-C.

use std::path::PathBuf;
use std::time::Duration;

use seerflow::config::OPTIONS;
use seerflow::log::{Level, Logger};
use seerflow::record::{Control, Interrupt};
use seerflow::{Config, Engine};

use crate::failure::{Done, Failure};
use crate::output::Colour;
use crate::progress;

/// How long accepted events may take to be committed after Ctrl-C.
const GRACE: Duration = Duration::from_secs(10);

/// Options of every command.
#[derive(clap::Args)]
pub struct Global {
    /// Load options from the `storage` section of this seerflow.yaml
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    config: Option<PathBuf>,
    /// Set one option; overrides the file and the environment; may be repeated
    #[arg(
        long,
        global = true,
        value_name = "KEY=VALUE",
        help_heading = "Global options"
    )]
    set: Vec<String>,
    /// When to use colours
    #[arg(long, global = true, value_enum, value_name = "WHEN", alias = "colour", default_value_t = Colour::Auto, help_heading = "Global options")]
    color: Colour,
    /// Print errors only, no progress and no notes
    #[arg(short, long, global = true, help_heading = "Global options")]
    quiet: bool,
}

/// The context that every command gets.
pub struct Context {
    /// The options of the store.
    pub config: Config,
    /// Print errors only.
    pub quiet: bool,
    /// Raised by Ctrl-C.
    pub interrupt: Interrupt,
}

impl Context {
    /// Builds the configuration from defaults, file, environment and command line, in this order. `derives` makes edges and the
    /// statistics of templates a default, as for `ingest`.
    pub fn new(global: Global, interrupt: Interrupt, derives: bool) -> Result<Self, Failure> {
        global.color.choose();
        let mut config = Config::new();
        if derives {
            config.set("storage.infer_edges", "true")?;
            config.set("storage.track_templates", "true")?;
        }
        if let Some(file) = &global.config {
            config.load_file(file)?;
        }
        config.load_env()?;
        for text in &global.set {
            set(&mut config, text)?;
        }
        let context = Self {
            config,
            quiet: global.quiet,
            interrupt,
        };
        for name in unknown_variables() {
            context.warn(&format!(
                "{name} is set, but there is no such option; see `config`"
            ));
        }
        Ok(context)
    }

    /// Opens the store for writing: creates missing tables and adopts a database made by Seerflow.
    pub fn create(&self) -> Result<Engine, Failure> {
        let engine = self.engine()?;
        engine.start(&self.control())?;
        Ok(engine)
    }

    /// Opens the store like [`create`](Self::create). If the database does not answer yet, waits until it does.
    pub fn create_or_wait(&self) -> Result<Engine, Failure> {
        let engine = self.engine()?;
        let mut is_said = false;
        loop {
            match engine.start(&self.control()) {
                Err(error) if error.is_retriable() && !self.interrupt.is_raised() => {
                    if !is_said {
                        self.warn(&format!("{error}; waiting until the database answers"));
                        is_said = true;
                    }
                    std::thread::sleep(Duration::from_millis(250));
                }
                done => return done.map(|()| engine).map_err(Failure::from),
            }
        }
    }

    /// Opens an existing store. Reading leaves the database unchanged; the first write does the same as
    /// [`create`](Self::create).
    pub fn open(&self) -> Result<Engine, Failure> {
        must_exist(&self.config)?;
        self.engine()
    }

    fn engine(&self) -> Result<Engine, Failure> {
        Ok(Engine::open(&self.config, self.logger())?)
    }

    /// Returns a logger that prints warnings and errors.
    pub fn logger(&self) -> Logger {
        Logger::new(|level, text| {
            if level <= Level::Warning {
                progress::error(text);
            }
        })
    }

    /// Returns a control that Ctrl-C interrupts.
    pub fn control(&self) -> Control {
        Control {
            deadline: None,
            interrupt: Some(self.interrupt.clone()),
        }
    }

    /// Returns a control for committing accepted events: after Ctrl-C it ends after `GRACE`.
    pub fn last_control(&self) -> Control {
        if self.interrupt.is_raised() {
            Control::within(GRACE)
        } else {
            self.control()
        }
    }

    /// Prints a warning.
    pub fn warn(&self, text: &str) {
        if !self.quiet {
            progress::error(text);
        }
    }

    /// Prints a message, unless --quiet was given.
    pub fn note(&self, text: impl AsRef<str>) {
        if !self.quiet {
            progress::note(text.as_ref());
        }
    }
}

/// Sets an option. A usage error does not quote the text, which may hold a password.
fn set(config: &mut Config, text: &str) -> Done {
    let bad = |reason: &str| Failure::Usage(format!("--set: {reason}"));
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| bad("expected KEY=VALUE, such as storage.sqlite_path=events.db"))?;
    config.set(key, value).map_err(|e| bad(&e.to_string()))
}

/// Returns environment variables that are named like an option but are not one. Other variables that begin with SEERFLOW_ belong to
/// Seerflow, or to `${...}` in a configuration file.
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

/// Returns an error if the database file does not exist.
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
