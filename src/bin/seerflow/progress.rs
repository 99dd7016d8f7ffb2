//! Standard error: progress bars, messages, errors. Write errors are ignored.

use std::io::{self, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use parking_lot::Mutex;

use crate::terminal::escape;

/// The bar currently drawn; messages are printed above it.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Prints an error as `seerflow: context: reason`.
pub fn error(text: &str) {
    note(&format!("{}: {text}", crate::program_name()));
}

/// Prints a message.
pub fn note(text: &str) {
    let write = || {
        let _ = writeln!(io::stderr(), "{}", escape(text));
    };
    let bar = BAR.lock().clone();
    match bar {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// The unit that a bar counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Bytes,
    Events,
    Pages,
    Rows,
}

/// A progress bar. Drawn only on a terminal; removed when dropped.
pub struct Progress(ProgressBar);

impl Progress {
    /// Starts a bar with a total, or a counter without one.
    pub fn new(unit: Unit, total: Option<u64>, hidden: bool) -> Self {
        if hidden {
            return Self(ProgressBar::hidden());
        }
        let (bar, template) = match (total, unit) {
            (Some(total), Unit::Bytes) => (
                ProgressBar::new(total),
                "{wide_bar:.cyan/dim} {binary_bytes} of {binary_total_bytes}, {binary_bytes_per_sec}, {eta} left {msg}",
            ),
            (Some(total), Unit::Events) => (
                ProgressBar::new(total),
                "{wide_bar:.cyan/dim} {human_pos} of {human_len} events, {per_sec}, {eta} left",
            ),
            (Some(total), Unit::Rows) => (
                ProgressBar::new(total),
                "{wide_bar:.cyan/dim} {human_pos} of {human_len} rows, {per_sec}, {eta} left, {msg}",
            ),
            (Some(total), Unit::Pages) => (
                ProgressBar::new(total),
                "{wide_bar:.cyan/dim} {percent}%, {eta} left",
            ),
            (None, Unit::Bytes) => (
                ProgressBar::no_length(),
                "{spinner} {binary_bytes}, {binary_bytes_per_sec} {msg}",
            ),
            (None, _) => (
                ProgressBar::no_length(),
                "{spinner} {human_pos} events, {per_sec}",
            ),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        *BAR.lock() = Some(bar.clone());
        Self(bar)
    }

    /// Returns the bar, for wrapping a reader or advancing it manually.
    pub fn bar(&self) -> &ProgressBar {
        &self.0
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
        *BAR.lock() = None;
    }
}
