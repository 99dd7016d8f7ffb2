//! What the library has to say to its operator: records handed to a function of the host. Nothing is ever printed.

use std::fmt;
use std::sync::Arc;

/// How important a log record is. The numbers are part of the C API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Level {
    /// Something is lost or does not work.
    Error = 1,
    /// Something does not work yet and is tried again.
    Warning = 2,
    /// Something began or ended.
    Info = 3,
    /// Details.
    Debug = 4,
}

type Sink = dyn Fn(Level, &str) + Send + Sync;

/// Where log records go; nowhere by default. Clones share the function.
#[derive(Clone, Default)]
pub struct Logger(Option<Arc<Sink>>);

impl Logger {
    /// Hands records to `sink`, from any thread.
    pub fn new(sink: impl Fn(Level, &str) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(sink)))
    }

    /// Logs one record; its text is only made when somebody listens.
    pub fn log(&self, level: Level, text: impl FnOnce() -> String) {
        if let Some(sink) = &self.0 {
            sink(level, &text());
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
