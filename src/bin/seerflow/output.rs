//! Standard output: what it is, and lists of anything but events in every format.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use clap::ValueEnum;
use seerflow::record::format_rfc3339;
use serde_json::{Map, Value};

use crate::events::seconds;
use crate::table::{Look, Table};

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

/// One field of a record.
#[derive(Debug)]
pub enum Cell {
    /// Any value.
    Value(Value),
    /// A time in nanoseconds: RFC 3339, and to the second in tables.
    Time(i64),
}

impl<T: Into<Value>> From<T> for Cell {
    fn from(value: T) -> Self {
        Cell::Value(value.into())
    }
}

impl Cell {
    fn value(&self) -> Value {
        match self {
            Cell::Value(value) => value.clone(),
            Cell::Time(ns) => Value::String(format_rfc3339(*ns)),
        }
    }

    fn text(&self) -> String {
        match self {
            Cell::Value(Value::Null) => String::new(),
            Cell::Value(Value::String(text)) => text.clone(),
            Cell::Value(other) => other.to_string(),
            Cell::Time(ns) => format_rfc3339(*ns),
        }
    }
}

/// A list of records with named fields.
#[derive(Debug)]
pub struct Listing {
    name: &'static str,
    columns: Vec<&'static str>,
    /// How many of them a table has.
    shown: usize,
    wrapped: bool,
    rows: Vec<Vec<Cell>>,
}

impl Listing {
    /// Begins a list; `name` is its key in JSON.
    pub fn new(name: &'static str, columns: &[&'static str]) -> Self {
        Self {
            name,
            columns: columns.to_vec(),
            shown: columns.len(),
            wrapped: false,
            rows: Vec::new(),
        }
    }

    /// Leaves all but the first columns out of tables.
    pub fn first_in_tables(mut self, shown: usize) -> Self {
        self.shown = shown;
        self
    }

    /// Lets rows of a table take several lines.
    pub fn wrapped(mut self) -> Self {
        self.wrapped = true;
        self
    }

    /// Adds a record: a cell for each column.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Writes the list.
    pub fn print(&self, args: ListArgs) -> io::Result<()> {
        let mut out = Out::new();
        match args.format() {
            ListFormat::Table => self.table().print(&mut out)?,
            ListFormat::Ndjson => {
                for row in &self.rows {
                    writeln!(out, "{}", self.object(row))?;
                }
            }
            ListFormat::Csv => {
                let mut csv = csv::Writer::from_writer(&mut out);
                csv.write_record(&self.columns)?;
                for row in &self.rows {
                    csv.write_record(row.iter().map(Cell::text))?;
                }
                csv.flush()?;
            }
            ListFormat::Json => {
                let rows = self.rows.iter().map(|row| self.object(row)).collect();
                print_json(
                    &mut out,
                    &Value::Object(Map::from_iter([(self.name.to_owned(), Value::Array(rows))])),
                )?;
            }
        }
        out.flush()
    }

    fn object(&self, row: &[Cell]) -> Value {
        Value::Object(
            self.columns
                .iter()
                .map(|name| (*name).to_owned())
                .zip(row.iter().map(Cell::value))
                .collect(),
        )
    }

    fn table(&self) -> Table {
        let is_time = |column: &usize| {
            self.rows
                .iter()
                .any(|row| matches!(row.get(*column), Some(Cell::Time(_))))
        };
        // The first column names the record.
        let whole: Vec<usize> = (0..self.shown)
            .filter(|column| *column == 0 || is_time(column))
            .collect();
        let mut table = Table::new(&self.columns[..self.shown])
            .whole(&whole)
            .wrapped(self.wrapped);
        for row in &self.rows {
            let text = |cell: &Cell| match cell {
                Cell::Time(ns) => seconds(*ns),
                cell => cell.text(),
            };
            table.row(row.iter().take(self.shown).map(|cell| (text(cell), Look::Plain)));
        }
        table
    }
}

/// Writes a JSON value over several lines.
pub fn print_json(out: &mut Out, value: &Value) -> io::Result<()> {
    writeln!(out, "{value:#}")?;
    out.flush()
}
