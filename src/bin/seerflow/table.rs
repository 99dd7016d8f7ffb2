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
const WIDEST: u16 = 30;

/// What the last column gets, at the expense of others.
const LAST: u16 = 30;

/// The narrowest that a column gets for that.
const NARROWEST: u16 = 6;

/// Columns of space behind a column.
const GAP: u16 = 2;

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
            Look::Cyan => cell.fg(Color::DarkCyan),
            Look::Yellow => cell.fg(Color::DarkYellow),
            Look::Red => cell.fg(Color::DarkRed),
            Look::BoldRed => cell.fg(Color::DarkRed).add_attribute(Attribute::Bold),
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

/// A table. The last column takes the width that is left.
#[derive(Debug, Default)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<(String, Look)>>,
    /// Columns that are of no use when they are cut.
    whole: Vec<usize>,
    /// Columns that are of little use when they are narrower than this.
    least: Vec<(usize, u16)>,
    /// Rows may take several lines.
    wrapped: bool,
}

impl Table {
    /// Begins a table.
    pub fn new(header: &[&'static str]) -> Self {
        Self {
            header: header.iter().map(|name| name.to_uppercase()).collect(),
            ..Self::default()
        }
    }

    /// Never cuts these columns.
    pub fn whole(mut self, columns: &[usize]) -> Self {
        self.whole.extend(columns);
        self
    }

    /// Leaves a column this wide, even at the expense of the last one.
    pub fn least(mut self, column: usize, width: u16) -> Self {
        self.least.push((column, width));
        self
    }

    /// Lets rows take several lines instead of cutting them.
    pub fn wrapped(mut self, wrapped: bool) -> Self {
        self.wrapped = wrapped;
        self
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
        if out.is_terminal {
            self.print_on_terminal(out)
        } else {
            self.print_plain(out)
        }
    }

    /// Leaves the last column to itself: it has no width to be padded to.
    fn print_plain(&self, out: &mut Out) -> io::Result<()> {
        let Some((last_name, names)) = self.header.split_last() else {
            return Ok(());
        };
        let rows = self.rows.iter().filter_map(|row| row.split_last());
        let lasts = rows.clone().map(|(last, _)| last.0.as_str());
        let table = base(names, rows.map(|(_, cells)| cells), None, |text: &str, _| {
            Cell::new(text)
        });
        for (line, last) in table
            .lines()
            .zip(std::iter::once(last_name.as_str()).chain(lasts))
        {
            writeln!(out, "{}", format!("{line}{last}").trim_end())?;
        }
        Ok(())
    }

    fn print_on_terminal(&self, out: &mut Out) -> io::Result<()> {
        let colour = out.colour;
        let look = |text: &str, look: Look| {
            if colour {
                look.apply(Cell::new(text))
            } else {
                Cell::new(text)
            }
        };
        let width = comfy_table::Table::new()
            .width()
            .filter(|width| *width > 0)
            .unwrap_or(USUAL_WIDTH);
        // What cannot be seen need not be measured.
        let seen = if self.wrapped {
            usize::MAX
        } else {
            usize::from(width) * 2
        };
        let cut = |(text, look): &(String, Look)| (text.chars().take(seen).collect::<String>(), *look);
        let rows: Vec<Vec<_>> = self
            .rows
            .iter()
            .map(|row| row.iter().map(cut).collect())
            .collect();
        let lines = (!self.wrapped).then_some(1);
        let mut table = base(&self.header, rows.iter().map(Vec::as_slice), lines, look);
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
        let widths = self.widths(table.column_max_content_widths(), width);
        for (column, width) in table.column_iter_mut().zip(widths) {
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
        }
        for line in table.lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// Divides the terminal's width among the columns, given the widths of their contents.
    fn widths(&self, contents: Vec<u16>, total: u16) -> Vec<u16> {
        let mut widths = contents;
        let Some(last) = widths.pop() else { return widths };
        for (column, width) in widths.iter_mut().enumerate() {
            let most = if self.whole.contains(&column) {
                u16::MAX - GAP
            } else {
                WIDEST
            };
            *width = (*width).min(most) + GAP;
        }
        let wanted = last.min(LAST);
        loop {
            let rest = total.saturating_sub(widths.iter().fold(0, |sum, width| sum.saturating_add(*width)));
            let least = |column: usize| {
                let of = self.least.iter().find(|(of, _)| *of == column);
                of.map_or(NARROWEST, |(_, width)| *width)
            };
            let shrinks = |(column, width): &(usize, &mut u16)| {
                **width > least(*column) + GAP && !self.whole.contains(column)
            };
            match widths
                .iter_mut()
                .enumerate()
                .filter(shrinks)
                .max_by_key(|(_, width)| **width)
            {
                Some((_, widest)) if rest < wanted => *widest -= 1,
                _ => {
                    widths.push(rest.max(NARROWEST));
                    return widths;
                }
            }
        }
    }
}

fn base<'r>(
    names: &[String],
    rows: impl Iterator<Item = &'r [(String, Look)]>,
    lines: Option<usize>,
    cell: impl Fn(&str, Look) -> Cell,
) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_style(presets::NOTHING).set_truncation_indicator("…");
    if lines.is_some() {
        // A cut comes where the space ends and not at the word before: NUL is in no cell.
        table.set_delimiter('\0');
    }
    let row = |cells: Vec<Cell>, lines: Option<usize>| {
        let mut row = Row::from(cells);
        if let Some(lines) = lines {
            row.max_height(lines);
        }
        row
    };
    table.set_header(row(
        names.iter().map(|name| cell(name, Look::Faint)).collect(),
        lines,
    ));
    for cells in rows {
        table.add_row(row(
            cells.iter().map(|(text, look)| cell(text, *look)).collect(),
            lines,
        ));
    }
    let last = names.len().saturating_sub(1);
    for (position, column) in table.column_iter_mut().enumerate() {
        column.set_padding((
            0,
            if position == last && lines.is_some() {
                0
            } else {
                GAP
            },
        ));
    }
    table
}

/// Spells out what would act on a terminal instead of being shown: control characters, and those that turn the direction
/// of writing.
pub fn escape(text: &str) -> Cow<'_, str> {
    let acts = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
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

/// Draws a bar of up to `width` columns in eighths of a column; what is not zero is seen.
pub fn bar(number: u64, most: u64, width: u64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (u128::from(number) * u128::from(width) * 8).div_ceil(u128::from(most.max(1))) as usize;
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_share_the_width() {
        let table = Table::new(&["time", "source", "message"]).whole(&[0]);
        assert_eq!(table.widths(vec![20, 5, 500], 100), [22, 7, 71]);
        assert_eq!(table.widths(vec![20, 90, 500], 100), [22, 32, 46]);
        assert_eq!(table.widths(vec![20, 90, 500], 70), [22, 18, 30]);
        assert_eq!(table.widths(vec![20, 90, 500], 40), [22, 8, 10]);
        assert_eq!(table.widths(vec![20, 90, 500], 10), [22, 8, 6]);
        let table = table.least(1, 18);
        assert_eq!(table.widths(vec![20, 90, 500], 60), [22, 20, 18]);
    }

    #[test]
    fn what_acts_on_a_terminal_is_spelled_out() {
        assert_eq!(escape("plain, ünïcode 東京"), "plain, ünïcode 東京");
        assert_eq!(
            escape("a\x1b[31mb\n\t\x7f\u{9b}c"),
            "a\\x1b[31mb\\n\\t\\x7f\\u{9b}c"
        );
        assert_eq!(escape("user\u{202e}gpj.exe"), "user\\u{202e}gpj.exe");
    }
}
