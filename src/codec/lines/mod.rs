//! Log lines: the header of a line sets the event's fields, and the rest becomes the message.
//!
//! | part | file |
//! |---|---|
//! | the most common header: a time in a known format, a level next to it | `header.rs`, `level.rs` |
//! | syslog: RFC 5424 with its structured data, RFC 3164, the variants of devices and relays | `syslog.rs`, `structured.rs` |
//! | Kubernetes: the container runtime's header (CRI), klog | `container.rs` |
//! | keys and values: logfmt, auditd, CEF, LEEF | `keyed.rs` |
//! | values in columns: W3C extended logs, Zeek, Palo Alto | `columns.rs` |
//! | access logs of web servers | `web.rs` |
//! | Windows events as XML | `xml.rs` |
//!
//! docs/formats.md shows an example line of each format and its event. Parsing never fails and loses no text:
//! a part of the header without a matching field stays in the message or becomes an attribute.

mod columns;
mod container;
mod header;
mod keyed;
mod level;
mod structured;
mod syslog;
#[cfg(test)]
mod tests;
mod web;
mod xml;

use std::borrow::Cow;

pub(crate) use columns::{column_names, is_directive, last_column_names};
pub(crate) use container::cri_line;
pub(crate) use structured::take_parameters;
use syslog::Tag;

pub use super::model::LineOptions;
pub(crate) use super::model::PLAIN;
use super::model::{self, Facts, Given, Line, ReadLine, Severity};
use super::scan::ByteSet;
use super::text::keep_raw;
use super::time::Stamp;
use crate::record::{Event, Field, Value};

/// Reads an event from one line without its newline. One trailing carriage return is dropped.
///
/// Every line becomes an event. If a line has no known header, the whole line is the message. If the time in
/// a header does not exist or does not fit into signed 64-bit nanoseconds, the attribute
/// `seerflow.time.unparsed` has its text. If the line is not UTF-8, the message contains U+FFFD and the
/// line's exact bytes are kept; see [`raw_bytes`](crate::codec::raw_bytes) with the field `line`. An empty
/// line gives an empty message.
///
/// Text that needs no conversion is borrowed from `line`.
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
    let mut line = Line::default();
    if columns::named(&mut line, text, options).is_some() {
        by_name(&mut line, options);
    } else if options.parse && model::is_object(text) || !read(&mut line, text, options) {
        // The times in a JSON object have keys.
        line.set_message(text);
    }
    let mut event = Event {
        observed_ns: Some(options.now_ns),
        ..Event::default()
    };
    model::complete_line(&mut event, &mut line, read, options);
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

/// Returns the function that reads messages that are themselves log lines; `None` if `parse` is false.
pub(crate) fn reader(parse: bool) -> Option<ReadLine> {
    parse.then_some(read as ReadLine)
}

/// Reads the header of a line. Returns false, and leaves `line` empty, if the text has no known header.
fn read<'a>(line: &mut Line<'a>, text: &'a str, options: &LineOptions) -> bool {
    let is_found = header_of(line, text, options).is_some();
    if line.by_name {
        by_name(line, options);
    }
    is_found
}

/// Interprets the attributes of a line whose keys mean the same as those of a JSON record.
#[inline(never)]
fn by_name(line: &mut Line<'_>, options: &LineOptions) {
    let Line {
        facts, attributes, ..
    } = line;
    let mut given = Given::default();
    if facts.time.is_some() {
        given.set(Field::TimestampNs);
    }
    let mut named = Facts::default();
    model::take(attributes, given, options, &mut named);
    if named.message.is_some() {
        facts.message = None;
    }
    facts.append(&mut named);
}

/// Reads the header. If `options.parse` is set, also reads keys and values in the message.
fn header_of<'a>(line: &mut Line<'a>, text: &'a str, options: &LineOptions) -> Option<()> {
    // The first line of a file may start with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    outer(line, text, options)?;
    if options.parse && !line.is_keyed {
        let message = line.message();
        columns::palo_alto(line, message, options)
            .or_else(|| keyed::read(line, message, options))
            .or_else(|| match line.facts.program {
                Some(_) => None,
                None => keyed::inside(line, message, options),
            });
    }
    Some(())
}

