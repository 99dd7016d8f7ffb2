//! Text search: the syntax of a search, and its newest matches without sorting all of them.
//!
//! The index returns matches in the order of arrival, which is nearly that of time. Smallest and largest time of each closed range of
//! arrival numbers are stored (`event_ranges`). So the walk starts at the ranges that can hold the page, and stops when no other range
//! can hold a better event. The answer is exact for any order of arrival.

use super::walk::{Stretch, Walk, held, keep_first};
use super::{Conn, Key, MessageTest, Param, Row, summary};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{EventQuery, Order, Window};

/// The most words one search may have.
const MAX_WORDS: usize = 64;

/// Splits a search into parts: words, and quoted phrases. Parts without a letter or digit are left out.
///
/// # Errors
/// [`Limit`](ErrorKind::Limit) for more than 64 parts.
pub fn parts(text: &str) -> Result<Vec<&str>> {
    let mut parts = Vec::new();
    for (position, part) in text.split('"').enumerate() {
        let quoted = position % 2 == 1;
        if quoted {
            parts.push(part);
        } else {
            parts.extend(part.split_whitespace());
        }
    }
    parts.retain(|part| part.chars().any(char::is_alphanumeric));
    if parts.len() > MAX_WORDS {
        return Err(Error::new(
            ErrorKind::Limit,
            format!("a search has at most {MAX_WORDS} words"),
        ));
    }
    Ok(parts)
}

/// Returns a search in the syntax of FTS5, with every part quoted, so that it contains no operators; `None` without a word.
///
/// All words must be in the message, in any order and inflection; words of a phrase must be adjacent.
///
/// # Errors
/// [`Limit`](ErrorKind::Limit) for more than 64 words.
pub fn match_expression(text: &str) -> Result<Option<String>> {
    let quoted: Vec<String> = parts(text)?
        .into_iter()
        // A NUL would end the expression.
        .map(|part| format!("\"{}\"", part.replace('\0', " ")))
        .collect();
    Ok((!quoted.is_empty()).then(|| quoted.join(" ")))
}

/// A range of arrival numbers, and the times of its events.
#[derive(Clone, Copy, Debug)]
struct Range {
    first: i64,
    last: i64,
    min_ns: i64,
    max_ns: i64,
}

/// Finds the keys of the events of a page, in its order.
pub fn keys(walk: &Walk<'_>) -> Result<Vec<Key>> {
    let mut keys = Vec::new();
    for stretch in walk.stretches() {
        let wanted = walk.wanted() - keys.len();
        keys.extend(keys_of_stretch(walk, stretch, wanted)?);
        if keys.len() >= walk.wanted() {
            break;
        }
    }
    Ok(keys)
}

fn keys_of_stretch(walk: &Walk<'_>, stretch: Stretch, wanted: usize) -> Result<Vec<Key>> {
    let order = walk.query.order;
    let mut ranges = ranges(walk.conn, stretch.from_ns, stretch.to_ns)?;
    if order == Order::Arrival {
        ranges.retain(|range| range.last > stretch.beyond_seq);
    }
    if order == Order::Newest {
        ranges.reverse();
    }
    let mut best: Vec<Key> = Vec::new();
    let mut step = 1;
    // Ranges are read in growing runs: a common word fills its page with few of them, and a rare one needs few runs.
    while !ranges.is_empty() {
        walk.control.check()?;
        let run = ranges.drain(..step.min(ranges.len())).collect::<Vec<_>>();
        for (first, last) in spans(&run) {
            let last = if order == Order::Arrival {
                last.min(walk.horizon)
            } else {
                last
            };
            matches_between(walk, stretch, (first, last), wanted, &mut best)?;
        }
        keep_first(&mut best, wanted, order);
        if best.len() == wanted {
            let (worst, _) = best[wanted - 1];
            match order {
                Order::Newest => ranges.retain(|range| range.max_ns >= worst),
                Order::Oldest => ranges.retain(|range| range.min_ns <= worst),
                Order::Arrival => break,
            }
        }
        step *= 2;
    }
    Ok(best)
}

/// Returns the spans of arrival numbers that can hold an event of a window.
pub(super) fn spans_within(conn: &dyn Conn, window: Window) -> Result<Vec<(i64, i64)>> {
    let (first_ns, last_ns) = window.bounds();
    ranges(conn, first_ns, last_ns).map(|ranges| spans(&ranges))
}

