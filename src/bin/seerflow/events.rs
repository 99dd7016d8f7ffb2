//! Printing of events, in every format.

use std::io::{self, Write};

use clap::ValueEnum;
use seerflow::codec::msgpack;
use seerflow::record::{Event, EventPage, NANOS_PER_SECOND, SEVERITY_NAMES, format_rfc3339};
use seerflow::transfer::Format;

use crate::failure::{Done, Failure};
use crate::marks::highlighted;
use crate::output::{CsvArgs, Out};
use crate::progress;
use crate::table::{Cell, Style, Table, faint, plain, terminal_width};
use crate::terminal::escape;

/// The output format of events.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventFormat {
    /// A table for people
    Table,
    /// One JSON object per line, without fields at their default
    Ndjson,
    /// Comma-separated values, all fields
    Csv,
    /// A sequence of msgpack maps, as stored
    Msgpack,
    /// One JSON object: {"events": [...], "next": cursor or null, "total": number or null}
    Json,
}

/// Options that select the format.
#[derive(clap::Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Output")]
pub struct EventArgs {
    /// Output format
    #[arg(long, value_enum, default_value_t = EventFormat::Table)]
    format: EventFormat,
    /// Same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    #[command(flatten)]
    pub csv: CsvArgs,
}

impl EventArgs {
    /// Returns the format.
    pub fn format(self) -> EventFormat {
        if self.json { EventFormat::Json } else { self.format }
    }
}

/// Prints one page. A table highlights the words of a search.
pub fn print_page(page: &EventPage, args: EventArgs, words: &str) -> Done {
    let mut out = Out::new();
    let unreadable = match args.format() {
        EventFormat::Table => print_table(page, words, &mut out)?,
        EventFormat::Json => print_json(page, &mut out)?,
        EventFormat::Ndjson => print_encoded(page, Format::Ndjson, &mut out, true)?,
        EventFormat::Csv => print_encoded(page, args.csv.format(), &mut out, true)?,
        EventFormat::Msgpack if out.is_terminal => {
            return Err(Failure::Error(
                "msgpack is binary; redirect it to a file or a pipe".to_owned(),
            ));
        }
        EventFormat::Msgpack => print_encoded(page, Format::Msgpack, &mut out, true)?,
    };
    out.flush()?;
    warn_unreadable(unreadable)
}

/// Warns about stored events that could not be decoded.
pub fn warn_unreadable(unreadable: u64) -> Done {
    if unreadable == 0 {
        return Ok(());
    }
    progress::error(&format!(
        "skipped {unreadable} stored events that cannot be decoded"
    ));
    Err(Failure::Said(1))
}

/// Prints the events of a page; returns the number that could not be decoded.
pub fn print_encoded(page: &EventPage, format: Format, out: &mut Out, begin: bool) -> io::Result<u64> {
    let mut buffer = Vec::new();
    let mut unreadable = 0;
    if begin {
        format.begin(&mut buffer);
    }
    for blob in page.blobs() {
        unreadable += u64::from(format.encode(blob, &mut buffer).is_err());
        out.write_all(&buffer)?;
        buffer.clear();
    }
    out.write_all(&buffer)?;
    Ok(unreadable)
}

fn print_json(page: &EventPage, out: &mut Out) -> io::Result<u64> {
    let mut buffer = Vec::new();
    let mut unreadable = 0;
    let mut separator = "\n";
    write!(out, "{{\"events\":[")?;
    for blob in page.blobs() {
        buffer.clear();
        match Format::Ndjson.encode(blob, &mut buffer) {
            Ok(()) => {
                out.write_all(separator.as_bytes())?;
                out.write_all(buffer.trim_ascii_end())?;
                separator = ",\n";
            }
            Err(_) => unreadable += 1,
        }
    }
    let next = page
        .next
        .map_or("null".to_owned(), |cursor| format!("\"{}\"", cursor.token()));
    let total = page.total.map_or("null".to_owned(), |total| total.to_string());
    writeln!(out, "\n],\"next\":{next},\"total\":{total}}}")?;
    Ok(unreadable)
}

