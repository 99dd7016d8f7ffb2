//! Interprets a record's keys.

use std::borrow::Cow;

use super::LineOptions;
use super::entities::first;
use super::index::find;
use super::levels::FACILITIES;
use super::names::{Entity, Role};
use super::slots::{NOWHERE, Slot, Slots};
use super::values::{
    id_of, is_bytes, is_date, is_time_of_day, joined, json_text, message_of, pid_of, severity_of, small,
    text_if, word,
};
use super::{Facts, Given, Keys, Scale, Severity};
use crate::codec::time;
use crate::record::{Field, NANOS_PER_SECOND, Value};

/// The most levels of nested objects that are searched for known names.
const DEEPEST: usize = 4;

/// Interprets keys, and removes single-word keys whose values are then in `facts`, which is empty before.
pub(crate) fn take<'a>(keys: &mut Keys<'a>, given: Given, options: &LineOptions, facts: &mut Facts<'a>) {
    let mut search = Search::new(given, options, facts);
    for (place, (key, value)) in (0..).zip(keys.iter()) {
        search.key(place, key, value);
    }
    let found = search.finish();
    // Move the text instead of copying it: most bytes of most records are in the message.
    let message = keys.get_mut(found.slots.place(Slot::Message) as usize);
    let message = message.map(|(_, value)| std::mem::replace(value, Value::Nil));
    if !found.users.is_empty() || found.slots.removes_any() {
        let mut places = 0..;
        keys.retain(|_| {
            let place = places.next().unwrap_or(NOWHERE);
            !found.slots.removes(place) && found.users.binary_search(&place).is_err()
        });
    }
    if let Some(value) = message {
        facts.message = message_of(value, keys);
    }
    if let Some(name) = found
        .facility
        .and_then(|number| FACILITIES.get(usize::from(number)))
    {
        keys.push(("syslog.facility".into(), (*name).into()));
    }
}

/// Interprets keys without removing any. `facts` is empty before.
pub(crate) fn of_pairs<'a>(
    pairs: &[(Cow<'a, str>, Value<'a>)],
    given: Given,
    options: &LineOptions,
    facts: &mut Facts<'a>,
) {
    let mut search = Search::new(given, options, facts);
    for (key, value) in pairs {
        search.key(NOWHERE, key, value);
    }
    search.finish();
}

/// Interprets the members of an object. `facts` is empty before.
pub(crate) fn of_map<'a>(
    pairs: &[(Value<'a>, Value<'a>)],
    given: Given,
    options: &LineOptions,
    facts: &mut Facts<'a>,
) {
    let mut search = Search::new(given, options, facts);
    for (key, value) in pairs {
        if let Value::Str(key) = key {
            search.key(NOWHERE, key, value);
        }
    }
    search.finish();
}

/// A search for known names in a record's keys.
struct Search<'s, 'a> {
    given: Given,
    options: &'s LineOptions,
    facts: &'s mut Facts<'a>,
    found: Found,
    /// A small level number, whose meaning depends on the sender that other keys indicate.
    small: u8,
    sender: Option<Scale>,
    is_firewall: bool,
    name: Option<Cow<'a, str>>,
    /// The text of the time.
    written: Option<Cow<'a, str>>,
    /// The parts of a time that have keys of their own.
    date: Option<Cow<'a, str>>,
    time_of_day: Option<Cow<'a, str>>,
    zone: Option<Cow<'a, str>>,
    /// The dotted name of the current member, from the top of the record.
    path: String,
}

/// The results of a search that are not facts.
struct Found {
    slots: Slots,
    /// The places of users' names, which are to be removed, in ascending order.
    users: Vec<u32>,
    /// The number of a facility.
    facility: Option<u8>,
}

impl<'s, 'a> Search<'s, 'a> {
    fn new(given: Given, options: &'s LineOptions, facts: &'s mut Facts<'a>) -> Self {
        Self {
            given,
            options,
            facts,
            found: Found {
                slots: Slots::new(),
                users: Vec::new(),
                facility: None,
            },
            small: 0,
            sender: None,
            is_firewall: false,
            name: None,
            written: None,
            date: None,
            time_of_day: None,
            zone: None,
            path: String::new(),
        }
    }

    /// Interprets a top-level key.
    fn key(&mut self, place: u32, key: &str, value: &Value<'a>) {
        let Some(known) = find(key) else { return };
        let place = if known.is_word { place } else { NOWHERE };
        for (role, rank) in &known.roles {
            self.role(*role, *rank, place, value);
        }
        if known.is_prefix
            && let Value::Map(pairs) = value
        {
            self.path.clear();
            self.path.push_str(key);
            self.members(pairs, DEEPEST);
        }
    }