/// Tries the formats that are possible for the line's first byte.
fn outer<'a>(line: &mut Line<'a>, text: &'a str, options: &LineOptions) -> Option<()> {
    let first = text.bytes().next()?;
    if first == b'<' {
        return syslog::with_priority(line, text, options)
            .or_else(|| xml::windows_event(line, text))
            .or_else(|| header::read(line, text, options));
    }
    if first == b'*' {
        return syslog::device(line, text, options).or_else(|| header::read(line, text, options));
    }
    let own = match first {
        b'0'..=b'9' => octets(text)
            .and_then(|text| syslog::with_priority(line, text, options))
            .or_else(|| columns::palo_alto(line, text, options)),
        first if first.is_ascii_alphabetic() => {
            keyed::read(line, text, options).or_else(|| container::klog(line, text, options))
        }
        _ => None,
    };
    own.or_else(|| container::cri(line, text, options))
        .or_else(|| web::access(line, text, options))
        .or_else(|| header::read(line, text, options))
        .or_else(|| syslog::device(line, text, options))
        .or_else(|| header::undated(line, text))
}

/// Returns whether a word has the form of a host's name or address.
fn is_host(word: &str) -> bool {
    static PARTS: ByteSet = ByteSet::alphanumeric_and(b".-_%@");
    if PARTS.run(word, 256) == word.len() {
        return !word.is_empty() && word.len() <= 255;
    }
    let address = word
        .strip_prefix('[')
        .and_then(|word| word.strip_suffix(']'))
        .unwrap_or(word);
    let address = address.split('%').next().unwrap_or(address);
    address.parse::<std::net::Ipv6Addr>().is_ok()
}

impl<'a> Line<'a> {
    /// Returns the message. The readers of lines only set borrowed ones.
    fn message(&self) -> &'a str {
        match self.facts.message {
            Some(Cow::Borrowed(message)) => message,
            _ => "",
        }
    }

    fn set_message(&mut self, text: &'a str) {
        self.facts.message = Some(text.into());
    }

    fn push(&mut self, name: &'static str, value: impl Into<Value<'a>>) {
        self.attributes.push((name.into(), value.into()));
    }

    /// Sets the time from the stamp at the start of `text`.
    fn set_time(&mut self, text: &'a str, stamp: &Stamp<'a>, options: &LineOptions) {
        self.facts.time = stamp.nanos(options.clock());
        let unparsed = text.get(..stamp.length).filter(|_| self.facts.time.is_none());
        self.facts.unparsed = unparsed.map(Cow::Borrowed);
    }

    fn set_tag(&mut self, tag: Tag<'a>) {
        self.facts.program = Some(tag.name.into());
        self.facts.pid = tag.pid.map(Cow::Borrowed);
        self.set_message(tag.text);
        let severity = &mut self.facts.severity;
        *severity = severity.or_else(|| syslog::severity_of_mnemonic(tag.name));
    }
}

/// Returns whether a line starts with a time in a known format, optionally after a bracket.
pub(crate) fn begins_with_time(line: &[u8]) -> bool {
    let near = &line[..line.len().min(64)];
    let text = match std::str::from_utf8(near) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&near[..error.valid_up_to()]).unwrap_or_default(),
    };
    let text = text.strip_prefix('[').unwrap_or(text);
    Stamp::read(text).is_some()
}

/// Strips the octet count that RFC 6587 puts before each message: `83 <34>1 ...`.
fn octets(text: &str) -> Option<&str> {
    let (count, rest) = text.split_once(' ')?;
    let is_count = count.len() <= 7 && count.bytes().all(|byte| byte.is_ascii_digit());
    (is_count && rest.starts_with('<')).then_some(rest)
}
