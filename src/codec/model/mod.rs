//! Converts decoded records to events, for all formats.
//!
//! Each format only decodes its input. It passes records here as keys and values, and the header of a line as
//! [`Facts`]. This module determines the time, the severity, the message, the host, the program, the trace
//! and the entities. The same record therefore gives the same event in every format.
//!
//! | part | file |
//! |---|---|
//! | the key names that programs use | `names.rs`, `index.rs` |
//! | the words and numbers of levels | `severity.rs`, `levels.rs` |
//! | values for the fields of an event | `own.rs` |
//! | keys to facts | `keys.rs`, `slots.rs`, `values.rs` |
//! | users, addresses, hosts, processes, files, domains | `entities.rs`, `related.rs`; `addresses.rs` and `users.rs` for those in a message |
//! | a message that is itself JSON or a log line | `message.rs` |
//! | a document that is a list of records | `bundle.rs` |
//!
//! If a key is the name of a field and its value fits, it sets that field. All other keys become attributes
//! with their own name and type. Of these, the keys in the table of names also set fields that are still at
//! their default. If a field holds the value of a single-word key, that key is removed from the attributes.
//! Keys with dots and members of objects are kept, because other tools expect them under those names.

mod addresses;
mod bundle;
mod entities;
mod index;
mod keys;
mod levels;
mod message;
mod names;
mod options;
mod own;
mod related;
mod severity;
mod slots;
mod users;
mod values;

use crate::codec::scan::{split_at_byte, split_at_last_byte};
use crate::error::Result;
use crate::record::{Event, Field, Value};
use std::borrow::Cow;

#[cfg(test)]
pub(crate) use addresses::addresses;
pub(crate) use bundle::{Bundle, list_of_records};
pub(crate) use entities::Entities;
#[cfg(test)]
pub(crate) use index::LOOKUPS;
pub(crate) use index::prepare;
pub(crate) use keys::{of_map, of_pairs, take};
pub(crate) use levels::{FACILITIES, Severity};
pub(crate) use message::{Line, ReadLine, is_object};
#[cfg(test)]
pub(crate) use names::{Entity, NAMES, Role};
pub use options::LineOptions;
pub(crate) use options::PLAIN;
pub(crate) use own::{put, reset};
pub(crate) use severity::Scale;
#[cfg(test)]
pub(crate) use users::users;
pub(crate) use values::{is_id, json_text, message_of};

/// The attribute that holds the text of an event's time if it could not be parsed.
pub const TIME_UNPARSED: &str = "seerflow.time.unparsed";

/// Keys and their values, in input order.
pub(crate) type Keys<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

/// The set of fields that a record sets under their own names.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Given(u64);

impl Given {
    pub(crate) fn has(self, field: Field) -> bool {
        self.0 & 1 << (field as u32) != 0
    }

    pub(crate) fn set(&mut self, field: Field) {
        self.0 |= 1 << (field as u32);
    }

    pub(crate) fn clear(&mut self, field: Field) {
        self.0 &= !(1 << (field as u32));
    }
}

/// The information found in a record, apart from fields under their own names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts<'a> {
    /// Nanoseconds since 1970.
    pub(crate) time: Option<i64>,
    /// The text of a time that was present but could not be parsed.
    pub(crate) unparsed: Option<Cow<'a, str>>,
    pub(crate) severity: Option<Severity>,
    pub(crate) message: Option<Cow<'a, str>>,
    pub(crate) host: Option<Cow<'a, str>>,
    /// The program that logged the record.
    pub(crate) program: Option<Cow<'a, str>>,
    pub(crate) pid: Option<Cow<'a, str>>,
    /// The kind of source, if the record specifies it apart from the program's name.
    pub(crate) source_type: Option<Cow<'a, str>>,
    pub(crate) trace_id: Option<Cow<'a, str>>,
    pub(crate) span_id: Option<Cow<'a, str>>,
    /// Text fields that the record sets under other names.
    pub(crate) copied: Vec<(Field, Cow<'a, str>)>,
    pub(crate) entities: Entities<'a>,
}

impl<'a> Facts<'a> {
    /// Takes the facts of another part of the record. Facts that are already set are kept.
    pub(crate) fn append(&mut self, other: &mut Self) {
        fn or<T>(mine: &mut Option<T>, other: &mut Option<T>) {
            if mine.is_none() {
                *mine = other.take();
            }
        }
        or(&mut self.time, &mut other.time);
        or(&mut self.unparsed, &mut other.unparsed);
        or(&mut self.severity, &mut other.severity);
        or(&mut self.message, &mut other.message);
        or(&mut self.host, &mut other.host);
        if self.program.is_none() && self.pid.is_none() {
            (self.program, self.pid) = (other.program.take(), other.pid.take());
        }
        or(&mut self.source_type, &mut other.source_type);
        or(&mut self.trace_id, &mut other.trace_id);
        or(&mut self.span_id, &mut other.span_id);
        append(&mut self.copied, &mut other.copied);
        self.entities.append(&mut other.entities);
    }

