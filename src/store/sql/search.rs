//! Text search: the syntax of a search, and the matches of a page without sorting all of them.
//!
//! If a search has few matches, all of them are read. The walk through time in [`access`](super::access) finds the events of common words.
//! SQLite's index is in the order of arrival, and events of one time often arrive in few runs of numbers. The index then has the matches of
//! a slice of time in these runs, and the other messages of the slice are not read.

use super::walk::{Stretch, Walk, held, keep_first, matches};
use super::{Conn, Key, query_int, summary};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{EventQuery, Order, Window};

/// The most words one search may have.
const MAX_WORDS: usize = 64;

/// Matches that are all read and sorted, at the first step after the first ranges; four times as many at each further step.
const FEW_MATCHES: i64 = 1_000;

/// How far an estimate of matches may exceed their number if the walk through time met none.
const OVERESTIMATE: i64 = 16;

/// The cost of a search in one run of arrival numbers, and of reading an event that the text index did not lead to, in numbers of a run.
const COST_OF_RUN: u64 = 64;
const COST_OF_EVENT: u64 = 8;

/// The events of a slice of time whose runs are searched at once.
const KEYS_AT_ONCE: usize = 512;

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

/// Decides when to read all matches of a search, between the slices of a walk through time.
pub struct TextSearch {
    /// The number of the next step.
    step: u32,
    /// [`Walk::wanted`] at the beginning.
    wanted: usize,
    /// [`Walk::wanted`] at the last step.
    wanted_last: usize,
}

impl TextSearch {
    /// Begins the search for the events of a page; `None` if the query has no text, or the database has no text index.
    pub fn new(walk: &Walk<'_>) -> Option<Self> {
        (walk.matcher.is_some() && walk.conn.statements().matches).then(|| Self {
            step: 0,
            wanted: walk.wanted(),
            wanted_last: walk.wanted(),
        })
    }

    /// Takes the next step. Returns the keys of the events that fill the page if all matches are read; `rest` is the part of the stretch
    /// that the page does not have yet.
    pub fn advance(&mut self, walk: &Walk<'_>, rest: Stretch) -> Result<Option<Vec<Key>>> {
        let step = self.step;
        self.step += 1;
        let met = self.wanted_last - walk.wanted();
        self.wanted_last = walk.wanted();
        // A slice that met that many is followed by a larger one, which probably fills the page.
        let fills_page = 4 * met >= walk.wanted();
        if step > 0 && !fills_page && self.has_few_matches(walk, step)? {
            return all_keys(walk, rest).map(Some);
        }
        Ok(None)
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

/// Finds the keys of the first events of a stretch, from all matches.
fn all_keys(walk: &Walk<'_>, stretch: Stretch) -> Result<Vec<Key>> {
    let (wanted, mut best) = (walk.wanted(), Vec::new());
    matches_between(walk, stretch, (i64::MIN, i64::MAX), i64::MAX, &mut best)?;
    keep_first(&mut best, wanted, walk.query.order);
    Ok(best)
}

/// Fills the page from a slice of time: from the text index if it has an order and the events arrived in few runs, otherwise from the
/// messages.
pub fn take_slice(walk: &mut Walk<'_>, slice: Stretch) -> Result<()> {
    let statements = walk.conn.statements();
    let by_row = walk.directed(&statements.events_by_time);
    if walk.matcher.is_none() || !statements.has_ordered_text {
        return walk.take_rows(by_row, slice);
    }
    let mut rest = Some(slice);
    while let Some(slice) = rest.filter(|_| !walk.is_over()) {
        let mut keys = keys_by_time(walk, slice)?;
        let mut part = slice;
        rest = None;
        if let Some((reached, _)) = keys.get(KEYS_AT_ONCE - 1).copied() {
            // There may be more events of the last time.
            keys.retain(|(time, _)| *time != reached);
            let reached = keys.last().map_or(reached, |(time, _)| *time);
            (part, rest) = slice.split(reached, walk.query.order);
        }
        match runs(&keys) {
            Some(runs) => take_runs(walk, part, &runs)?,
            None => walk.take_rows(by_row, part)?,
        }
    }
    Ok(())
}

/// Returns the keys of the first events of a slice, whether they match or not, from the index of time alone.
fn keys_by_time(walk: &Walk<'_>, slice: Stretch) -> Result<Vec<Key>> {
    let params = [
        slice.from_ns.into(),
        slice.to_ns.into(),
        (KEYS_AT_ONCE as i64).into(),
    ];
    let mut keys = Vec::new();
    let sql = walk.directed(&walk.conn.statements().keys_by_time);
    walk.conn.query(sql, &params, &mut |row| {
        keys.push(row.key()?);
        Ok(true)
    })?;
    Ok(keys)
}

/// Returns the runs of arrival numbers of some events; `None` without events, or if searching in them costs more than reading the events.
fn runs(keys: &[Key]) -> Option<Vec<(i64, i64)>> {
    let mut numbers: Vec<i64> = keys.iter().map(|key| key.1).collect();
    numbers.sort_unstable();
    let mut runs: Vec<(i64, i64)> = Vec::new();
    let mut cost = 0;
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if number.abs_diff(*last) <= COST_OF_RUN => {
                cost += number.abs_diff(*last);
                *last = number;
            }
            _ => {
                cost += COST_OF_RUN;
                runs.push((number, number));
            }
        }
    }
    (!runs.is_empty() && cost <= keys.len() as u64 * COST_OF_EVENT).then_some(runs)
}