    /// Interprets the members of the object whose name is in `path`.
    fn members(&mut self, pairs: &[(Value<'a>, Value<'a>)], levels: usize) {
        let length = self.path.len();
        for (key, value) in pairs {
            let Value::Str(key) = key else { continue };
            self.path.truncate(length);
            self.path.push('.');
            self.path.push_str(key);
            let Some(known) = find(&self.path) else { continue };
            for (role, rank) in &known.roles {
                self.role(*role, *rank, NOWHERE, value);
            }
            if let (true, Value::Map(pairs), 1..) = (known.is_prefix, value, levels) {
                self.members(pairs, levels - 1);
            }
        }
        self.path.truncate(length);
    }

    fn role(&mut self, role: Role, rank: u16, place: u32, value: &Value<'a>) {
        // If the record sets a field itself, the keys that name the same fact stay in the attributes.
        let (slot, field, text) = match role {
            Role::Date => (Slot::Date, Field::TimestampNs, text_if(value, is_date)),
            Role::TimeOfDay => (
                Slot::TimeOfDay,
                Field::TimestampNs,
                text_if(value, is_time_of_day),
            ),
            Role::Zone => (Slot::Zone, Field::TimestampNs, word(value)),
            Role::Host => (Slot::Host, Field::SourceId, word(value)),
            Role::Program => (Slot::Program, Field::RelatedProcesses, word(value)),
            Role::NameBesidePid => (Slot::NameBesidePid, Field::RelatedProcesses, word(value)),
            Role::Pid => (Slot::Pid, Field::RelatedProcesses, pid_of(value)),
            Role::SourceType => {
                let text = text_if(value, |text| !text.is_empty());
                (Slot::SourceType, Field::SourceType, text)
            }
            Role::Trace => (Slot::Trace, Field::TraceId, id_of(value, 32)),
            Role::Span => (Slot::Span, Field::SpanId, id_of(value, 16)),
            Role::Time => return self.time(rank, place, value),
            Role::Severity(scale) => return self.severity(scale, rank, place, value),
            Role::Message => return self.message(rank, place, value),
            Role::Facility => return self.facility(rank, place, value),
            Role::Copied(field) => return self.copied(field, rank, value),
            Role::Entity(kind) => return self.entity(kind, place, value),
            Role::Sender(scale) => {
                if !matches!(value, Value::Nil) {
                    self.sender.get_or_insert(scale);
                }
                return;
            }
            Role::Firewall => return self.is_firewall = true,
        };
        self.text(slot, field, rank, place, text);
    }

    /// Sets a text, unless the record sets the field itself or a preferred key has set it.
    fn text(&mut self, slot: Slot, field: Field, rank: u16, place: u32, text: Option<Cow<'a, str>>) {
        if !self.found.slots.prefers(slot, rank) || text.is_none() || self.given.has(field) {
            return;
        }
        let fact = match slot {
            Slot::Host => &mut self.facts.host,
            Slot::Program => &mut self.facts.program,
            Slot::Pid => &mut self.facts.pid,
            Slot::SourceType => &mut self.facts.source_type,
            Slot::Trace => &mut self.facts.trace_id,
            Slot::Span => &mut self.facts.span_id,
            Slot::Date => &mut self.date,
            Slot::TimeOfDay => &mut self.time_of_day,
            Slot::Zone => &mut self.zone,
            _ => &mut self.name,
        };
        *fact = text;
        self.found.slots.put(slot, rank, place);
    }

    fn time(&mut self, rank: u16, place: u32, value: &Value<'a>) {
        if self.given.has(Field::TimestampNs) {
            return;
        }
        if self.found.slots.prefers(Slot::Time, rank)
            && let Some(time) =
                time::of_value(value, self.options.clock()).filter(|time| !is_duration(value, *time))
        {
            self.facts.time = Some(time);
            self.written = match value {
                Value::Str(text) => Some(text.clone()),
                _ => None,
            };
            self.found.slots.put(Slot::Time, rank, place);
        }
        if self.facts.time.is_none() && self.found.slots.prefers(Slot::Unparsed, rank) {
            self.facts.unparsed = match value {
                Value::Nil => return,
                Value::Str(text) => Some(text.clone()),
                other => Some(json_text(other).into()),
            };
            self.found.slots.put(Slot::Unparsed, rank, NOWHERE);
        }
    }

