//! Tables for people: columns that line up, cells without control characters, colours on a terminal.
//!
//! On a terminal a table fits its width and every row is one line, cut with an ellipsis. Anywhere else nothing is cut, so
//! that `| grep` finds what is there.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Row, Width, presets};

use crate::output::Out;

/// The widest that any column but the last is on a terminal.
const WIDEST: u16 = 28;

/// The width of a terminal that does not tell.
const USUAL_WIDTH: u16 = 80;

/// How a cell stands out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    #[default]
    Plain,
    Faint,
    Cyan,
    Yellow,
    Red,
    BoldRed,
}

impl Look {
    /// Returns how events of a severity look.
    pub fn of_severity(severity: i64) -> Self {
        match severity {
            0 => Look::Faint,
            2 => Look::Cyan,
            3 => Look::Yellow,
            4 => Look::Red,
            5.. => Look::BoldRed,
            _ => Look::Plain,
        }
    }

    fn apply(self, cell: Cell) -> Cell {
        match self {
            Look::Plain => cell,
            Look::Faint => cell.add_attribute(Attribute::Dim),
            Look::Cyan => cell.fg(Color::Cyan),
            Look::Yellow => cell.fg(Color::Yellow),
            Look::Red => cell.fg(Color::Red),
            Look::BoldRed => cell.fg(Color::Red).add_attribute(Attribute::Bold),
        }
    }

    /// Returns what switches the look on in a line of text.
    pub fn ansi(self) -> &'static str {
        match self {
            Look::Plain => "",
            Look::Faint => "\x1b[2m",
            Look::Cyan => "\x1b[36m",
            Look::Yellow => "\x1b[33m",
            Look::Red => "\x1b[31m",
            Look::BoldRed => "\x1b[1;31m",
        }
    }
}

/// A table. Numbers stand right; the last column takes the width that is left.
#[derive(Debug, Default)]
pub struct Table {
    header: Vec<&'static str>,
    rows: Vec<Vec<(String, Look)>>,
}

impl Table {
    /// Begins a table.
    pub fn new(header: &[&'static str]) -> Self {
        Self { header: header.to_vec(), rows: Vec::new() }
    }

    /// Adds a row. Cells are escaped here.
    pub fn row(&mut self, cells: impl IntoIterator<Item = (String, Look)>) {
        let escaped = |(text, look): (String, Look)| match escape(&text) {
            Cow::Borrowed(_) => (text, look),
            Cow::Owned(escaped) => (escaped, look),
        };
        self.rows.push(cells.into_iter().map(escaped).collect());
    }

    /// Writes the table.
    pub fn print(&self, out: &mut Out) -> io::Result<()> {
        if out.is_terminal { self.print_on_terminal(out) } else { self.print_plain(out) }
    }

    /// Leaves the last column to itself: it has no width to be padded to.
    fn print_plain(&self, out: &mut Out) -> io::Result<()> {
        let Some((last_name, names)) = self.header.split_last() else { return Ok(()) };
        let rows = self.rows.iter().filter_map(|row| row.split_last());
        let lasts = rows.clone().map(|(last, _)| last.0.as_str());
        let table = base(names, rows.map(|(_, cells)| cells), |text, _| Cell::new(text));
        for (line, last) in table.lines().zip(std::iter::once(*last_name).chain(lasts)) {
            writeln!(out, "{}", format!("{line}{last}").trim_end())?;
        }
        Ok(())
    }

    fn print_on_terminal(&self, out: &mut Out) -> io::Result<()> {
        let colour = out.colour;
        let look = |text, look: Look| if colour { look.apply(Cell::new(text)) } else { Cell::new(text) };
        let detected = base(&[], std::iter::empty(), look).width().filter(|width| *width > 0);
        let width = detected.unwrap_or(USUAL_WIDTH);
        // What cannot be seen need not be measured.
        let cut = |text: &str| text.chars().take(usize::from(width) * 2).collect::<String>();
        let rows: Vec<Vec<(String, Look)>> =
            self.rows.iter().map(|row| row.iter().map(|(text, look)| (cut(text), *look)).collect()).collect();
        let mut table = base(&self.header, rows.iter().map(Vec::as_slice), look);
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        let count = self.header.len();
        for (position, column) in table.column_iter_mut().enumerate() {
            if position + 1 < count {
                column.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(WIDEST)));
            } else {
                column.set_padding((0, 0));
            }
        }
        for line in table.lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn base<'r>(
    names: &[&'static str],
    rows: impl Iterator<Item = &'r [(String, Look)]>,
    cell: impl Fn(&str, Look) -> Cell,
) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_preset(presets::NOTHING).set_truncation_indicator("…");
    let mut header = Row::from(names.iter().map(|name| cell(name, Look::Faint)).collect::<Vec<_>>());
    header.max_height(1);
    table.set_header(header);
    for cells in rows {
        let mut row = Row::from(cells.iter().map(|(text, look)| cell(text, *look)).collect::<Vec<_>>());
        row.max_height(1);
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

/// Spells out what would act on a terminal instead of being shown: control characters, and those that turn the direction
/// of writing.
pub fn escape(text: &str) -> Cow<'_, str> {
    let acts = |c: char| c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            c if c.is_ascii() && acts(c) => {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "\\x{:02x}", u32::from(c));
            }
            c if acts(c) => {
                let _ = write!(escaped, "\\u{{{:x}}}", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_spelled_out() {
        assert_eq!(escape("plain, ünïcode 東京"), "plain, ünïcode 東京");
        assert_eq!(escape("a\x1b[31mb\n\t\x7f\u{9b}c"), "a\\x1b[31mb\\n\\t\\x7f\\u{9b}c");
        assert_eq!(escape("user\u{202e}gpj.exe"), "user\\u{202e}gpj.exe");
    }
}