/// Returns the ranges that can hold an event between two times. Events outside of all closed ranges are not summed up, or not any more:
/// they may have any time.
fn ranges(conn: &dyn Conn, from_ns: i64, to_ns: i64) -> Result<Vec<Range>> {
    let statements = conn.statements();
    let watermark = summary::watermark(conn)?;
    let mut ranges = Vec::new();
    conn.query(&statements.ranges, &[from_ns.into(), to_ns.into()], &mut |row| {
        let int = |column| row.int(column).map(Option::unwrap_or_default);
        ranges.push(Range {
            first: int(0)?,
            last: int(1)?,
            min_ns: int(2)?,
            max_ns: int(3)?,
        });
        Ok(true)
    })?;
    ranges.push(Range {
        first: watermark + 1,
        last: i64::MAX,
        min_ns: i64::MIN,
        max_ns: i64::MAX,
    });
    Ok(ranges)
}

/// Joins adjacent ranges.
fn spans(run: &[Range]) -> Vec<(i64, i64)> {
    let mut spans: Vec<(i64, i64)> = Vec::new();
    for range in run {
        match spans.last_mut() {
            Some(span) if range.first == span.1.saturating_add(1) => span.1 = range.last,
            Some(span) if span.0 == range.last.saturating_add(1) => span.0 = range.first,
            _ => spans.push((range.first, range.last)),
        }
    }
    spans
}

fn matches_between(
    walk: &Walk<'_>,
    stretch: Stretch,
    (first, last): Key,
    wanted: usize,
    found: &mut Vec<Key>,
) -> Result<()> {
    let query = walk.query;
    let sql = walk
        .conn
        .statements()
        .keys_by_text
        .toward(query.order != Order::Newest);
    let params: [Param<'_>; 11] = [
        stretch.from_ns.into(),
        stretch.to_ns.into(),
        stretch.beyond_seq.into(),
        query.source_type.as_deref().into(),
        query.source_id.as_deref().into(),
        query.min_severity.into(),
        query.template_id.into(),
        walk.matcher.into(),
        first.into(),
        last.into(),
        query.entity.as_deref().into(),
    ];
    let mut test = walk
        .conn
        .message_test(query.text.as_deref().unwrap_or_default())?;
    walk.conn.query(sql, &params, &mut |row| {
        if matches(&mut test, row, 2)? {
            found.push((row.int(0)?.unwrap_or_default(), row.int(1)?.unwrap_or_default()));
        }
        // Bounds the memory: a common word has many matches.
        if found.len() >= held(wanted) {
            keep_first(found, wanted, query.order);
        }
        Ok(true)
    })
}

/// Tests the message in a column of a row, unless the database did.
pub fn matches(test: &mut Option<MessageTest<'_>>, row: &dyn Row, column: usize) -> Result<bool> {
    test.as_mut()
        .map_or(Ok(true), |test| test(row.text(column)?.unwrap_or_default()))
}

/// Counts the matches of a search up to a bound, if the database does not match messages itself.
pub fn count(conn: &dyn Conn, query: &EventQuery, matcher: &str, bound: u64) -> Result<u64> {
    let mut test = conn.message_test(query.text.as_deref().unwrap_or_default())?;
    let (first_ns, last_ns) = query.window.bounds();
    let params: [Param<'_>; 11] = [
        first_ns.into(),
        last_ns.into(),
        i64::MIN.into(),
        query.source_type.as_deref().into(),
        query.source_id.as_deref().into(),
        query.min_severity.into(),
        query.template_id.into(),
        matcher.into(),
        i64::MIN.into(),
        i64::MAX.into(),
        query.entity.as_deref().into(),
    ];
    let mut count = 0;
    let oldest_first = conn.statements().keys_by_text.toward(true);
    conn.query(oldest_first, &params, &mut |row| {
        count += u64::from(matches(&mut test, row, 2)?);
        Ok(count < bound)
    })?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expression(text: &str) -> String {
        match_expression(text).unwrap().unwrap_or_default()
    }

    #[test]
    fn words_are_quoted_and_operators_have_no_power() {
        assert_eq!(expression("failed password"), r#""failed" "password""#);
        assert_eq!(expression(r#"user "not found" x"#), r#""user" "not found" "x""#);
        assert_eq!(
            expression("a OR b* NEAR(c) -d ^e {f}:g"),
            r#""a" "OR" "b*" "NEAR(c)" "-d" "^e" "{f}:g""#
        );
        assert_eq!(expression("a\0b"), "\"a b\"");
        assert_eq!(expression(r#"open "quote"#), r#""open" "quote""#);
    }

    #[test]
    fn no_word_is_no_expression() {
        for text in ["", "  ", "!!!", "\"", "\"-\" ,"] {
            assert_eq!(match_expression(text).unwrap(), None, "{text:?}");
        }
        assert!(match_expression(&"w ".repeat(65)).is_err());
    }
}