    fn severity(&mut self, scale: Scale, rank: u16, place: u32, value: &Value<'a>) {
        if self.given.has(Field::SeverityId) || self.given.has(Field::OtelSeverity) {
            return;
        }
        if self.found.slots.prefers(Slot::Severity, rank)
            && let Some(severity) = severity_of(value, scale)
        {
            self.facts.severity = Some(severity);
            self.found.slots.put(Slot::Severity, rank, place);
        }
        if self.found.slots.prefers(Slot::SmallLevel, rank)
            && matches!(scale, Scale::Level | Scale::Google)
            && let Some(number) = small(value)
        {
            self.small = number as u8;
            self.found.slots.put(Slot::SmallLevel, rank, place);
        }
    }

    fn message(&mut self, rank: u16, place: u32, value: &Value<'a>) {
        if !self.found.slots.prefers(Slot::Message, rank) || self.given.has(Field::Message) {
            return;
        }
        self.facts.message = match value {
            Value::Str(text) if text.is_empty() => return,
            // The caller moves the text out of its place at the end.
            Value::Str(_) | Value::Bin(_) if place != NOWHERE => None,
            Value::Str(text) => Some(text.clone()),
            Value::Array(items) if is_bytes(items) && place != NOWHERE => None,
            _ => return,
        };
        self.found.slots.put(Slot::Message, rank, place);
    }

    fn copied(&mut self, field: Field, rank: u16, value: &Value<'a>) {
        let Some(known) = self.found.slots.copied(field) else {
            return;
        };
        let text = match value {
            Value::Array(items) => items.first().and_then(first),
            one => first(one),
        };
        if let Some(text) = text.filter(|_| rank < *known) {
            *known = rank;
            self.facts.copied.retain(|(other, _)| *other != field);
            self.facts.copied.push((field, text));
        }
    }

    fn facility(&mut self, rank: u16, place: u32, value: &Value<'a>) {
        let number = first(value).and_then(|text| text.parse().ok());
        let number = number.filter(|number| usize::from(*number) < FACILITIES.len());
        if self.found.slots.prefers(Slot::Facility, rank) && number.is_some() {
            self.found.facility = number;
            self.found.slots.put(Slot::Facility, rank, place);
        }
    }

    fn entity(&mut self, kind: Entity, place: u32, value: &Value<'a>) {
        self.facts.entities.add(kind, value);
        if let (Entity::User, Value::Str(text)) = (kind, value)
            && !text.is_empty()
            && place != NOWHERE
            && !self.given.has(Field::RelatedUsers)
        {
            self.found.users.push(place);
        }
    }

    /// Decides the facts that depend on several keys.
    fn finish(self) -> Found {
        let clock = self.options.clock();
        let Self { facts, mut found, .. } = self;
        let zone = self.zone.as_deref();
        let text = match (&self.date, &self.time_of_day) {
            // A key with both is preferred. A date alone was read as midnight.
            (Some(date), Some(time)) if facts.time.is_none() || facts.time == time::of_text(date, clock) => {
                facts.time = None;
                Some(joined(date, time, zone))
            }
            _ => {
                found.slots.keep([Slot::Date, Slot::TimeOfDay]);
                let written = self
                    .written
                    .filter(|text| text.ends_with(|last: char| last.is_ascii_digit()));
                zone.and_then(|zone| Some(joined("", &written?, Some(zone))))
            }
        };
        match text.as_ref().and_then(|text| time::of_text(text, clock)) {
            Some(time) => facts.time = Some(time),
            None => {
                found.slots.keep([Slot::Date, Slot::TimeOfDay, Slot::Zone]);
                if let (None, Some(text)) = (facts.time, text) {
                    facts.unparsed = Some(text.into());
                }
            }
        }
        if facts.time.is_some() {
            facts.unparsed = None;
        }
        let small = found.slots.place(Slot::SmallLevel);
        found.slots.keep([Slot::SmallLevel]);
        if let (None, Some(scale)) = (facts.severity, self.sender)
            && found.slots.is_set(Slot::SmallLevel)
            && let Some(severity) = Severity::of_number(i64::from(self.small), scale)
        {
            facts.severity = Some(severity);
            found.slots.set_place(Slot::Severity, small);
        }
        if self.is_firewall {
            (facts.program, facts.source_type) = (None, None);
            found.slots.keep([Slot::Program, Slot::SourceType]);
        }
        if facts.pid.is_some() && facts.program.is_none() {
            facts.program = self.name;
        } else {
            found.slots.keep([Slot::NameBesidePid]);
        }
        found
    }
}

/// Returns whether a number is too small for a time since 1970. Access logs have the seconds of a request as `time`.
fn is_duration(value: &Value<'_>, time: i64) -> bool {
    matches!(value, Value::Int(_) | Value::Float(_)) && time < 100_000_000 * NANOS_PER_SECOND
}
