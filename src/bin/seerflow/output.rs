//! Standard output: what it is, and in which formats lists are printed.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use clap::ValueEnum;
use serde_json::Value;

/// Standard output, buffered; every write can fail and no failure panics.
pub struct Out {
    writer: BufWriter<StdoutLock<'static>>,
    /// A person looks at it.
    pub is_terminal: bool,
    /// Colours are wanted.
    pub colour: bool,
}

impl Out {
    /// Takes standard output.
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

/// How a list is printed.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListFormat {
    /// Columns for people
    Table,
    /// One JSON object a line
    Ndjson,
    /// Comma-separated values with a header
    Csv,
    /// One JSON object for all
    Json,
}

/// The options that choose it.
#[derive(clap::Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Output")]
pub struct ListArgs {
    /// How to print the list
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    format: ListFormat,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

impl ListArgs {
    /// Chooses a format.
    pub fn of(format: ListFormat) -> Self {
        Self { format, json: false }
    }

    /// Returns the format.
    pub fn format(self) -> ListFormat {
        if self.json { ListFormat::Json } else { self.format }
    }

    /// Tells whether a person is to read it.
    pub fn is_table(self) -> bool {
        self.format() == ListFormat::Table
    }

    /// Tells whether all is one JSON object.
    pub fn is_json(self) -> bool {
        self.format() == ListFormat::Json
    }
}

/// Writes a JSON value over several lines.
pub fn print_json(out: &mut Out, value: &Value) -> io::Result<()> {
    writeln!(out, "{value:#}")?;
    out.flush()
}
