//! Printing of records: tables with selected columns, other formats with all fields under their own names.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::context::Context;
use crate::output::{CsvArgs, ListArgs, ListFormat, Out, print_json};
use crate::table::{Cell, Table};

/// A list of records of one kind.
pub struct Records<'r, T> {
    name: &'static str,
    records: &'r [T],
    /// The message instead of a table without rows.
    empty: Option<&'static str>,
    beside: Vec<(&'static str, Value)>,
}

impl<'r, T: Serialize + Default> Records<'r, T> {
    /// Creates a list; `name` is its key in JSON.
    pub fn new(name: &'static str, records: &'r [T]) -> Self {
        Self {
            name,
            records,
            empty: None,
            beside: Vec::new(),
        }
    }

    /// Sets the message that is printed instead of a table without rows.
    pub fn or_note(mut self, empty: &'static str) -> Self {
        self.empty = Some(empty);
        self
    }

    /// Adds a value next to the list in JSON.
    pub fn beside(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.beside.push((key, value.into()));
        self
    }

    /// Prints the list; `row` makes the row of a record in the table.
    pub fn print<R: IntoIterator<Item = Cell>>(
        self,
        args: ListArgs,
        context: &Context,
        mut table: Table,
        row: impl Fn(&T) -> R,
    ) -> io::Result<()> {
        let mut out = Out::new();
        match args.format() {
            ListFormat::Table if self.records.is_empty() => {
                self.empty.iter().for_each(|text| context.note(text))
            }
            ListFormat::Table => {
                self.records.iter().for_each(|record| table.row(row(record)));
                table.print(&mut out)?;
            }
            ListFormat::Ndjson => {
                for record in self.records {
                    serde_json::to_writer(&mut out, record)?;
                    writeln!(out)?;
                }
            }
            ListFormat::Csv => self.csv(args.csv, &mut out)?,
            ListFormat::Json => {
                let rows = self.records.iter().map(serde_json::to_value);
                let rows = rows.collect::<Result<Vec<_>, _>>()?;
                let mut all = Map::from_iter([(self.name.to_owned(), Value::Array(rows))]);
                all.extend(
                    self.beside
                        .into_iter()
                        .map(|(key, value)| (key.to_owned(), value)),
                );
                print_json(&mut out, &Value::Object(all))?;
            }
        }
        out.flush()
    }

    fn csv(&self, args: CsvArgs, out: &mut Out) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        // Write the header even if there are no records.
        let columns: Vec<String> = match serde_json::to_value(T::default())? {
            Value::Object(fields) => fields.into_iter().map(|(name, _)| name).collect(),
            _ => Vec::new(),
        };
        csv.write_record(&columns)?;
        for record in self.records {
            let fields = serde_json::to_value(record)?;
            csv.write_record(columns.iter().map(|column| match &fields[column] {
                Value::Null => String::new(),
                Value::String(text) => args.cell(text).into_owned(),
                other => other.to_string(),
            }))?;
        }
        csv.flush()
    }
}
