//! Logging through a callback of the host. The library never prints.

use std::fmt;
use std::sync::Arc;

/// Severity of a log record. The numbers are part of the C API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Level {
    /// Data is lost, or an operation failed.
    Error = 1,
    /// An operation fails for now and is retried.
    Warning = 2,
    /// An activity started or ended.
    Info = 3,
    /// Details.
    Debug = 4,
}

type Callback = dyn Fn(Level, &str) + Send + Sync;

/// A logger that passes records to a callback, or discards them, which is the default. Clones share the callback.
#[derive(Clone, Default)]
pub struct Logger(Option<Arc<Callback>>);

impl Logger {
    /// Creates a logger whose records are passed to `callback`, from any thread.
    pub fn new(callback: impl Fn(Level, &str) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(callback)))
    }

    /// Logs one record; `text` is called only if there is a callback.
    pub fn log(&self, level: Level, text: impl FnOnce() -> String) {
        if let Some(callback) = &self.0 {
            callback(level, &text());
        }
    }
}

impl fmt::Debug for Logger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Logger(set)"
        } else {
            "Logger(none)"
        })
    }
}
