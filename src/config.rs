//! Configuration: options set from a YAML file, the environment and key=value pairs.
//!
//! The `storage` section of Seerflow's `seerflow.yaml` is accepted unchanged; options of this library are added to the same section.
//! Values are stored as text and validated when they are set.

mod options;
mod yaml;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use options::{ConfigOption, OPTIONS, OptionKind};

use crate::conninfo::{self, redact};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Durability;

/// The options whose defaults are shares of `storage.memory_bytes`, if that is set: a quarter of it, and so on.
const SHARES: [(&str, u64); 5] = [
    ("storage.cache_bytes", 4),
    ("storage.queue_bytes", 4),
    ("storage.commit_bytes", 8),
    ("storage.page_bytes", 8),
    ("storage.max_event_bytes", 16),
];

/// The longest row for events of the default size, in bytes. A block of `event_tallies` may be as long.
const LONGEST_ROW: u64 = 256 << 20;

/// A set of options; those not set have their defaults.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Config {
    values: BTreeMap<&'static str, String>,
}

/// Shows what [`Config::get`] returns.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self
            .values
            .keys()
            .map(|key| (key, self.get(key).unwrap_or_default()));
        f.debug_map().entries(shown).finish()
    }
}

impl Config {
    /// Creates a configuration with every option at its default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets one option.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) for an unknown key or an invalid value; the message names the key.
    pub fn set(&mut self, key: &str, value: &str) -> Result<()> {
        let option = find(key)?;
        check(option, value).map_err(|e| e.within(key))?;
        self.values.insert(option.key, value.to_owned());
        Ok(())
    }

    /// Returns an option's value or its default. The password of a connection string is replaced by `***`.
    pub fn get(&self, key: &str) -> Result<String> {
        let option = find(key)?;
        let value = self.value(option.key);
        Ok(match option.kind {
            OptionKind::Url => redact(value),
            OptionKind::Int(..) if !value.is_empty() => self.int(option.key).to_string(),
            _ => value.to_owned(),
        })
    }

    /// Loads the `storage` section of a YAML file. `${VAR}` and `${VAR:-default}` are replaced in all of its texts.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) and other errors of reading the file; [`Config`](ErrorKind::Config) for invalid YAML, a
    /// document that is not a mapping, unknown keys, invalid values and variables that are not set.
    pub fn load_file(&mut self, path: &Path) -> Result<()> {
        if path.to_str().is_some_and(conninfo::may_be) {
            let text = "the name of the configuration file is a connection string";
            return Err(Error::new(ErrorKind::Config, text));
        }
        let within = |e: Error| e.within(path.display());
        let text = std::fs::read_to_string(path).map_err(|e| within(e.into()))?;
        self.load_yaml(&text, &|name| std::env::var(name).ok())
            .map_err(within)
    }

    /// Sets options from the environment: `SEERFLOW_STORAGE_DURABILITY` sets `storage.durability`, and so on.
    pub fn load_env(&mut self) -> Result<()> {
        for option in OPTIONS {
            let name = format!("SEERFLOW_{}", option.key.replace('.', "_").to_uppercase());
            if let Ok(value) = std::env::var(&name) {
                check(option, &value).map_err(|e| e.within(&name))?;
                self.values.insert(option.key, value);
            }
        }
        Ok(())
    }

    /// Returns an option's value, including secrets.
    pub(crate) fn value(&self, key: &'static str) -> &str {
        let default = || {
            OPTIONS
                .iter()
                .find(|option| option.key == key)
                .map_or("", |option| option.default)
        };
        self.values.get(key).map_or_else(default, String::as_str)
    }

    /// Returns the value of an integer option, which was validated when it was set. A bound of memory that is not set is its share of
    /// `storage.memory_bytes`.
    pub(crate) fn int(&self, key: &'static str) -> u64 {
        let value = self.value(key).parse().unwrap_or_default();
        match SHARES.iter().find(|(name, _)| *name == key) {
            Some((_, part)) if !self.values.contains_key(key) => match self.int("storage.memory_bytes") {
                0 => value,
                all => all / part,
            },
            _ => value,
        }
    }

