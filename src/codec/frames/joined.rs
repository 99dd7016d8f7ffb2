//! Splits log lines into records of one or several lines.

use std::borrow::Cow;

use super::{Frame, Lines};
use crate::codec::lines::{begins_with_time, cri_line};

/// A rule that decides which lines belong to the record before them.
///
/// The parts of a line that a container runtime split are joined under every rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Multiline {
    /// Each line is a record of its own.
    #[default]
    Off,
    /// Lines of a stack trace join: indented lines, `Caused by:`, Python's final line, Go's goroutines.
    StackTraces,
    /// Every line joins unless its start matches the pattern.
    ///
    /// In the pattern, `#` matches a digit, `?` matches any character, and `@` matches a time in a known
    /// format.
    Unless(String),
}

impl Multiline {
    /// Returns whether `line` belongs to the same record as the lines in `before`.
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

/// The kind of stack trace that the current record is in.
#[derive(Clone, Copy, Debug, Default)]
struct Trace {
    /// Inside a Python traceback, which the next line without indentation ends.
    in_python: bool,
    /// Inside Go's goroutines, whose function lines are not indented.
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

/// Returns whether a line starts with a Java exception class, such as `java.io.IOException: text`.
///
/// Java prints such a line below the log line.
fn is_exception(line: &[u8]) -> bool {
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$');
    let length = line.iter().take(200).take_while(is_part).count();
    let name = &line[..length];
    let ends = [&b"Exception"[..], b"Error", b"Throwable"];
    name.contains(&b'.')
        && ends.iter().any(|end| name.ends_with(end))
        && matches!(line.get(length), None | Some(b':'))
}

/// One record, of one or several log lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The record's bytes, without the last line end.
    pub payload: Cow<'a, [u8]>,
    /// The offset in the input just after the record's last byte.
    pub end: usize,
}

/// Splits log lines into records.
///
/// If more lines could still belong to the last record, that record stays with the caller, like an incomplete
/// line. A record that grows past the longest allowed length ends there.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    input: &'a [u8],
    lines: Lines<'a>,
    /// A line that was already read but belongs to the next record.
    held: Option<Frame<'a>>,
    complete: bool,
    longest: usize,
    multiline: &'a Multiline,
}

impl<'a> Records<'a> {
    /// Creates an iterator at the first byte of `input`.
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

    /// Joins the parts of a split line. `text` is the offset of the text in the first part.
    fn join(&mut self, first: Frame<'a>, stream: &[u8], text: usize) -> Option<Record<'a>> {
        let mut payload = first.payload.to_vec();
        let mut end = first.end;
        while payload.len() <= self.longest {
            let Some(next) = self.lines.next() else {
                // The remaining parts have not arrived yet.
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
        // The lines of a record are contiguous in the input.
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
        // The last part is missing. At the end of the input, the parts so far are the record.
        let cut = &input[..input.find("2026-03-14T01:02:03.000000003Z").unwrap()];
        assert_eq!(records(cut, false, &Multiline::Off), [""; 0]);
        assert_eq!(records(cut, true, &Multiline::Off).len(), 1);
        // A part from the other stream ends the record.
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
        // The next line could still belong to the record.
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