    /// Converts borrowed text to owned text.
    pub(crate) fn into_owned(self) -> Facts<'static> {
        Facts {
            time: self.time,
            unparsed: self.unparsed.map(owned),
            severity: self.severity,
            message: self.message.map(owned),
            host: self.host.map(owned),
            program: self.program.map(owned),
            pid: self.pid.map(owned),
            source_type: self.source_type.map(owned),
            trace_id: self.trace_id.map(owned),
            span_id: self.span_id.map(owned),
            copied: self
                .copied
                .into_iter()
                .map(|(field, text)| (field, owned(text)))
                .collect(),
            entities: self.entities.into_owned(),
        }
    }

    /// Fills the fields that the record does not set under their own names.
    ///
    /// `options.source_type` takes precedence over the program's name.
    fn fill(&mut self, event: &mut Event<'a>, given: Given, options: &'a LineOptions) {
        if !given.has(Field::TimestampNs) && event.timestamp_ns.is_none() {
            event.timestamp_ns = self.time;
            if let (None, Some(text)) = (self.time, self.unparsed.take()) {
                event.attributes.push((TIME_UNPARSED.into(), Value::Str(text)));
            }
        }
        let has_message = given.has(Field::Message) || self.message.is_some();
        if let Some(message) = self.message.take() {
            event.message = message;
        }
        set_severity(event, given, self.severity);
        if !given.has(Field::TraceId) && event.trace_id.is_none() {
            event.trace_id = self.trace_id.take();
        }
        if !given.has(Field::SpanId) && event.span_id.is_none() {
            event.span_id = self.span_id.take();
        }
        for (field, text) in self.copied.drain(..) {
            if let (false, crate::record::FieldMut::Str(slot)) = (given.has(field), event.get_mut(field)) {
                *slot = text;
            }
        }
        if event.source_type.is_empty() {
            if let Some(given) = &options.source_type {
                event.source_type = Cow::Borrowed(given);
            } else if let Some(named) = self.source_type.take() {
                event.source_type = named;
            } else if let Some(program) = &self.program {
                event.source_type = kind_of(program);
            }
        }
        let own = (self.program.take(), self.pid.take());
        self.entities.fill(event, own, given, has_message);
        if let Some(host) = self.host.take() {
            add_host(event, given, host);
        }
    }
}

/// A record whose fields under their own names have been read, with the rest of it.
#[derive(Debug, Default)]
pub(crate) struct Rest<'a> {
    pub(crate) given: Given,
    /// The other keys of the record, which become attributes.
    pub(crate) keys: Keys<'a>,
    /// Facts from outside the keys, used if the keys lack them.
    pub(crate) base: Facts<'a>,
    /// The time the record was observed or sent, used if the record has no time of its own.
    pub(crate) seen: Option<i64>,
    /// The function that reads a message that is itself a line; `None` if messages are not read.
    pub(crate) parse: Option<ReadLine>,
}

/// Completes an event from the rest of its record.
#[inline(never)]
pub(crate) fn complete<'a>(event: &mut Event<'a>, rest: &mut Rest<'a>, options: &'a LineOptions) {
    let mut facts = Facts::default();
    keys::take(&mut rest.keys, rest.given, options, &mut facts);
    facts.append(&mut rest.base);
    if rest.given.has(Field::SourceId) && !names_entities(event) {
        facts.host = Some(event.source_id.clone()).filter(|host| !host.is_empty());
    }
    if let Some(read) = rest.parse {
        message::open(
            event,
            &mut rest.given,
            &mut facts,
            &mut rest.keys,
            (read, options),
        );
    }
    facts.time = facts.time.or(rest.seen);
    facts.fill(event, rest.given, options);
    append(&mut event.attributes, &mut rest.keys);
}

/// Completes an event as [`complete`] does. A record without a message gets its JSON text as message.
pub(crate) fn complete_record<'a>(
    event: &mut Event<'a>,
    rest: &mut Rest<'a>,
    options: &'a LineOptions,
    json: impl FnOnce() -> Result<Cow<'a, str>>,
) -> Result<()> {
    let has_message = rest.given.has(Field::Message);
    complete(event, rest, options);
    if event.message.is_empty() && !has_message {
        event.message = match &event.body {
            Some(Value::Str(body)) => body.clone(),
            _ => json()?,
        };
    }
    Ok(())
}