    /// Returns true if a boolean option is on.
    pub(crate) fn flag(&self, key: &'static str) -> bool {
        self.value(key) == "true"
    }

    /// Returns the value of an option given in milliseconds.
    pub(crate) fn millis(&self, key: &'static str) -> Duration {
        Duration::from_millis(self.int(key))
    }

    /// Returns the value of an option given in seconds, which was validated when it was set.
    #[cfg(any(feature = "graph-servers", feature = "postgres"))]
    pub(crate) fn seconds(&self, key: &'static str) -> Duration {
        Duration::try_from_secs_f64(self.value(key).parse().unwrap_or_default()).unwrap_or_default()
    }

    /// Returns the size limit of a database row, in bytes. An event's columns repeat texts of its blob.
    pub(crate) fn longest_row(&self) -> u64 {
        LONGEST_ROW.max(4 * self.int("storage.max_event_bytes") + (1 << 20))
    }

    /// Returns the failure that a commit survives.
    pub fn durability(&self) -> Durability {
        if self.value("storage.durability") == "power" {
            Durability::Power
        } else {
            Durability::Process
        }
    }

    /// Checks options against each other, as Seerflow does.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) naming the conflicting options.
    pub(crate) fn check_combinations(&self) -> Result<()> {
        let (least, most) = (
            "storage.postgresql_pool_min_size",
            "storage.postgresql_pool_max_size",
        );
        if self.int(most) < self.int(least) {
            let text = format!(
                "{most} is {}, which is less than {least} ({})",
                self.int(most),
                self.int(least)
            );
            return Err(Error::new(ErrorKind::Config, text));
        }
        Ok(())
    }

    /// Returns the database file, or `None` if `storage.backend` is a server.
    ///
    /// # Errors
    /// Those of [`Config::sqlite_path`].
    pub fn database_file(&self) -> Result<Option<PathBuf>> {
        match self.value("storage.backend") {
            "sqlite" => self.sqlite_path().map(Some),
            _ => Ok(None),
        }
    }

    /// Returns the path of the database file: `storage.sqlite_path`, or `seerflow.db` in the data directory. The data directory is the
    /// first of these that is set: `storage.data_dir`, `$SEERFLOW_DATA_DIR`, `$XDG_DATA_HOME/seerflow`, `~/.local/share/seerflow`.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) if none of these can be determined.
    pub fn sqlite_path(&self) -> Result<PathBuf> {
        let set = |text: &str| (!text.is_empty()).then(|| PathBuf::from(text));
        let env = |name: &str| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        if let Some(path) = set(self.value("storage.sqlite_path")) {
            return Ok(path);
        }
        set(self.value("storage.data_dir"))
            .or_else(|| env("SEERFLOW_DATA_DIR"))
            .or_else(|| env("XDG_DATA_HOME").map(|home| home.join("seerflow")))
            .or_else(|| std::env::home_dir().map(|home| home.join(".local/share/seerflow")))
            .map(|folder| folder.join("seerflow.db"))
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Config,
                    "no data directory: set storage.data_dir or SEERFLOW_DATA_DIR",
                )
            })
    }
}

fn find(key: &str) -> Result<&'static ConfigOption> {
    OPTIONS.iter().find(|option| option.key == key).ok_or_else(|| {
        // Anything but a name might be a connection string in the wrong place.
        let is_name = key.len() <= 64
            && key
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
        let text = if is_name {
            format!("unknown option {key}")
        } else {
            "unknown option, whose key is not a name".to_owned()
        };
        Error::new(ErrorKind::Config, text)
    })
}

/// Returns a text without its secrets if it may be a connection string; otherwise `None`.
pub fn redacted(text: &str) -> Option<String> {
    conninfo::may_be(text).then(|| redact(text))
}

