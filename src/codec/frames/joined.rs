//! Records of log lines: a line each, or several that belong together.

use std::borrow::Cow;

use super::{Frame, Lines};
use crate::codec::lines::{begins_with_time, cri_line};

/// Which lines of a log belong to the record before them. Parts of a line that a container's runtime split are always joined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Multiline {
    /// None.
    #[default]
    Off,
    /// Those of a stack trace: indented lines, `Caused by:`, the last line of Python's traceback, the goroutines of Go.
    StackTraces,
    /// All that do not begin as the pattern does: `#` is a digit, `?` any character, and `@` a time of a known shape.
    Unless(String),
}

impl Multiline {
    /// Tells whether `line` goes on with the record that ends in `before`.
    fn joins(&self, before: &Trace, line: &[u8]) -> bool {
        match self {
            Multiline::Off => false,
            Multiline::StackTraces => before.goes_on(line),
            Multiline::Unless(pattern) => !begins_as(pattern, line),
        }
    }
}

fn begins_as(pattern: &str, line: &[u8]) -> bool {
    let mut rest = line;
    for expected in pattern.bytes() {
        if expected == b'@' {
            return begins_with_time(rest);
        }
        let Some((byte, after)) = rest.split_first() else {
            return false;
        };
        let fits = match expected {
            b'#' => byte.is_ascii_digit(),
            b'?' => true,
            expected => *byte == expected,
        };
        if !fits {
            return false;
        }
        rest = after;
    }
    true
}

/// How far a record has come into a stack trace.
#[derive(Clone, Copy, Debug, Default)]
struct Trace {
    /// A line that is not indented ends it: Python's exception.
    in_python: bool,
    /// Go's goroutines, whose functions are not indented.
    in_go: bool,
}

impl Trace {
    fn see(&mut self, line: &[u8]) {
        let starts = |start: &str| line.starts_with(start.as_bytes());
        if memchr::memmem::find(line, b"Traceback (most recent call last):").is_some() {
            self.in_python = true;
        } else if starts("goroutine ") {
            self.in_go = true;
        } else if self.in_python && !starts(" ") && !starts("\t") {
            self.in_python = false;
        }
    }

    fn goes_on(&self, line: &[u8]) -> bool {
        const STARTS: [&str; 7] = [
            "Caused by:",
            "Suppressed:",
            "Traceback (most recent call last):",
            "During handling of the above exception",
            "The above exception was the direct cause",
            "goroutine ",
            "--- End of ",
        ];
        let Some(first) = line.first() else {
            return self.in_python || self.in_go;
        };
        matches!(first, b' ' | b'\t')
            || STARTS.iter().any(|start| line.starts_with(start.as_bytes()))
            || (self.in_python || self.in_go || is_exception(line)) && !begins_with_time(line)
    }
}

/// Tells whether a line is the name of an exception, as Java prints it under the log line: `java.io.IOException: text`.
fn is_exception(line: &[u8]) -> bool {
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$');
    let length = line.iter().take(200).take_while(is_part).count();
    let name = &line[..length];
    let ends = [&b"Exception"[..], b"Error", b"Throwable"];
    name.contains(&b'.')
        && ends.iter().any(|end| name.ends_with(end))
        && matches!(line.get(length), None | Some(b':'))
}

/// One record of log lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its bytes, without the last line's end.
    pub payload: Cow<'a, [u8]>,
    /// One past its last byte in the input.
    pub end: usize,
}

/// Cuts log lines into records.
///
/// A record that may go on stays with the caller, as an incomplete line does. One that is longer than a record may be ends there.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    input: &'a [u8],
    lines: Lines<'a>,
    /// A line that was read and belongs to the next record.
    held: Option<Frame<'a>>,
    complete: bool,
    longest: usize,
    multiline: &'a Multiline,
}

impl<'a> Records<'a> {
    /// Starts at the first byte.
    pub fn new(input: &'a [u8], complete: bool, longest: usize, multiline: &'a Multiline) -> Self {
        Self {
            input,
            lines: Lines::new(input, complete, longest),
            held: None,
            complete,
            longest,
            multiline,
        }
    }