/// Fills the page from the matches of a slice among runs of arrival numbers.
fn take_runs(walk: &mut Walk<'_>, slice: Stretch, runs: &[(i64, i64)]) -> Result<()> {
    let (wanted, mut keys) = (walk.wanted(), Vec::new());
    for run in runs {
        matches_between(walk, slice, *run, i64::MAX, &mut keys)?;
    }
    keep_first(&mut keys, wanted, walk.query.order);
    walk.take_keys(&keys)
}

/// Finds the keys of the first events of a stretch in the order of arrival.
pub fn keys_by_arrival(walk: &Walk<'_>, stretch: Stretch) -> Result<Vec<Key>> {
    let mut keys = Vec::new();
    let span = (stretch.beyond_seq.saturating_add(1), walk.horizon);
    matches_between(walk, stretch, span, walk.wanted() as i64, &mut keys)?;
    Ok(keys)
}

/// Returns the spans of arrival numbers that can hold an event of a window: closed ranges, and all arrivals after them. One span has all
/// arrivals if the window has all times, or if the text index is not in their order.
pub(super) fn spans_within(conn: &dyn Conn, window: Window) -> Result<Vec<(i64, i64)>> {
    if window == Window::ALL || !conn.statements().has_ordered_text {
        return Ok(vec![(i64::MIN, i64::MAX)]);
    }
    let (first_ns, last_ns) = window.bounds();
    let mut spans: Vec<(i64, i64)> = Vec::new();
    let mut add = |first, last| match spans.last_mut() {
        Some(span) if first == span.1.saturating_add(1) => span.1 = last,
        _ => spans.push((first, last)),
    };
    let params = [first_ns.into(), last_ns.into()];
    conn.query(&conn.statements().ranges, &params, &mut |row| {
        add(row.int(0)?.unwrap_or_default(), row.int(1)?.unwrap_or_default());
        Ok(true)
    })?;
    add(
        summary::watermark(conn)? + 1,
        query_int(conn, &conn.statements().last_seq, &[])?,
    );
    Ok(spans)
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
    let keys_by_text = &walk.conn.statements().keys_by_text;
    let sql = keys_by_text.toward(query.order != Order::Newest);
    let mut test = match &query.text {
        Some(text) => walk.conn.message_test(text)?,
        None => None,
    };
    let at_most_read = if test.is_some() { i64::MAX } else { at_most };
    let span = [first.into(), last.into()];
    let params = [walk.params(stretch, at_most_read).as_slice(), &span].concat();
    walk.conn.query(sql, &params, &mut |row| {
        if matches(&mut test, row, 2)? {
            found.push(row.key()?);
        }
        // Bounds the memory: a common word has many matches.
        if found.len() >= held(wanted) {
            keep_first(found, wanted, query.order);
        }
        Ok((found.len() as i64) < at_most)
    })
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
