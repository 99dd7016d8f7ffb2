//! Text search: the syntax of a search, and its newest matches without sorting all of them.
//!
//! SQLite's index returns matches in the order of arrival, which is nearly that of time. Smallest and largest time of each closed range
//! of arrival numbers are stored (`event_ranges`). So the search starts at the ranges that can hold the page, and stops when no other
//! range can hold a better event. PostgreSQL's index has no order; there all matches are read if they are few. The walk through time in
//! [`access`](super::access) finds the events of common words. The answer is exact for any order of arrival.

use super::walk::{Stretch, Walk, held, keep_first, matches};
use super::{Conn, Key, Param, Row, summary};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{EventQuery, Order, Window};

/// The most words one search may have.
const MAX_WORDS: usize = 64;

/// Matches that are all read and sorted, at the first step after the first ranges; four times as many at each further step.
const FEW_MATCHES: i64 = 1_000;

/// How far an estimate of matches may exceed their number if the walk through time met none.
const OVERESTIMATE: i64 = 16;

/// Steps after which the estimate for several words is not believed at all if the walk through time met no match.
const STEPS_WITHOUT_MATCH: u32 = 2;

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

impl Range {
    fn of_row(row: &dyn Row) -> Result<Self> {
        let int = |column| row.int(column).map(Option::unwrap_or_default);
        Ok(Self {
            first: int(0)?,
            last: int(1)?,
            min_ns: int(2)?,
            max_ns: int(3)?,
        })
    }
}

/// A search through the text index for the events of a page, in steps that grow. Between them, the caller walks through time.
pub struct TextSearch {
    /// The number of the next step.
    step: u32,
    /// [`Walk::wanted`] at the beginning.
    wanted: usize,
    /// The ranges that are not read yet; `None` if the page does not begin at the end of time, or the index has no order.
    ranges: Option<Ranges>,
}

/// Closed ranges in the order of their edges toward the walk's beginning.
struct Ranges {
    /// Edge and number of the last range that was read.
    after: (i64, i64),
    /// The best matches in the ranges that were read.
    best: Vec<Key>,
    /// The arrivals after all closed ranges were read.
    has_read_tail: bool,
}

impl TextSearch {
    /// Begins the search for the events of a stretch; `None` if the query has no text, or the database has no text index.
    pub fn new(walk: &Walk<'_>, stretch: Stretch) -> Option<Self> {
        let statements = walk.conn.statements();
        if walk.matcher.is_none() || !statements.matches {
            return None;
        }
        let (is_from_the_end, after) = match walk.query.order {
            Order::Newest => (stretch.to_ns == i64::MAX, (i64::MAX, i64::MAX)),
            _ => (stretch.from_ns == i64::MIN, (i64::MIN, i64::MIN)),
        };
        Some(Self {
            step: 0,
            wanted: walk.wanted(),
            ranges: (statements.has_ordered_text && is_from_the_end).then(|| Ranges {
                after,
                best: Vec::new(),
                has_read_tail: false,
            }),
        })
    }

    /// Takes the next step. Returns the keys of the events that fill the page, if they are known; `rest` is the part of the stretch that
    /// the page does not have yet.
    pub fn advance(&mut self, walk: &Walk<'_>, rest: Stretch) -> Result<Option<Vec<Key>>> {
        let step = self.step;
        self.step += 1;
        if step > 0 && self.has_few_matches(walk, step)? {
            return all_keys(walk, rest).map(Some);
        }
        let Some(ranges) = &mut self.ranges else {
            return Ok(None);
        };
        ranges.read(walk, rest, 1 << step.min(16))
    }

    /// Returns whether it is time to read all matches.
    fn has_few_matches(&self, walk: &Walk<'_>, step: u32) -> Result<bool> {
        let mut few = FEW_MATCHES.saturating_mul(1 << (2 * (step - 1)).min(40));
        if !walk.conn.statements().has_ordered_text && walk.wanted() == self.wanted {
            // The walk through time met no match yet, and the estimate is too large for rare words, and for words that do not meet.
            if step > STEPS_WITHOUT_MATCH && has_several_words(walk.query) {
                return Ok(true);
            }
            few = few.saturating_mul(OVERESTIMATE);
        }
        let matches = walk.conn.count_matches(walk.matcher.unwrap_or_default(), few)?;
        Ok(matches < few)
    }
}

fn has_several_words(query: &EventQuery) -> bool {
    let text = query.text.as_deref().unwrap_or_default();
    let words = text.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| !word.is_empty()).count() > 1
}

