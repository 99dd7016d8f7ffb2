//! Standard output, and the formats of lists.

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use clap::ValueEnum;
use once_cell::sync::OnceCell;
use seerflow::transfer::{Format, without_formula};
use serde::Serialize;

use crate::terminal::{Escaping, Style};

/// When to use colours.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set; elsewhere if CLICOLOR_FORCE is set
    #[default]
    Auto,
    /// Also in a pipe or file
    Always,
    /// Never
    Never,
}

static COLOUR: OnceCell<Colour> = OnceCell::new();

impl Colour {
    /// Chooses the colours of this run.
    pub fn choose(self) {
        let _ = COLOUR.set(self);
    }

    fn is_on(self, is_terminal: bool) -> bool {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        match self {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto if variable("NO_COLOR").is_some() => false,
            Colour::Auto if variable("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
            Colour::Auto => is_terminal && variable("TERM").is_none_or(|value| value != "dumb"),
        }
    }
}

/// Buffered standard output, escaped on a terminal. Writes return errors and never panic.
pub struct Out {
    writer: Escaping<BufWriter<StdoutLock<'static>>>,
    /// True if standard output is a terminal.
    pub is_terminal: bool,
    /// True if colours are to be used.
    pub colour: bool,
}

impl Out {
    /// Opens standard output.
    pub fn new() -> Self {
        let is_terminal = io::stdout().is_terminal();
        Self {
            writer: Escaping::new(BufWriter::new(io::stdout().lock()), is_terminal),
            is_terminal,
            colour: COLOUR.get().copied().unwrap_or_default().is_on(is_terminal),
        }
    }

    /// Writes text in a style, if colours are to be used.
    pub fn styled(&mut self, style: Style, text: &str) -> io::Result<()> {
        let ansi = if self.colour { style.ansi() } else { "" };
        self.writer.write_acting(ansi)?;
        self.write_all(text.as_bytes())?;
        self.writer
            .write_acting(if ansi.is_empty() { "" } else { "\x1b[0m" })
    }

    /// Writes a line of a table: its cells are escaped, and it may contain colours.
    pub fn line_of_table(&mut self, line: &str) -> io::Result<()> {
        self.writer.write_acting(line.trim_end())?;
        self.writer.write_acting("\n")
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

/// How CSV is written.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub struct CsvArgs {
    /// In CSV, write an apostrophe before each text that a spreadsheet would take for a formula: one that begins with =, +, -, @, a tab
    /// or a line end
    #[arg(long, help_heading = "Output")]
    csv_safe: bool,
}

impl CsvArgs {
    /// Returns the format of events as CSV.
    pub fn format(self) -> Format {
        if self.csv_safe {
            Format::SafeCsv
        } else {
            Format::Csv
        }
    }

    /// Returns a text as a cell.
    pub fn cell(self, text: &str) -> Cow<'_, str> {
        if self.csv_safe {
            without_formula(text)
        } else {
            Cow::Borrowed(text)
        }
    }
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
    #[command(flatten)]
    pub csv: CsvArgs,
}

impl ListArgs {
    /// Returns options that select a format.
    pub fn of(format: ListFormat, csv: CsvArgs) -> Self {
        Self {
            format,
            json: false,
            csv,
        }
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
pub fn print_json(out: &mut Out, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)?;
    out.flush()
}
