//! Tables for people: aligned columns, no control characters, colours on a terminal.
//!
//! On a terminal a table fits the width: columns are dropped if it is narrow, and each row is one line, truncated with an ellipsis.
//! Elsewhere nothing is dropped or truncated, which lets `grep` find everything.

use std::borrow::Cow;
use std::io;

use comfy_table::{Attribute, Color, ColumnConstraint, ContentArrangement, Row, Width, presets};

use crate::marks::{highlighted, place_of_column};
use crate::output::Out;
pub use crate::terminal::Style;
use crate::terminal::escape;

/// The most columns of a cell, except in the last column, on a terminal.
const MAX_WIDTH: u16 = 30;

/// Columns reserved for the last cell, at the expense of others.
const LAST_WIDTH: u16 = 30;

/// The fewest columns that other cells are reduced to for that.
const MIN_WIDTH: u16 = 6;

/// Columns that the last cell needs; for them other columns are dropped.
const LEAST_LAST: u16 = 12;

/// Columns of space between cells.
const GAP: u16 = 2;

/// The width of a terminal that does not report it.
const DEFAULT_WIDTH: u16 = 80;

/// Applies a style to a cell.
fn styled_cell(style: Style, cell: comfy_table::Cell) -> comfy_table::Cell {
    match style {
        Style::Plain => cell,
        Style::Faint => cell.add_attribute(Attribute::Dim),
        Style::Cyan => cell.fg(Color::DarkCyan),
        Style::Yellow => cell.fg(Color::DarkYellow),
        Style::Red => cell.fg(Color::DarkRed),
        Style::BoldRed => cell.fg(Color::DarkRed).add_attribute(Attribute::Bold),
    }
}

/// The text of a cell, and its style.
pub type Cell = (String, Style);

/// Returns a cell in the style of plain text.
pub fn plain(text: impl ToString) -> Cell {
    (text.to_string(), Style::Plain)
}

/// Returns a faint cell.
pub fn faint(text: impl ToString) -> Cell {
    (text.to_string(), Style::Faint)
}

/// A table. Its last column gets the remaining width.
#[derive(Debug, Default)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<Cell>>,
    /// Columns that are never truncated.
    uncut: Vec<usize>,
    /// Minimum widths of columns.
    min_widths: Vec<(usize, u16)>,
    /// True if a row may use several lines.
    wrapped: bool,
    /// True if the last column needs half of the width.
    is_message: bool,
    /// Columns to drop on a narrow terminal, the first one first.
    dropped: Vec<usize>,
    /// The words of a search to highlight in the last column.
    words: String,
}

