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
//! related lists (`extract.rs`).

mod app;
pub(crate) mod extract;
mod iso;
mod severity;
mod syslog;
#[cfg(test)]
mod tests;
mod web;

use std::borrow::Cow;
use std::net::IpAddr;

use jiff::tz::TimeZone;

pub(crate) use severity::Severity;

use super::text::keep_raw;
use super::time::Clock;
use crate::record::{Event, Value, now_ns};

/// What lines do not say about themselves.
#[derive(Clone, Debug)]
pub struct LineOptions {
    /// The `source_type` of every line, instead of the program's name.
    pub source_type: Option<String>,
    /// The `source_id` of every line, instead of the host's name.
    pub source_id: Option<String>,
    /// The time zone of times that have no offset. UTC unless set.
    pub timezone: TimeZone,
    /// The present: when lines were observed, and when they happened if they do not say.
    pub now_ns: i64,
    /// From what the year of an RFC 3164 time is told: its latest that leaves the time before this plus a day. The present
    /// for lines that are written now; for older ones any moment of the year after they were written.
    pub reference_ns: i64,
    /// Whether the whole line is kept in `raw_event`.
    pub keep_raw: bool,
}

impl LineOptions {
    /// Sets the present and leaves the rest to the lines.
    pub fn new(now_ns: i64) -> Self {
        Self {
            source_type: None,
            source_id: None,
            timezone: TimeZone::UTC,
            now_ns,
            reference_ns: now_ns,
            keep_raw: false,
        }
    }

    fn clock(&self) -> Clock<'_> {
        Clock {
            zone: &self.timezone,
            reference_ns: self.reference_ns,
        }
    }
}

impl Default for LineOptions {
    /// Takes the present from the clock.
    fn default() -> Self {
        Self::new(now_ns())
    }
}

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
    let mut event = Event {
        // Absent without a time in the header: the batch fills it in, and a batch key can do without the clock.
        timestamp_ns: header.time_ns,
        observed_ns: Some(options.now_ns),
        message: Cow::Borrowed(header.message),
        attributes: header.attributes,
        ..Event::default()
    };
    if let Some(severity) = header.severity.or_else(|| Severity::of_prefix(header.message)) {
        event.severity_id = severity.id;
        event.otel_severity = severity.otel;
    }
    event.source_type = match (&options.source_type, header.source) {
        (Some(given), _) => Cow::Borrowed(given),
        (None, Some(program)) => source_type_of(program),
        (None, None) => Cow::Borrowed("log"),
    };
    for host in [header.host, header.client].into_iter().flatten() {
        let is_address = host.parse::<IpAddr>().is_ok();
        extract::push(
            if is_address {
                &mut event.related_ips
            } else {
                &mut event.related_hosts
            },
            host,
        );
    }
    if let Some(host) = header.host {
        event.source_id = Cow::Borrowed(host);
    }
    if let Some(given) = &options.source_id {
        event.source_id = Cow::Borrowed(given);
    }
    match (header.source, header.pid) {
        (Some(program), Some(pid)) => event
            .related_processes
            .push(Cow::Owned(format!("{program}:{pid}"))),
        (Some(one), None) | (None, Some(one)) => event.related_processes.push(Cow::Borrowed(one)),
        (None, None) => {}
    }
    if let Some(user) = header.user {
        extract::push(&mut event.related_users, user);
    }
    extract::addresses(header.message, &mut event.related_ips);
    extract::users(header.message, &mut event.related_users);
    if options.keep_raw {
        event.raw_event = Cow::Borrowed(text);
    }
    event
}

/// Names the kind of source after its program: `sshd` for `/usr/sbin/sshd` and `sshd(pam_unix)`.
fn source_type_of(program: &str) -> Cow<'_, str> {
    let base = program
        .rsplit('/')
        .next()
        .filter(|base| !base.is_empty())
        .unwrap_or(program);
    let base = base
        .split('(')
        .next()
        .filter(|base| !base.is_empty())
        .unwrap_or(base);
    if base.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(base.to_ascii_lowercase())
    } else {
        Cow::Borrowed(base)
    }
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
    attributes: Vec<(Cow<'a, str>, Value<'a>)>,
    message: &'a str,
}

impl<'a> Header<'a> {
    fn plain(text: &'a str) -> Self {
        Self {
            message: text,
            ..Self::default()
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
