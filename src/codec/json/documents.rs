//! Splits a buffer into JSON objects: one per line, spread over several lines, adjacent, or in arrays.
//!
//! No state is kept between calls: a caller may continue at the end offset of any frame. Brackets, commas and
//! white space between objects count as separators; they need not be balanced. The head `{"Records":[` of the
//! wrapper in which AWS and Azure deliver records is a separator too. An array is therefore read record by
//! record, whatever its length.

use std::ops::Range;

use super::parse::Parser;
use crate::codec::frames::Frame;

/// Splits an input into JSON objects.
///
/// An incomplete last object stays with the caller, unless the input is complete or the object exceeds the
/// longest record.
///
/// Bytes that are not an object form a frame that reaches to the end of their line. An empty frame covers
/// separators. If an incomplete object or line is already too long, an empty frame skips its first bytes, as
/// in [`Lines`](crate::codec::frames::Lines).
#[derive(Clone, Debug)]
pub struct Documents<'a> {
    input: &'a [u8],
    at: usize,
    complete: bool,
    longest: usize,
    /// The cached end of the current line, and whether it has a line feed. Valid if greater than `at`.
    line: (usize, bool),
}

/// The longest run of separators before an object in an unfinished line.
///
/// After a longer run, the object could be part of a text whose first bytes were skipped.
const MOST_SEPARATORS: usize = 256;

/// The start of some bytes, classified.
enum Cut {
    /// A complete object, with its length.
    Object(usize),
    /// The start of a damaged object, with the offset where the damaged part ends.
    Damaged(usize),
    /// The start of an object whose end is missing.
    Unended,
}

impl<'a> Documents<'a> {
    /// Creates an iterator at the first byte of `input`.
    pub fn new(input: &'a [u8], complete: bool, longest: usize) -> Self {
        Self {
            input,
            at: 0,
            complete,
            longest,
            line: (0, false),
        }
    }

    /// Splits a frame that holds several objects; `None` if it holds only one or starts with none.
    pub fn within(frame: &'a [u8]) -> Option<impl Iterator<Item = &'a [u8]>> {
        let mut objects = Self::new(frame, true, 0);
        let first = objects.object_at(0)?;
        if first.end == frame.len() {
            return None;
        }
        objects.at = first.end;
        let mut first = Some(&frame[first]);
        Some(std::iter::from_fn(move || {
            first.take().or_else(|| objects.next_object())
        }))
    }

    fn next_object(&mut self) -> Option<&'a [u8]> {
        self.at += separators(&self.input[self.at..]).0;
        if self.at >= self.input.len() {
            return None;
        }
        let found = self.object_at(self.at).unwrap_or(self.at..self.input.len());
        self.at = found.end;
        Some(&self.input[found])
    }

    /// Returns the object at `at` if only a separator or another object follows it.
    fn object_at(&self, at: usize) -> Option<Range<usize>> {
        let Cut::Object(length) = cut(&self.input[at..]) else {
            return None;
        };
        let rest = self.input[at + length..].trim_ascii_start();
        let is_apart = matches!(rest.first(), None | Some(b'{' | b',' | b']' | b'}'));
        is_apart.then_some(at..at + length)
    }

    /// Returns the end of the line at `at`, including its line feed, and whether it has one.
    fn line_end(&mut self) -> (usize, bool) {
        if self.line.0 <= self.at {
            let end = memchr::memchr(b'\n', &self.input[self.at..]);
            self.line = match end {
                Some(length) => (self.at + length + 1, true),
                None => (self.input.len(), false),
            };
        }
        self.line
    }

    fn frame(&mut self, payload: Range<usize>, end: usize) -> Option<Frame<'a>> {
        self.at = end;
        Some(Frame {
            payload: &self.input[payload],
            end,
        })
    }

    /// Returns an empty frame that skips the first bytes of an overlong object; `None` if it still fits.
    fn skip(&mut self) -> Option<Frame<'a>> {
        let rest = &self.input[self.at..];
        let point = rest.len().checked_sub(self.longest.saturating_add(2))?;
        // Stop before a byte that is neither `{` nor a separator: otherwise a part of a text could be read
        // as an object.
        let before = point.saturating_sub(MOST_SEPARATORS);
        let is_plain = |at: &usize| !is_separator(rest[*at]) && rest[*at] != b'{';
        let start = (before..point).rev().find(is_plain).unwrap_or(before);
        if start == 0 {
            return None;
        }
        let at = self.at;
        self.frame(at..at, at + start)
    }
}