impl Table {
    /// Creates a table.
    pub fn new(header: &[&'static str]) -> Self {
        Self {
            header: header.iter().map(|name| name.to_uppercase()).collect(),
            ..Self::default()
        }
    }

    /// Never truncates these columns.
    pub fn uncut(mut self, columns: &[usize]) -> Self {
        self.uncut.extend(columns);
        self
    }

    /// Sets the minimum width of a column, even at the expense of the last one.
    pub fn min_width(mut self, column: usize, width: u16) -> Self {
        self.min_widths.push((column, width));
        self
    }

    /// Wraps long rows to several lines instead of truncating them.
    pub fn wrapped(mut self) -> Self {
        self.wrapped = true;
        self
    }

    /// Gives the last column, a message, at least half of the width, at the expense of these columns, the first one first. Highlights
    /// the words of a search in it.
    pub fn message(mut self, dropped: &[usize], words: &str) -> Self {
        self.is_message = true;
        self.dropped.extend(dropped);
        words.clone_into(&mut self.words);
        self
    }

    /// Adds a row. Control characters are escaped.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let escaped = |(text, style): Cell| match escape(&text) {
            Cow::Borrowed(_) => (text, style),
            Cow::Owned(escaped) => (escaped, style),
        };
        self.rows.push(cells.into_iter().map(escaped).collect());
    }

    /// Prints the table.
    pub fn print(&self, out: &mut Out) -> io::Result<()> {
        if out.is_terminal {
            self.print_on_terminal(out)
        } else {
            self.print_plain(out)
        }
    }

    /// Prints without truncation. The last column is not padded.
    fn print_plain(&self, out: &mut Out) -> io::Result<()> {
        let Some((last_name, names)) = self.header.split_last() else {
            return Ok(());
        };
        let rows = self.rows.iter().filter_map(|row| row.split_last());
        let lasts = rows.clone().map(|(last, _)| last);
        let table = base(names, rows.map(|(_, cells)| cells), false, out.colour);
        let header = (last_name.clone(), Style::Faint);
        for (at, (line, (last, style))) in table
            .lines()
            .zip(std::iter::once(&header).chain(lasts))
            .enumerate()
        {
            let last = match style {
                Style::Plain if out.colour && at > 0 => highlighted(&self.words, last),
                style if out.colour => style.paint(last),
                _ => last.clone(),
            };
            out.line_of_table(&format!("{line}{last}"))?;
        }
        Ok(())
    }

    fn print_on_terminal(&self, out: &mut Out) -> io::Result<()> {
        let width = terminal_width();
        // Text that does not fit the terminal need not be measured.
        let seen = if self.wrapped {
            usize::MAX
        } else {
            usize::from(width) * 2
        };
        let cut = |(text, style): &Cell| (text.chars().take(seen).collect::<String>(), *style);
        let rows: Vec<Vec<_>> = self
            .rows
            .iter()
            .map(|row| row.iter().map(cut).collect())
            .collect();
        let rows = rows.iter().map(Vec::as_slice);
        let mut table = base(&self.header, rows, !self.wrapped, out.colour);
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
        let widths = self.layout(&table.column_max_content_widths(), width);
        for (position, column) in table.column_iter_mut().enumerate() {
            let shown = widths.iter().find(|(shown, _)| *shown == position);
            column.set_constraint(shown.map_or(ColumnConstraint::Hidden, |(_, width)| {
                ColumnConstraint::Absolute(Width::Fixed(*width))
            }));
        }
        let last_at = widths
            .iter()
            .rev()
            .skip(1)
            .map(|(_, width)| usize::from(*width))
            .sum();
        for (at, line) in table.lines().enumerate() {
            let line = line.trim_end();
            if out.colour && at > 0 && !self.words.is_empty() {
                let (before, last) = line.split_at(place_of_column(line, last_at));
                out.line_of_table(&format!("{before}{}", highlighted(&self.words, last)))?;
            } else {
                out.line_of_table(line)?;
            }
        }
        Ok(())
    }

    /// Chooses the columns to show, and divides the terminal's width among them. Columns are dropped, from the right unless the table
    /// says otherwise, until the last one has the width that it needs.
    fn layout(&self, contents: &[u16], total: u16) -> Vec<(usize, u16)> {
        let last = contents.len().saturating_sub(1);
        let needed = if self.is_message { total / 2 } else { LEAST_LAST };
        let needed = needed.min(contents.last().copied().unwrap_or_default());
        let mut shown: Vec<usize> = (0..contents.len()).collect();
        loop {
            let contents = shown.iter().map(|column| contents[*column]).collect();
            let widths = self.widths(&shown, contents, total);
            let is_narrow = widths.iter().map(|width| u32::from(*width)).sum::<u32>() > total.into()
                || widths.last().is_some_and(|last| *last < needed);
            let others = (1..last).rev().filter(|column| !self.dropped.contains(column));
            let droppable = self
                .dropped
                .iter()
                .copied()
                .chain(others)
                .find(|column| shown.contains(column));
            match droppable {
                Some(column) if is_narrow => shown.retain(|shown| *shown != column),
                _ => return shown.into_iter().zip(widths).collect(),
            }
        }
    }

    /// Divides the terminal's width among the shown columns, by the widths of their contents.
    fn widths(&self, shown: &[usize], contents: Vec<u16>, total: u16) -> Vec<u16> {
        let mut widths = contents;
        let Some(last) = widths.pop() else { return widths };
        let is_uncut = |at: usize| self.uncut.contains(&shown[at]);
        for (at, width) in widths.iter_mut().enumerate() {
            let most = if is_uncut(at) {
                total.saturating_sub(MIN_WIDTH + GAP)
            } else {
                MAX_WIDTH
            };
            *width = (*width).min(most) + GAP;
        }
        let wanted = last.min(if self.is_message {
            (total / 2).max(LAST_WIDTH)
        } else {
            LAST_WIDTH
        });
        loop {
            let rest = total.saturating_sub(widths.iter().fold(0, |sum, width| sum.saturating_add(*width)));
            let min_width = |at: usize| {
                let of = self.min_widths.iter().find(|(of, _)| *of == shown[at]);
                of.map_or(MIN_WIDTH, |(_, width)| *width)
            };
            let shrinks = |(at, width): &(usize, &mut u16)| **width > min_width(*at) + GAP && !is_uncut(*at);
            match widths
                .iter_mut()
                .enumerate()
                .filter(shrinks)
                .max_by_key(|(_, width)| **width)
            {
                Some((_, widest)) if rest < wanted => *widest -= 1,
                _ => {
                    widths.push(rest.max(MIN_WIDTH));
                    return widths;
                }
            }
        }
    }
}

