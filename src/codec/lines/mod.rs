//! Log lines: the header of a line sets the event's fields, and the rest becomes the message.
//!
//! | part | file |
//! |---|---|
//! | the most common header: a time in a known format, a level next to it | `header.rs`, `level.rs` |
//! | syslog: RFC 5424 with its structured data, RFC 3164, the variants of devices and relays | `syslog.rs`, `structured.rs` |
//! | Kubernetes: the container runtime's header (CRI), klog | `container.rs` |
//! | keys and values: logfmt, auditd, CEF, LEEF | `keyed.rs` |
//! | access logs of web servers | `web.rs` |
//! | Windows events as XML | `xml.rs` |
//!
//! docs/formats.md shows an example line of each format and its event. Parsing never fails and loses no text:
//! a part of the header without a matching field stays in the message or becomes an attribute.

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

pub(crate) use container::cri_line;
use syslog::Tag;

pub use super::model::LineOptions;
pub(crate) use super::model::PLAIN;
use super::model::{self, Entities, Facts, Given, Keys, Line, ReadLine, Severity};
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
    let header = Header::read(text, options).unwrap_or_else(|| Header::plain(text));
    let line = header.line(options);
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

/// Returns the function that reads messages that are themselves log lines; `None` if `parse` is false.
pub(crate) fn reader(parse: bool) -> Option<ReadLine> {
    parse.then_some(read as ReadLine)
}

/// Reads the header of a line; `None` if it has no known header.
fn read<'a>(text: &'a str, options: &LineOptions) -> Option<Line<'a>> {
    Header::read(text, options).map(|header| header.line(options))
}

/// Returns whether a word has the form of a host's name or address.
fn is_host(word: &str) -> bool {
    if word.contains(':') {
        let address = word
            .strip_prefix('[')
            .and_then(|word| word.strip_suffix(']'))
            .unwrap_or(word);
        let address = address.split('%').next().unwrap_or(address);
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'%' | b'@');
    !word.is_empty() && word.len() <= 255 && word.bytes().all(is_part)
}

/// The parts of a line.
#[derive(Debug, Default)]
struct Header<'a> {
    time_ns: Option<i64>,
    /// The text of a time that is out of range.
    unparsed: Option<&'a str>,
    severity: Option<Severity>,
    host: Option<&'a str>,
    /// The program and its process id, from a syslog tag.
    source: Option<&'a str>,
    pid: Option<&'a str>,
    /// The client of a web server's request (an address or a host name), and the user.
    client: Option<&'a str>,
    user: Option<&'a str>,
    attributes: Keys<'a>,
    /// The parts that come from keys.
    named: Named<'a>,
    message: Cow<'a, str>,
}

/// The parts of a line that consists of keys and values.
#[derive(Debug, Default)]
struct Named<'a> {
    /// Whether the message has already been read as keys and values.
    is_read: bool,
    /// Whether the attributes' names have the same meaning as the keys of a JSON record.
    by_name: bool,
    source_type: Option<&'static str>,
    host: Option<Cow<'a, str>>,
    program: Option<Cow<'a, str>>,
    pid: Option<i64>,
    entities: Entities<'a>,
}

impl<'a> Header<'a> {
    fn plain(text: &'a str) -> Self {
        Self {
            message: text.into(),
            ..Self::default()
        }
    }

    fn push(&mut self, name: &'static str, value: impl Into<Value<'a>>) {
        self.attributes.push((name.into(), value.into()));
    }

    /// Sets the time from the stamp at the start of `text`.
    fn set_time(&mut self, text: &'a str, stamp: &Stamp<'a>, options: &LineOptions) {
        self.time_ns = stamp.nanos(options.clock());
        self.unparsed = text.get(..stamp.length).filter(|_| self.time_ns.is_none());
    }

    fn set_tag(&mut self, tag: Tag<'a>) {
        self.source = Some(tag.name);
        self.pid = tag.pid;
        self.message = tag.text.into();
        self.severity = self.severity.or_else(|| syslog::severity_of_mnemonic(tag.name));
    }

    /// Adds the parts of the message's own header that this header lacks.
    fn absorb(&mut self, inner: Self) {
        self.time_ns = self.time_ns.or(inner.time_ns);
        self.severity = self.severity.or(inner.severity);
        self.attributes.extend(inner.attributes);
        self.named = inner.named;
    }

    fn line(mut self, options: &LineOptions) -> Line<'a> {
        let named = self.named;
        let mut facts = Facts {
            time: self.time_ns,
            unparsed: self.unparsed.map(Cow::Borrowed),
            severity: self.severity,
            host: self.host.map(Cow::Borrowed).or(named.host),
            program: self.source.map(Cow::Borrowed).or(named.program),
            pid: self
                .pid
                .map(Cow::Borrowed)
                .or(named.pid.map(|pid| pid.to_string().into())),
            source_type: named.source_type.map(Cow::Borrowed),
            ..Facts::default()
        };
        facts.entities = named.entities;
        if let Some(client) = self.client {
            facts.entities.address(client.into());
        }
        if let Some(user) = self.user {
            facts.entities.user(user.into());
        }
        if named.by_name {
            let mut given = Given::default();
            if facts.time.is_some() {
                given.set(Field::TimestampNs);
            }
            facts.append(model::take(&mut self.attributes, given, options));
        }
        facts.message.get_or_insert(self.message);
        Line {
            facts,
            attributes: self.attributes,
        }
    }

    /// Reads the header. If `options.parse` is set, also reads keys and values in the message.
    fn read(text: &'a str, options: &LineOptions) -> Option<Self> {
        // The first line of a file may start with a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut header = Self::outer(text, options)?;
        if let Cow::Borrowed(message) = header.message
            && options.parse
            && !header.named.is_read
            && let Some(inner) = keyed::read(message, options)
        {
            header.absorb(inner);
        }
        Some(header)
    }

    /// Tries the formats that are possible for the line's first byte.
    fn outer(text: &'a str, options: &LineOptions) -> Option<Self> {
        let first = text.bytes().next()?;
        if first == b'<' {
            return syslog::with_priority(text, options).or_else(|| xml::windows_event(text));
        }
        if first == b'*' {
            return syslog::device(text, options).or_else(|| header::read(text, options));
        }
        let own = match first {
            b'0'..=b'9' => octets(text).and_then(|text| syslog::with_priority(text, options)),
            first if first.is_ascii_alphabetic() => {
                keyed::read(text, options).or_else(|| container::klog(text, options))
            }
            _ => None,
        };
        own.or_else(|| container::cri(text, options))
            .or_else(|| web::access(text, options))
            .or_else(|| header::read(text, options))
            .or_else(|| syslog::device(text, options))
            .or_else(|| header::undated(text))
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