impl<'a> Iterator for Documents<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        let start = self.at;
        let rest = &self.input[start..];
        if rest.is_empty() {
            return None;
        }
        let (blank, of_line) = separators(rest);
        let is_known = of_line < MOST_SEPARATORS;
        if is_known && blank > 0 {
            self.at += blank;
            if self.at == self.input.len() {
                return self.frame(start..start, start + blank);
            }
        }
        let at = self.at;
        let rest = &self.input[at..];
        if is_known && rest[0] == b'{' {
            if let Some(head) = wrapper(rest) {
                return self.frame(at..at, at + head);
            }
            let (end, is_line) = self.line_end();
            if is_line || self.complete {
                let line = self.input[at..end].trim_ascii_end();
                let line = line.strip_suffix(b",").unwrap_or(line).trim_ascii_end();
                // Fast path: nearly every line is exactly one object.
                if line.ends_with(b"}") {
                    if is_bulk_action(line) {
                        return self.frame(at..at, end);
                    }
                    return self.frame(at..at + line.len(), end);
                }
            }
            match cut(rest) {
                Cut::Object(length) => {
                    let behind = self.input[at + length..].trim_ascii_start();
                    match behind.first() {
                        Some(b'{' | b',' | b']' | b'}') => return self.frame(at..at + length, at + length),
                        None if !self.complete => return self.wait(start),
                        _ if at + length >= end || behind.is_empty() => {
                            return self.frame(at..at + length, at + length);
                        }
                        // If anything else follows on the same line, the line is one invalid record.
                        _ => {}
                    }
                }
                Cut::Damaged(length) => return self.frame(at..at + length, at + length),
                Cut::Unended if self.complete => {
                    let end = self.input.len();
                    return self.frame(at..end, end);
                }
                Cut::Unended => return self.wait(start),
            }
        }
        let (end, is_line) = self.line_end();
        if is_line || self.complete {
            let line = self.input[at..end].trim_ascii_end();
            return self.frame(at..at + line.len(), end);
        }
        self.wait(start)
    }
}

impl<'a> Documents<'a> {
    /// Leaves an incomplete object to the caller, but returns a frame for the separators before it.
    fn wait(&mut self, start: usize) -> Option<Frame<'a>> {
        let skipped = self.skip();
        if skipped.is_some() || self.at == start {
            return skipped;
        }
        let at = self.at;
        self.frame(start..start, at)
    }
}

/// Finds the object at the start of some bytes.
fn cut(bytes: &[u8]) -> Cut {
    if !bytes.starts_with(b"{") {
        return Cut::Damaged(bytes.len());
    }
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Cut::Object(at);
                }
            }
            b'"' => loop {
                let Some(length) = memchr::memchr3(b'"', b'\\', b'\n', &bytes[at..]) else {
                    return Cut::Unended;
                };
                at += length + 1;
                match bytes[at - 1] {
                    b'"' => break,
                    // A JSON string cannot contain a raw line feed: the object was truncated here.
                    b'\n' => return Cut::Damaged(at),
                    _ => at += 1,
                }
                if at >= bytes.len() {
                    return Cut::Unended;
                }
            },
            // The next line starts another object: this one was truncated.
            b'\n' if bytes[at..].starts_with(b"{\"") => return Cut::Damaged(at),
            _ => {}
        }
    }
    Cut::Unended
}

fn is_separator(byte: u8) -> bool {
    // 0x1e precedes each text of a JSON sequence (RFC 7464); ef bb bf is a byte order mark.
    byte.is_ascii_whitespace() || matches!(byte, b',' | b'[' | b']' | b'}' | 0x1e | 0xef | 0xbb | 0xbf)
}

/// Counts the separators at the start of some bytes, and those among them after the last line feed.
fn separators(bytes: &[u8]) -> (usize, usize) {
    let count = bytes.iter().take_while(|byte| is_separator(**byte)).count();
    let of_line = memchr::memrchr(b'\n', &bytes[..count]).map_or(count, |line| count - line - 1);
    (count, of_line)
}

/// Returns whether a line tells Elasticsearch's bulk interface what to do with the next line, which is a record.
fn is_bulk_action(line: &[u8]) -> bool {
    let is_action = |start: &[u8]| {
        line.strip_prefix(start)
            .is_some_and(|rest| rest.ends_with(b"}}") && (rest[0] == b'}' || rest.starts_with(b"\"_")))
    };
    is_action(b"{\"index\":{") || is_action(b"{\"create\":{")
}

/// Returns the length of the head of an object that wraps records: `{"Records":[`.
fn wrapper(bytes: &[u8]) -> Option<usize> {
    let rest = bytes.strip_prefix(b"{")?.trim_ascii_start();
    if !rest.starts_with(b"\"Records\"") && !rest.starts_with(b"\"records\"") {
        return None;
    }
    let mut parser = Parser::new(&rest[b"\"records\"".len()..]);
    parser.colon_and_array()?;
    Some(bytes.len() - parser.rest().len())
}

#[cfg(test)]
mod tests;