fn print_table(page: &EventPage, words: &str, out: &mut Out) -> io::Result<u64> {
    let table = Table::new(&["time", "severity", "source", "host", "message"]);
    let mut table = table.uncut(&[0, 1]).message(&[3, 2, 1], words);
    let mut unreadable = 0;
    for blob in page.blobs() {
        let Ok(event) = msgpack::decode_event(blob) else {
            unreadable += 1;
            continue;
        };
        table.row([
            faint(seconds(event.timestamp_ns.unwrap_or_default())),
            severity_cell(event.severity_id),
            plain(event.source_type),
            plain(event.source_id),
            plain(event.message),
        ]);
    }
    if page.len() as u64 > unreadable {
        table.print(out)?;
    }
    Ok(unreadable)
}

/// Printing of events one by one. Columns grow with their contents, up to a bound.
pub struct Lines<'w> {
    /// The words of a search to highlight.
    words: &'w str,
    /// Widths of severity, source and host; zero if the terminal is too narrow for the column.
    widths: [usize; 3],
}

impl<'w> Lines<'w> {
    /// The initial widths, and the largest width of a source or host.
    const WIDTHS: [usize; 3] = [8, 12, 12];
    const MOST: usize = 24;

    /// Prepares lines for standard output. On a terminal the message gets at least half of the width.
    pub fn new(words: &'w str, out: &Out) -> Self {
        let mut widths = Self::WIDTHS;
        if out.is_terminal {
            let total = usize::from(terminal_width());
            let used = |widths: &[usize]| {
                22 + widths
                    .iter()
                    .map(|width| if *width > 0 { width + 2 } else { 0 })
                    .sum::<usize>()
            };
            for column in [2, 1, 0] {
                if used(&widths) * 2 > total {
                    widths[column] = 0;
                }
            }
        }
        Self { words, widths }
    }

    /// Prints an event as one line.
    pub fn print(&mut self, event: &Event<'_>, out: &mut Out) -> io::Result<()> {
        let paint = |style: Style, text: &str| {
            if out.colour {
                style.paint(text)
            } else {
                text.to_owned()
            }
        };
        let mut line = paint(Style::Faint, &seconds(event.timestamp_ns.unwrap_or_default()));
        let severity = severity_name(event.severity_id);
        let cells = [
            &*severity,
            &*escape(&event.source_type),
            &*escape(&event.source_id),
        ]
        .map(str::to_owned);
        for (at, (cell, width)) in cells.iter().zip(&mut self.widths).enumerate() {
            if *width == 0 {
                continue;
            }
            *width = (*width).max(cell.chars().count().min(Self::MOST));
            let style = if at == 0 {
                Style::of_severity(event.severity_id)
            } else {
                Style::Plain
            };
            line += &format!("  {}", paint(style, &format!("{cell:<width$}")));
        }
        let message = escape(&event.message);
        let message = if out.colour {
            highlighted(self.words, &message)
        } else {
            message.into_owned()
        };
        out.line_of_table(&format!("{line}  {message}"))
    }
}

/// Formats a time as RFC 3339 in UTC, with seconds.
pub fn seconds(ns: i64) -> String {
    format_rfc3339(ns.checked_sub(ns.rem_euclid(NANOS_PER_SECOND)).unwrap_or(ns))
}

/// Returns a cell with a severity in its style.
pub fn severity_cell(severity: i64) -> Cell {
    (severity_name(severity), Style::of_severity(severity))
}

/// Returns a short name of a severity, or the number if it is outside 0 to 6.
pub fn severity_name(severity: i64) -> String {
    let known = usize::try_from(severity)
        .ok()
        .and_then(|severity| SEVERITY_NAMES.get(severity));
    match known {
        Some(&"informational") => "info".to_owned(),
        Some(name) => (*name).to_owned(),
        None => severity.to_string(),
    }
}
