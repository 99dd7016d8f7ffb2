//! Tables for people: aligned columns, no control characters, colours on a terminal.
//!
//! On a terminal a table fits the width, and each row is one line, truncated with an ellipsis. Elsewhere nothing is truncated, which
//! lets `grep` find everything.

use std::borrow::Cow;
use std::io;

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Row, Width, presets};

use crate::output::Out;
pub use crate::terminal::Style;
use crate::terminal::escape;

/// The most columns of a cell, except in the last column, on a terminal.
const MAX_WIDTH: u16 = 30;

/// Columns reserved for the last cell, at the expense of others.
const LAST_WIDTH: u16 = 30;

/// The fewest columns that other cells are reduced to for that.
const MIN_WIDTH: u16 = 6;

/// Columns of space between cells.
const GAP: u16 = 2;

/// The width of a terminal that does not report it.
const DEFAULT_WIDTH: u16 = 80;

/// Applies a style to a cell.
fn styled_cell(style: Style, cell: Cell) -> Cell {
    match style {
        Style::Plain => cell,
        Style::Faint => cell.add_attribute(Attribute::Dim),
        Style::Cyan => cell.fg(Color::DarkCyan),
        Style::Yellow => cell.fg(Color::DarkYellow),
        Style::Red => cell.fg(Color::DarkRed),
        Style::BoldRed => cell.fg(Color::DarkRed).add_attribute(Attribute::Bold),
    }
}

/// A table. Its last column gets the remaining width.
#[derive(Debug, Default)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<(String, Style)>>,
    /// Columns that are never truncated.
    uncut: Vec<usize>,
    /// Minimum widths of columns.
    min_widths: Vec<(usize, u16)>,
    /// True if a row may use several lines.
    wrapped: bool,
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
    pub fn wrapped(mut self, wrapped: bool) -> Self {
        self.wrapped = wrapped;
        self
    }

    /// Adds a row. Control characters are escaped.
    pub fn row(&mut self, cells: impl IntoIterator<Item = (String, Style)>) {
        let escaped = |(text, style): (String, Style)| match escape(&text) {
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
        let lasts = rows.clone().map(|(last, _)| last.0.as_str());
        let table = base(names, rows.map(|(_, cells)| cells), None, |text: &str, _| {
            Cell::new(text)
        });
        for (line, last) in table
            .lines()
            .zip(std::iter::once(last_name.as_str()).chain(lasts))
        {
            out.line_of_table(&format!("{line}{last}"))?;
        }
        Ok(())
    }

    fn print_on_terminal(&self, out: &mut Out) -> io::Result<()> {
        let colour = out.colour;
        let styled = |text: &str, style: Style| {
            if colour {
                styled_cell(style, Cell::new(text))
            } else {
                Cell::new(text)
            }
        };
        let width = comfy_table::Table::new()
            .width()
            .filter(|width| *width > 0)
            .unwrap_or(DEFAULT_WIDTH);
        // Text that does not fit the terminal need not be measured.
        let seen = if self.wrapped {
            usize::MAX
        } else {
            usize::from(width) * 2
        };
        let cut = |(text, style): &(String, Style)| (text.chars().take(seen).collect::<String>(), *style);
        let rows: Vec<Vec<_>> = self
            .rows
            .iter()
            .map(|row| row.iter().map(cut).collect())
            .collect();
        let lines = (!self.wrapped).then_some(1);
        let mut table = base(&self.header, rows.iter().map(Vec::as_slice), lines, styled);
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
        let widths = self.widths(table.column_max_content_widths(), width);
        for (column, width) in table.column_iter_mut().zip(widths) {
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
        }
        for line in table.lines() {
            out.line_of_table(&line)?;
        }
        Ok(())
    }

    /// Divides the terminal's width among the columns, by the widths of their contents.
    fn widths(&self, contents: Vec<u16>, total: u16) -> Vec<u16> {
        let mut widths = contents;
        let Some(last) = widths.pop() else { return widths };
        for (column, width) in widths.iter_mut().enumerate() {
            let most = if self.uncut.contains(&column) {
                u16::MAX - GAP
            } else {
                MAX_WIDTH
            };
            *width = (*width).min(most) + GAP;
        }
        let wanted = last.min(LAST_WIDTH);
        loop {
            let rest = total.saturating_sub(widths.iter().fold(0, |sum, width| sum.saturating_add(*width)));
            let min_width = |column: usize| {
                let of = self.min_widths.iter().find(|(of, _)| *of == column);
                of.map_or(MIN_WIDTH, |(_, width)| *width)
            };
            let shrinks = |(column, width): &(usize, &mut u16)| {
                **width > min_width(*column) + GAP && !self.uncut.contains(column)
            };
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

fn base<'r>(
    names: &[String],
    rows: impl Iterator<Item = &'r [(String, Style)]>,
    lines: Option<usize>,
    cell: impl Fn(&str, Style) -> Cell,
) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_style(presets::NOTHING).set_truncation_indicator("…");
    if lines.is_some() {
        // NUL, which no cell contains, as the only delimiter: text is truncated at the column's end, not at the word before it.
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
        names.iter().map(|name| cell(name, Style::Faint)).collect(),
        lines,
    ));
    for cells in rows {
        table.add_row(row(
            cells.iter().map(|(text, style)| cell(text, *style)).collect(),
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
        let table = Table::new(&["time", "source", "message"]).uncut(&[0]);
        assert_eq!(table.widths(vec![20, 5, 500], 100), [22, 7, 71]);
        assert_eq!(table.widths(vec![20, 90, 500], 100), [22, 32, 46]);
        assert_eq!(table.widths(vec![20, 90, 500], 70), [22, 18, 30]);
        assert_eq!(table.widths(vec![20, 90, 500], 40), [22, 8, 10]);
        assert_eq!(table.widths(vec![20, 90, 500], 10), [22, 8, 6]);
        let table = table.min_width(1, 18);
        assert_eq!(table.widths(vec![20, 90, 500], 60), [22, 20, 18]);
    }
}