/// Returns the width of the terminal.
pub fn terminal_width() -> u16 {
    let width = comfy_table::Table::new().width();
    width.filter(|width| *width > 0).unwrap_or(DEFAULT_WIDTH)
}

/// Returns the cells as a table; `is_cut` makes each row one line.
fn base<'r>(
    names: &[String],
    rows: impl Iterator<Item = &'r [Cell]>,
    is_cut: bool,
    colour: bool,
) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    let cell = |text: &str, style: Style| {
        let cell = comfy_table::Cell::new(text);
        if colour { styled_cell(style, cell) } else { cell }
    };
    if colour {
        table.enforce_styling();
    }
    table.load_style(presets::NOTHING).set_truncation_indicator("…");
    if is_cut {
        // NUL, which no cell contains, as the only delimiter: text is truncated at the column's end, not at the word before it.
        table.set_delimiter('\0');
    }
    let row = |cells: Vec<comfy_table::Cell>| {
        let mut row = Row::from(cells);
        if is_cut {
            row.max_height(1);
        }
        row
    };
    table.set_header(row(names.iter().map(|name| cell(name, Style::Faint)).collect()));
    for cells in rows {
        table.add_row(row(cells
            .iter()
            .map(|(text, style)| cell(text, *style))
            .collect()));
    }
    let last = names.len().saturating_sub(1);
    for (position, column) in table.column_iter_mut().enumerate() {
        let gap = if position == last && is_cut { 0 } else { GAP };
        column.set_padding((0, gap));
    }
    table
}

/// Draws a bar of up to `width` columns, with a resolution of an eighth of a column; a value above zero is visible.
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
        let widths = |table: &Table, contents: [u16; 3], total| {
            let layout = table.layout(&contents, total);
            let sum: u16 = layout.iter().map(|(_, width)| *width).sum();
            assert!(sum <= total, "{layout:?}");
            layout
        };
        let table = Table::new(&["time", "source", "message"]).uncut(&[0]);
        assert_eq!(widths(&table, [20, 5, 500], 100), [(0, 22), (1, 7), (2, 71)]);
        assert_eq!(widths(&table, [20, 90, 500], 100), [(0, 22), (1, 32), (2, 46)]);
        assert_eq!(widths(&table, [20, 90, 500], 70), [(0, 22), (1, 18), (2, 30)]);
        assert_eq!(widths(&table, [20, 90, 500], 42), [(0, 22), (1, 8), (2, 12)]);
        assert_eq!(widths(&table, [20, 90, 500], 40), [(0, 22), (2, 18)]);
        assert_eq!(widths(&table, [20, 90, 500], 16), [(0, 10), (2, 6)]);
        let table = table.min_width(1, 18);
        assert_eq!(widths(&table, [20, 90, 500], 60), [(0, 22), (1, 20), (2, 18)]);
    }

    #[test]
    fn message_gets_half_of_a_narrow_terminal() {
        let table = Table::new(&["time", "severity", "source", "host", "message"]);
        let table = table.uncut(&[0, 1]).message(&[3, 2, 1], "");
        let shown = |total: u16| {
            let layout = table.layout(&[20, 8, 12, 12, 300], total);
            assert!(layout.last().unwrap().1 >= total / 2, "{layout:?}");
            layout.into_iter().map(|(column, _)| column).collect::<Vec<_>>()
        };
        assert_eq!(shown(160), [0, 1, 2, 3, 4]);
        assert_eq!(shown(100), [0, 1, 2, 3, 4]);
        assert_eq!(shown(80), [0, 1, 2, 4]);
        assert_eq!(shown(60), [0, 4]);
    }
}