/// Checks a value. The errors do not quote it: it may be a secret in the wrong place, or that of an environment variable.
fn check(option: &ConfigOption, value: &str) -> Result<()> {
    let bad = |text: String| Err(Error::new(ErrorKind::Config, text));
    match option.kind {
        // Seerflow does not expand it either: it creates a directory named ~ in the working directory.
        OptionKind::Path if value == "~" || value.starts_with("~/") => {
            return bad("~ is not expanded: write ${HOME} in a file, or the path itself".into());
        }
        OptionKind::Text | OptionKind::Path if conninfo::may_be(value) => {
            return bad(
                "this is a connection string: set storage.postgresql_url or storage.falkordb_url".into(),
            );
        }
        OptionKind::Text | OptionKind::Path => {}
        OptionKind::Url if value.contains('\0') => {
            return bad("a connection string cannot contain NUL".into());
        }
        OptionKind::Url => {}
        OptionKind::Int(low, high) => {
            if !value
                .parse::<u64>()
                .is_ok_and(|number| (low..=high).contains(&number))
            {
                return bad(format!("expected an integer from {low} to {high}"));
            }
        }
        OptionKind::Seconds => {
            if !value
                .parse::<f64>()
                .is_ok_and(|number| number > 0.0 && number <= 1e6)
            {
                return bad("expected a number of seconds".into());
            }
        }
        OptionKind::Word(words) => {
            if !words.contains(&value) {
                return bad(format!("expected one of {}", words.join(", ")));
            }
        }
    }
    Ok(())
}

/// Makes a path absolute, because the host may change its working directory later.
///
/// # Errors
/// [`Config`](ErrorKind::Config) if the path is relative and the working directory no longer exists.
pub(crate) fn absolute(path: impl AsRef<Path>) -> Result<PathBuf> {
    let path = path.as_ref();
    std::path::absolute(path).map_err(|error| {
        let text = format!("cannot make {} absolute: {error}", path.display());
        Error::new(ErrorKind::Config, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_valid() {
        for option in OPTIONS {
            assert!(
                option.default.is_empty() || check(option, option.default).is_ok(),
                "{}",
                option.key
            );
        }
    }

    #[test]
    fn errors_name_the_key_and_not_the_value() {
        let mut config = Config::new();
        let error = config.set("storage.flush_events", "many").unwrap_err();
        assert_eq!(
            error.to_string(),
            "storage.flush_events: expected an integer from 1 to 1000000"
        );
        assert!(config.set("storage.nothing", "1").is_err());
        assert!(config.set("storage.backend", "oracle").is_err());
        assert_eq!(config.get("storage.flush_events").unwrap(), "1000");
    }

    #[test]
    fn paths_and_pools_are_checked_as_seerflow_does() {
        let mut config = Config::new();
        for path in ["~", "~/seerflow"] {
            let error = config.set("storage.data_dir", path).unwrap_err().to_string();
            assert!(error.contains("not expanded"), "{error}");
        }
        config.set("storage.data_dir", "~mine").unwrap();
        assert!(config.check_combinations().is_ok());
        config.set("storage.postgresql_pool_max_size", "1").unwrap();
        assert_eq!(
            config.check_combinations().unwrap_err().to_string(),
            "storage.postgresql_pool_max_size is 1, which is less than storage.postgresql_pool_min_size (2)"
        );
        config.set("storage.postgresql_pool_min_size", "1").unwrap();
        assert!(config.check_combinations().is_ok());
    }

    #[test]
    fn bounds_of_memory_are_shares_unless_they_are_set() {
        let mut config = Config::new();
        assert_eq!(config.get("storage.memory_bytes").unwrap(), "");
        assert_eq!(config.get("storage.cache_bytes").unwrap(), "33554432");
        config.set("storage.memory_bytes", "16777216").unwrap();
        config.set("storage.page_bytes", "65536").unwrap();
        let shown = SHARES.map(|(key, _)| config.get(key).unwrap());
        assert_eq!(shown, ["4194304", "4194304", "2097152", "65536", "1048576"]);
        assert!(config.set("storage.memory_bytes", "1000000").is_err());
    }

    #[test]
    fn passwords_are_not_shown() {
        let mut config = Config::new();
        config
            .set("storage.postgresql_url", "postgresql://me:s3cret@host/db")
            .unwrap();
        let shown = config.get("storage.postgresql_url").unwrap();
        assert_eq!(shown, "postgresql://me:***@host/db");
    }
}
