//! Log lines: what a syslog, application or web server header says becomes fields, the rest is the message.
//!
//! | format | example |
//! |---|---|
//! | RFC 5424 | `<34>1 2026-03-14T01:02:03.5Z web-1 su 812 ID47 [a@1 b="c"] text` |
//! | RFC 3164, with or without the priority | `<34>Mar 14 01:02:03 web-1 su[812]: text` |
//! | the same as rsyslog writes it to files | `2026-03-14T01:02:03.123456+00:00 web-1 su[812]: text` |
//! | ISO 8601 and a level (log4j, Python, Kafka, nginx) | `2026-03-14 01:02:03,456 INFO [main] a.b.C: text` |
//! | Spark, HDFS | `26/03/14 01:02:03 INFO a.B: text`, `260314 010203 148 INFO a.B: text` |
//! | Apache error log | `[Sat Mar 14 01:02:03 2026] [error] text` |
//! | Apache and nginx access log | `192.0.2.1 - bob [14/Mar/2026:01:02:03 +0000] "GET / HTTP/1.1" 404 12` |
//!
//! A line of no such format is a message as a whole. Reading cannot fail and never loses text: what a header
//! says and no field holds stays in the message. Addresses and user names in the message fill the event's
//! related lists (`model/extract.rs`).

mod app;
mod iso;
mod syslog;
#[cfg(test)]
mod tests;
mod web;

use std::borrow::Cow;

pub use super::model::LineOptions;
pub(crate) use super::model::PLAIN;
use super::model::{self, Facts, Keys, Line, ReadLine, Severity};
use super::text::keep_raw;
use crate::record::Event;

/// Reads an event from one line, given without its newline; one carriage return at its end is dropped.
///
/// Always answers an event: a line whose header is not understood, has an impossible date or a time outside
/// signed 64-bit nanoseconds is stored as its message. Where the line is not UTF-8, the message has U+FFFD
/// and the line's exact bytes are kept; see [`raw_bytes`](crate::codec::raw_bytes) with the field `line`. An
/// empty line gives an empty message.
///
/// The text is borrowed from `line` where it stands there as it is.
pub fn parse_line<'a>(line: &'a [u8], options: &'a LineOptions) -> Event<'a> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match std::str::from_utf8(line) {
        Ok(text) => parse_text(text, options),
        Err(_) => parse_bytes(line, options),
    }
}

/// Reads a line that is not UTF-8.
#[inline(never)]
fn parse_bytes<'a>(line: &[u8], options: &LineOptions) -> Event<'a> {
    let text = String::from_utf8_lossy(line);
    let mut event = parse_text(&text, options).into_owned();
    keep_raw(&mut event.attributes, "line", line);
    event
}

fn parse_text<'a>(text: &'a str, options: &'a LineOptions) -> Event<'a> {
    let header = Header::read(text, options).unwrap_or_else(|| Header::plain(text));
    let line = header.line();
    let mut event = Event {
        observed_ns: Some(options.now_ns),
        ..Event::default()
    };
    model::complete_line(&mut event, line.facts, line.attributes, options);
    if event.source_type.is_empty() {
        event.source_type = Cow::Borrowed("log");
    }
    if let Some(given) = &options.source_id {
        event.source_id = Cow::Borrowed(given);
    }
    if options.keep_raw {
        event.raw_event = Cow::Borrowed(text);
    }
    event
}

/// Returns how messages that are lines are read, if they are to be.
pub(crate) fn reader(parse: bool) -> Option<ReadLine> {
    parse.then_some(read as ReadLine)
}

/// Reads the header of a line; `None` if it has no header that is understood.
fn read<'a>(text: &'a str, options: &LineOptions) -> Option<Line<'a>> {
    Header::read(text, options).map(Header::line)
}

/// What was read in front of a message.
#[derive(Debug, Default)]
struct Header<'a> {
    time_ns: Option<i64>,
    severity: Option<Severity>,
    host: Option<&'a str>,
    /// The program, from a syslog tag.
    source: Option<&'a str>,
    pid: Option<&'a str>,
    /// Who asked a web server: an address or a host's name.
    client: Option<&'a str>,
    user: Option<&'a str>,
    attributes: Keys<'a>,
    message: &'a str,
}

impl<'a> Header<'a> {
    fn plain(text: &'a str) -> Self {
        Self {
            message: text,
            ..Self::default()
        }
    }

    fn line(self) -> Line<'a> {
        let mut facts = Facts {
            time: self.time_ns,
            severity: self.severity,
            message: Some(Cow::Borrowed(self.message)),
            host: self.host.map(Cow::Borrowed),
            program: self.source.map(Cow::Borrowed),
            pid: self.pid.map(Cow::Borrowed),
            ..Facts::default()
        };
        if let Some(client) = self.client {
            facts.entities.address(client.into());
        }
        if let Some(user) = self.user {
            facts.entities.user(user.into());
        }
        Line {
            facts,
            attributes: self.attributes,
        }
    }

    /// Tries the formats that can begin as the line does.
    fn read(text: &'a str, options: &LineOptions) -> Option<Self> {
        // A file's first line may begin with a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match text.bytes().next()? {
            b'<' => syslog::with_priority(text, options),
            b'[' => web::apache_error(text, options).or_else(|| app::bracketed(text, options)),
            b'0'..=b'9' => iso::iso(text, options)
                .or_else(|| app::spark(text, options))
                .or_else(|| app::hdfs(text, options))
                .or_else(|| web::access(text, options)),
            first if first.is_ascii_uppercase() => syslog::rfc3164(text, options)
                .or_else(|| iso::prefixed(text, options))
                .or_else(|| web::access(text, options)),
            _ => iso::prefixed(text, options).or_else(|| web::access(text, options)),
        }
    }
}