impl Ranges {
    /// Reads the next ranges; see [`TextSearch::advance`].
    fn read(&mut self, walk: &Walk<'_>, rest: Stretch, count: i64) -> Result<Option<Vec<Key>>> {
        let order = walk.query.order;
        let wanted = walk.wanted();
        let mut run = Vec::new();
        if !self.has_read_tail {
            run.push(tail(walk.conn)?);
            self.has_read_tail = true;
        }
        // One more, which tells whether a better event may follow.
        let params = [self.after.0.into(), self.after.1.into(), (count + 1).into()];
        let sql = walk.directed(&walk.conn.statements().next_ranges);
        let mut next = None;
        let mut read = 0;
        walk.conn.query(sql, &params, &mut |row| {
            let range = Range::of_row(row)?;
            let edge = match order {
                Order::Newest => range.max_ns,
                _ => range.min_ns,
            };
            if read == count {
                next = Some(edge);
                return Ok(false);
            }
            read += 1;
            self.after = (edge, range.first);
            run.push(range);
            Ok(true)
        })?;
        self.best.retain(|key| rest.contains(*key, order));
        run.sort_unstable_by_key(|range| range.first);
        for span in spans(&run) {
            matches_between(walk, rest, span, i64::MAX, &mut self.best)?;
        }
        keep_first(&mut self.best, wanted, order);
        let is_complete = match (next, self.best.get(wanted - 1)) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(edge), Some((worst, _))) => match order {
                Order::Newest => edge < *worst,
                _ => edge > *worst,
            },
        };
        Ok(is_complete.then(|| std::mem::take(&mut self.best)))
    }
}

/// Finds the keys of the first events of a stretch, from all matches.
fn all_keys(walk: &Walk<'_>, stretch: Stretch) -> Result<Vec<Key>> {
    let (wanted, mut best) = (walk.wanted(), Vec::new());
    matches_between(walk, stretch, (i64::MIN, i64::MAX), i64::MAX, &mut best)?;
    keep_first(&mut best, wanted, walk.query.order);
    Ok(best)
}

/// Finds the keys of the first events of a stretch in the order of arrival.
pub fn keys_by_arrival(walk: &Walk<'_>, stretch: Stretch) -> Result<Vec<Key>> {
    let mut keys = Vec::new();
    let span = (stretch.beyond_seq.saturating_add(1), walk.horizon);
    matches_between(walk, stretch, span, walk.wanted() as i64, &mut keys)?;
    Ok(keys)
}

/// Returns the arrivals after all closed ranges. They are not summed up, or not any more: they may have any time.
fn tail(conn: &dyn Conn) -> Result<Range> {
    Ok(Range {
        first: summary::watermark(conn)? + 1,
        last: i64::MAX,
        min_ns: i64::MIN,
        max_ns: i64::MAX,
    })
}

/// Returns the spans of arrival numbers that can hold an event of a window.
pub(super) fn spans_within(conn: &dyn Conn, window: Window) -> Result<Vec<(i64, i64)>> {
    let (first_ns, last_ns) = window.bounds();
    ranges(conn, first_ns, last_ns).map(|ranges| spans(&ranges))
}

/// Returns the ranges that can hold an event between two times.
fn ranges(conn: &dyn Conn, from_ns: i64, to_ns: i64) -> Result<Vec<Range>> {
    let mut ranges = Vec::new();
    let params = [from_ns.into(), to_ns.into()];
    conn.query(&conn.statements().ranges, &params, &mut |row| {
        ranges.push(Range::of_row(row)?);
        Ok(true)
    })?;
    ranges.push(tail(conn)?);
    Ok(ranges)
}

/// Joins adjacent ranges.
fn spans(run: &[Range]) -> Vec<(i64, i64)> {
    let mut spans: Vec<(i64, i64)> = Vec::new();
    for range in run {
        match spans.last_mut() {
            Some(span) if range.first == span.1.saturating_add(1) => span.1 = range.last,
            _ => spans.push((range.first, range.last)),
        }
    }
    spans
}

/// Finds the matches of a stretch among a span of arrival numbers, in the order of arrival.
fn matches_between(
    walk: &Walk<'_>,
    stretch: Stretch,
    (first, last): (i64, i64),
    at_most: i64,
    found: &mut Vec<Key>,
) -> Result<()> {
    let query = walk.query;
    let wanted = walk.wanted();
    let sql = walk
        .conn
        .statements()
        .keys_by_text
        .toward(query.order != Order::Newest);
    let mut test = walk
        .conn
        .message_test(query.text.as_deref().unwrap_or_default())?;
    let params: [Param<'_>; 12] = [
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
        if test.is_some() { i64::MAX } else { at_most }.into(),
    ];
    walk.conn.query(sql, &params, &mut |row| {
        if matches(&mut test, row, 2)? {
            found.push((row.int(0)?.unwrap_or_default(), row.int(1)?.unwrap_or_default()));
        }
        // Bounds the memory: a common word has many matches.
        if found.len() >= held(wanted) {
            keep_first(found, wanted, query.order);
        }
        Ok((found.len() as i64) < at_most)
    })
}

/// Counts the matches of a search up to a bound, if the database does not match messages itself.
pub fn count(conn: &dyn Conn, query: &EventQuery, matcher: &str, bound: u64) -> Result<u64> {
    let mut test = conn.message_test(query.text.as_deref().unwrap_or_default())?;
    let (first_ns, last_ns) = query.window.bounds();
    let params: [Param<'_>; 12] = [
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
        i64::MAX.into(),
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
