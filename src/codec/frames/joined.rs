//! Splits log lines into records of one or several lines.

use std::borrow::Cow;
use std::collections::VecDeque;

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
    /// The offset in the input just after the record's last byte. `None` if parts of a later record precede it.
    pub end: Option<usize>,
}

/// Splits log lines into records.
///
/// If more lines could still belong to the last record, that record stays with the caller, like an incomplete
/// line. A record that grows past the longest allowed length ends there.
///
/// A container runtime writes the parts of split lines of two streams in turns. They are joined per stream, and
/// all records up to the last part are returned together.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    input: &'a [u8],
    lines: Lines<'a>,
    /// A line that was already read but belongs to the next record.
    held: Option<Frame<'a>>,
    /// Records that were read completely while parts of another one were joined.
    ready: VecDeque<Record<'a>>,
    complete: bool,
    longest: usize,
    multiline: &'a Multiline,
}

/// A split line of one stream whose last part has not been read yet.
struct Split<'a> {
    stream: &'a [u8],
    payload: Vec<u8>,
    /// The offset of the text in the payload.
    text: usize,
    /// Its position among the records that are joined together.
    place: usize,
}

impl<'a> Records<'a> {
    /// Creates an iterator at the first byte of `input`.
    pub fn new(input: &'a [u8], complete: bool, longest: usize, multiline: &'a Multiline) -> Self {
        Self {
            input,
            lines: Lines::new(input, complete, longest),
            held: None,
            ready: VecDeque::new(),
            complete,
            longest,
            multiline,
        }
    }

    /// Joins the parts of split lines, beginning with `first`, until no line is open. `None` if parts are missing.
    fn join(&mut self, first: Frame<'a>) -> Option<Record<'a>> {
        let mut open: Vec<Split<'a>> = Vec::new();
        let mut records: Vec<Cow<'a, [u8]>> = Vec::new();
        let (mut next, mut end, mut length) = (first, first.end, 0);
        loop {
            let line = cri_line(next.payload);
            let known = line.and_then(|(stream, ..)| open.iter().position(|split| split.stream == stream));
            match (line, known) {
                (Some((_, tag, at)), Some(known)) => {
                    open[known].payload.extend_from_slice(&next.payload[at..]);
                    if tag == b"F" {
                        let mut split = open.swap_remove(known);
                        split.payload[split.text - 2] = b'F';
                        records[split.place] = split.payload.into();
                    }
                }
                (Some((stream, b"P", text)), None) => {
                    open.push(Split {
                        stream,
                        payload: next.payload.to_vec(),
                        text,
                        place: records.len(),
                    });
                    records.push(Cow::Borrowed(b""));
                }
                // Another line ends all open ones, unless the runtime wrote it for another stream.
                (None, _) => {
                    self.held = Some(next);
                    break;
                }
                (Some(_), None) => records.push(Cow::Borrowed(next.payload)),
            }
            end = next.end;
            length += next.payload.len();
            if open.is_empty() || length > self.longest {
                break;
            }
            next = match self.lines.next() {
                Some(next) => next,
                None if self.complete => break,
                None => return None,
            };
        }
        for split in open {
            records[split.place] = split.payload.into();
        }
        let last = records.len() - 1;
        let records = records.into_iter().enumerate().map(|(place, payload)| Record {
            payload,
            end: (place == last).then_some(end),
        });
        self.ready.extend(records);
        self.ready.pop_front()
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        if let Some(record) = self.ready.pop_front() {
            return Some(record);
        }
        let first = self.held.take().or_else(|| self.lines.next())?;
        if let Some((_, b"P", _)) = cri_line(first.payload) {
            return self.join(first);
        }
        let mut record = Record {
            payload: Cow::Borrowed(first.payload),
            end: Some(first.end),
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
            if !self.multiline.joins(&trace, next.payload) || record.payload.len() > self.longest {
                self.held = Some(next);
                return Some(record);
            }
            trace.see(next.payload);
            let line_end = next.payload.as_ptr() as usize + next.payload.len() - self.input.as_ptr() as usize;
            record = Record {
                payload: Cow::Borrowed(&self.input[start..line_end]),
                end: Some(next.end),
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
    }

    #[test]
    fn split_lines_of_two_streams_are_joined_per_stream() {
        let line =
            |stream: &str, tag: &str, text: &str| format!("2026-03-14T01:02:03Z {stream} {tag} {text}\n");
        let input = [
            line("stdout", "P", "a"),
            line("stderr", "P", "x"),
            line("stdout", "P", "b"),
            line("stderr", "F", "y"),
            line("stderr", "F", "whole"),
            line("stdout", "F", "c"),
            line("stdout", "F", "next"),
        ]
        .concat();
        let wanted = [
            "2026-03-14T01:02:03Z stdout F abc",
            "2026-03-14T01:02:03Z stderr F xy",
            "2026-03-14T01:02:03Z stderr F whole",
            "2026-03-14T01:02:03Z stdout F next",
        ];
        // A caller may split the input anywhere, and passes again the bytes that a call did not consume.
        for piece in 1..input.len() {
            let (mut found, mut pending) = (Vec::new(), Vec::new());
            let mut take = |pending: &mut Vec<u8>, complete| {
                let mut end = 0;
                for record in Records::new(pending, complete, 1_000, &Multiline::Off) {
                    found.push(String::from_utf8(record.payload.to_vec()).unwrap());
                    end = record.end.unwrap_or(end);
                }
                pending.drain(..end);
            };
            for bytes in input.as_bytes().chunks(piece) {
                pending.extend_from_slice(bytes);
                take(&mut pending, false);
            }
            take(&mut pending, true);
            assert_eq!(found, wanted, "in pieces of {piece}");
        }
        // Only the last of the joined records is a boundary.
        let ends: Vec<_> = Records::new(input.as_bytes(), true, 1_000, &Multiline::Off)
            .map(|record| record.end)
            .collect();
        assert_eq!(ends[..2], [None, None]);
        assert_eq!(ends[3], Some(input.len()));
        // A line that no runtime wrote ends both.
        let cut = [
            line("stdout", "P", "a"),
            line("stderr", "P", "x"),
            "plain\n".to_owned(),
        ]
        .concat();
        assert_eq!(records(&cut, true, &Multiline::Off).len(), 3);
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