/// Completes an event of which nothing but fields is known, unless it is exported.
///
/// If it names no entity, its source becomes a host, and the others are searched for in its message.
pub(crate) fn complete_fields(event: &mut Event<'_>, given: Given, options: &LineOptions) {
    if options.verbatim {
        return;
    }
    set_severity(event, given, None);
    if names_entities(event) {
        return;
    }
    Entities::default().fill(event, (None, None), Given::default(), true);
    if !event.source_id.is_empty() {
        add_host(event, Given::default(), event.source_id.clone());
    }
}

/// Completes an event given as a struct, whose fields are all set.
pub(crate) fn complete_input(event: &mut Event<'_>) {
    let mut given = Given::default();
    given.set(Field::SeverityId);
    given.set(Field::OtelSeverity);
    complete_fields(event, given, &LineOptions::new(0));
}

/// Returns whether an event names entities itself.
fn names_entities(event: &Event<'_>) -> bool {
    let lists = [
        &event.entity_refs,
        &event.related_ips,
        &event.related_users,
        &event.related_hosts,
        &event.related_files,
        &event.related_domains,
        &event.related_processes,
        &event.related_hashes,
    ];
    lists.into_iter().any(|list| !list.is_empty())
}

/// Completes an event from the facts in a line's header and the line's attributes.
///
/// `read` reads the line that a JSON object in the message may have as its own message.
pub(crate) fn complete_line<'a>(
    event: &mut Event<'a>,
    line: &mut Line<'a>,
    read: ReadLine,
    options: &'a LineOptions,
) {
    let mut given = Given::default();
    let Line {
        facts, attributes, ..
    } = line;
    if options.parse && message::open_object(event, &mut given, facts, attributes, options) {
        message::open(event, &mut given, facts, attributes, (read, options));
    }
    facts.fill(event, given, options);
    append(&mut event.attributes, attributes);
}

/// Moves the items of a list to the end of another one, without copying them if that one is empty.
fn append<T>(list: &mut Vec<T>, more: &mut Vec<T>) {
    if list.is_empty() {
        std::mem::swap(list, more);
    } else {
        list.append(more);
    }
}

fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

/// Sets both severity fields: from the record's own fields, the facts, or the message's prefix.
fn set_severity(event: &mut Event<'_>, given: Given, found: Option<Severity>) {
    match (given.has(Field::SeverityId), given.has(Field::OtelSeverity)) {
        (false, false) => {
            if let Some(severity) = found.or_else(|| Severity::of_prefix(&event.message)) {
                (event.severity_id, event.otel_severity) = (severity.id, severity.otel);
            }
        }
        (true, false) => event.otel_severity = Severity::of_id(event.severity_id).otel,
        (false, true) => event.severity_id = Severity::of_otel(event.otel_severity).id,
        (true, true) => {}
    }
}

/// Sets the host as the event's source and adds it to the entities.
pub(crate) fn add_host<'a>(event: &mut Event<'a>, given: Given, host: Cow<'a, str>) {
    let (field, list, name) = match entities::ip_of(host.clone()) {
        Ok(ip) => (Field::RelatedIps, &mut event.related_ips, ip),
        Err(name) => (Field::RelatedHosts, &mut event.related_hosts, name),
    };
    if !given.has(field) {
        list.retain(|known| *known != name);
        list.insert(0, name);
    }
    if event.source_id.is_empty() {
        event.source_id = host;
    }
}

/// Returns the source type for a program: `sshd` for `/usr/sbin/sshd` and `sshd(pam_unix)`.
pub(crate) fn kind_of<'a>(program: &Cow<'a, str>) -> Cow<'a, str> {
    fn base(program: &str) -> &str {
        // In a device's mnemonic, a slash separates other parts.
        if program.starts_with('%') {
            return program;
        }
        let named = |part: &&str| !part.is_empty();
        let last = split_at_last_byte(program, b'/').map(|(_, last)| last);
        let base = last.filter(named).unwrap_or(program);
        let first = split_at_byte(base, b'(').map(|(first, _)| first);
        first.filter(named).unwrap_or(base)
    }
    let base = match program {
        Cow::Borrowed(program) => Cow::Borrowed(base(program)),
        Cow::Owned(program) => Cow::Owned(base(program).to_owned()),
    };
    if base.bytes().any(|byte| byte.is_ascii_uppercase()) {
        base.to_ascii_lowercase().into()
    } else {
        base
    }
}
