//! Standard output, and the formats of lists.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use clap::ValueEnum;
use serde_json::Value;

/// Buffered standard output. Writes return errors and never panic.
pub struct Out {
    writer: BufWriter<StdoutLock<'static>>,
    /// True if standard output is a terminal.
    pub is_terminal: bool,
    /// True if colours are to be used.
    pub colour: bool,
}

impl Out {
    /// Opens standard output.
    pub fn new() -> Self {
        let is_terminal = io::stdout().is_terminal();
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Self {
            writer: BufWriter::new(io::stdout().lock()),
            is_terminal,
            colour: is_terminal && !refused && !dumb,
        }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The output format of a list.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListFormat {
    /// A table for people
    Table,
    /// One JSON object per line
    Ndjson,
    /// Comma-separated values with a header
    Csv,
    /// One JSON object
    Json,
}

/// Options that select the format.
#[derive(clap::Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Output")]
pub struct ListArgs {
    /// Output format
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    format: ListFormat,
    /// Same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

impl ListArgs {
    /// Returns options that select a format.
    pub fn of(format: ListFormat) -> Self {
        Self { format, json: false }
    }

    /// Returns the format.
    pub fn format(self) -> ListFormat {
        if self.json { ListFormat::Json } else { self.format }
    }

    /// Returns true for a table.
    pub fn is_table(self) -> bool {
        self.format() == ListFormat::Table
    }

    /// Returns true for one JSON object.
    pub fn is_json(self) -> bool {
        self.format() == ListFormat::Json
    }
}

/// Writes a JSON value, indented.
pub fn print_json(out: &mut Out, value: &Value) -> io::Result<()> {
    writeln!(out, "{value:#}")?;
    out.flush()
}