    /// Joins the parts of a line; `text` is where the first part's text begins.
    fn join(&mut self, first: Frame<'a>, stream: &[u8], text: usize) -> Option<Record<'a>> {
        let mut payload = first.payload.to_vec();
        let mut end = first.end;
        while payload.len() <= self.longest {
            let Some(next) = self.lines.next() else {
                // The rest is still to come.
                return self.complete.then_some(Record {
                    payload: payload.into(),
                    end,
                });
            };
            let Some((_, tag, at)) = cri_line(next.payload).filter(|(other, ..)| *other == stream) else {
                self.held = Some(next);
                break;
            };
            payload.extend_from_slice(&next.payload[at..]);
            end = next.end;
            if tag == b"F" {
                payload[text - 2] = b'F';
                break;
            }
        }
        Some(Record {
            payload: payload.into(),
            end,
        })
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let first = self.held.take().or_else(|| self.lines.next())?;
        if let Some((stream, b"P", text)) = cri_line(first.payload) {
            return self.join(first, stream, text);
        }
        let mut record = Record {
            payload: Cow::Borrowed(first.payload),
            end: first.end,
        };
        if *self.multiline == Multiline::Off || first.payload.is_empty() {
            return Some(record);
        }
        // The lines of a record are one piece of the input.
        let start = first.payload.as_ptr() as usize - self.input.as_ptr() as usize;
        let mut trace = Trace::default();
        trace.see(first.payload);
        loop {
            let Some(next) = self.lines.next() else {
                let is_over = self.complete || record.payload.len() > self.longest;
                return is_over.then_some(record);
            };
            let length = record.end - start;
            if !self.multiline.joins(&trace, next.payload) || length > self.longest {
                self.held = Some(next);
                return Some(record);
            }
            trace.see(next.payload);
            let line_end = next.payload.as_ptr() as usize + next.payload.len() - self.input.as_ptr() as usize;
            record = Record {
                payload: Cow::Borrowed(&self.input[start..line_end]),
                end: next.end,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(input: &str, complete: bool, multiline: &Multiline) -> Vec<String> {
        Records::new(input.as_bytes(), complete, 1_000, multiline)
            .map(|record| String::from_utf8(record.payload.into_owned()).unwrap())
            .collect()
    }

    #[test]
    fn a_line_that_a_runtime_split_is_one_record() {
        let input = "2026-03-14T01:02:03.000000001Z stdout P {\"a\":\n\
             2026-03-14T01:02:03.000000002Z stdout P 1,\n\
             2026-03-14T01:02:03.000000003Z stdout F \"b\":2}\n\
             2026-03-14T01:02:04Z stderr F next\n";
        let joined = "2026-03-14T01:02:03.000000001Z stdout F {\"a\":1,\"b\":2}";
        assert_eq!(
            records(input, false, &Multiline::Off),
            [joined, "2026-03-14T01:02:04Z stderr F next"]
        );
        // The end is still to come; at the end of the input, the parts are the record.
        let cut = &input[..input.find("2026-03-14T01:02:03.000000003Z").unwrap()];
        assert_eq!(records(cut, false, &Multiline::Off), [""; 0]);
        assert_eq!(records(cut, true, &Multiline::Off).len(), 1);
        // Another stream ends it.
        let mixed = input.replacen("Z stdout F \"b\"", "Z stderr F \"b\"", 1);
        assert_eq!(records(&mixed, true, &Multiline::Off).len(), 3);
    }

    #[test]
    fn stack_traces_are_one_record() {
        let java = "2026-03-14 01:02:03 ERROR failed\njava.io.IOException: x\n\tat a.B.c(B.java:7)\nCaused by: y\n\tat d\n";
        let python = "ERROR failed\nTraceback (most recent call last):\n  File \"a.py\"\nValueError: x\n";
        let go = "panic: x\n\ngoroutine 1 [running]:\nmain.main()\n\t/a.go:7 +0x1\n";
        for (trace, count) in [(java, 1), (python, 1)] {
            let input = format!("{trace}2026-03-14 01:02:04 INFO next\n");
            assert_eq!(
                records(&input, true, &Multiline::StackTraces).len(),
                count + 1,
                "{trace}"
            );
            assert!(records(&input, true, &Multiline::Off).len() > 3);
        }
        let input = format!("{go}2026-03-14 01:02:04 INFO next\n");
        assert_eq!(
            records(&input, true, &Multiline::StackTraces).last().unwrap(),
            "2026-03-14 01:02:04 INFO next"
        );
        // It may go on after this.
        assert_eq!(records(java, false, &Multiline::StackTraces), [""; 0]);
    }

    #[test]
    fn a_pattern_begins_records() {
        for pattern in ["@", "####-##-##", "2026-0?-"] {
            let multiline = Multiline::Unless(pattern.to_owned());
            let input = "2026-03-14 01:02:03 a\nb\n\nc\n2026-03-14 01:02:04 d\n";
            assert_eq!(
                records(input, true, &multiline),
                ["2026-03-14 01:02:03 a\nb\n\nc", "2026-03-14 01:02:04 d"],
                "{pattern}"
            );
        }
    }
}
