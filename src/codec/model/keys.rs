//! Interprets a record's keys.

use std::borrow::Cow;

use super::LineOptions;
use super::entities::first;
use super::names::{Role, find};
use super::values::{
    id_of, is_bytes, is_date, is_time_of_day, joined, json_text, message_of, pid_of, severity_of, small,
    text_if,
};
use super::{Facts, Given, Keys, Scale, Severity};
use crate::codec::time;
use crate::record::{Field, Value};

/// The most levels of nested objects that are searched for known names.
const DEEPEST: usize = 4;

/// The names of syslog facilities 0 to 23, as in syslog.conf.
pub(crate) const FACILITIES: [&str; 24] = [
    "kern",
    "user",
    "mail",
    "daemon",
    "auth",
    "syslog",
    "lpr",
    "news",
    "uucp",
    "cron",
    "authpriv",
    "ftp",
    "ntp",
    "security",
    "console",
    "solaris-cron",
    "local0",
    "local1",
    "local2",
    "local3",
    "local4",
    "local5",
    "local6",
    "local7",
];

/// Interprets keys, and removes single-word keys whose values now are in the facts.
pub(crate) fn take<'a>(keys: &mut Keys<'a>, given: Given, options: &LineOptions) -> Facts<'a> {
    let mut search = Search::new(given, options, true);
    for (place, (key, value)) in keys.iter().enumerate() {
        search.key(Some(place), key, value);
    }
    let Search {
        mut facts,
        used,
        message,
        facility,
        ..
    } = search.finish();
    let mut places = used;
    // Move the text instead of copying it: most bytes of most records are in the message.
    if let Some(place) = message {
        facts.message = message_of(std::mem::replace(&mut keys[place].1, Value::Nil), keys);
        places.extend(message);
    }
    if !places.is_empty() {
        places.sort_unstable();
        let mut place = 0..;
        keys.retain(|_| places.binary_search(&place.next().unwrap_or(0)).is_err());
    }
    if let Some(name) = facility {
        keys.push(("syslog.facility".into(), name.into()));
    }
    facts
}

/// Interprets keys without removing any.
pub(crate) fn of_pairs<'a>(
    pairs: &[(Cow<'a, str>, Value<'a>)],
    given: Given,
    options: &LineOptions,
) -> Facts<'a> {
    let mut search = Search::new(given, options, false);
    for (key, value) in pairs {
        search.key(None, key, value);
    }
    search.finish().facts
}

/// Interprets the members of an object.
pub(crate) fn of_map<'a>(pairs: &[(Value<'a>, Value<'a>)], given: Given, options: &LineOptions) -> Facts<'a> {
    let mut search = Search::new(given, options, false);
    for (key, value) in pairs {
        if let Value::Str(key) = key {
            search.key(None, key, value);
        }
    }
    search.finish().facts
}

/// The preferred value so far for one meaning.
#[derive(Debug)]
struct Best<T> {
    /// The position of its name in the table of names; a lower position is preferred.
    rank: u16,
    value: Option<T>,
    /// The position of its key, if the key is to be removed.
    place: Option<usize>,
}

impl<T> Default for Best<T> {
    fn default() -> Self {
        Self {
            rank: u16::MAX,
            value: None,
            place: None,
        }
    }
}

impl<T> Best<T> {
    fn offer(&mut self, rank: u16, place: Option<usize>, value: impl FnOnce() -> Option<T>) {
        if rank < self.rank
            && let Some(value) = value()
        {
            *self = Self {
                rank,
                value: Some(value),
                place,
            };
        }
    }
}

/// A search for known names in a record's keys.
struct Search<'o, 'a> {
    given: Given,
    options: &'o LineOptions,
    takes: bool,
    facts: Facts<'a>,
    /// The positions of keys to remove.
    used: Vec<usize>,
    message: Option<usize>,
    facility: Option<&'static str>,
    best: Box<Bests<'a>>,
    /// The dotted name of the current member, from the top of the record.
    path: String,
}

#[derive(Default)]
struct Bests<'a> {
    time: Best<i64>,
    unparsed: Best<Cow<'a, str>>,
    date: Best<Cow<'a, str>>,
    time_of_day: Best<Cow<'a, str>>,
    zone: Best<Cow<'a, str>>,
    severity: Best<Severity>,
    /// A small level number, whose meaning depends on the sender that other keys indicate.
    small: Best<i64>,
    sender: Option<Scale>,
    message: Best<Option<Cow<'a, str>>>,
    host: Best<Cow<'a, str>>,
    program: Best<Cow<'a, str>>,
    name: Best<Cow<'a, str>>,
    pid: Best<Cow<'a, str>>,
    source_type: Best<Cow<'a, str>>,
    trace: Best<Cow<'a, str>>,
    span: Best<Cow<'a, str>>,
    facility: Best<&'static str>,
    copied: [Best<Cow<'a, str>>; 5],
}

const COPIED: [Field; 5] = [
    Field::EventKind,
    Field::EventCategory,
    Field::EventType,
    Field::EventOutcome,
    Field::EventAction,
];

impl<'o, 'a> Search<'o, 'a> {
    fn new(given: Given, options: &'o LineOptions, takes: bool) -> Self {
        Self {
            given,
            options,
            takes,
            facts: Facts::default(),
            used: Vec::new(),
            message: None,
            facility: None,
            best: Box::default(),
            path: String::new(),
        }
    }

    /// Interprets a top-level key.
    fn key(&mut self, place: Option<usize>, key: &str, value: &Value<'a>) {
        let Some(known) = find(key) else { return };
        let place = place.filter(|_| self.takes && !key.contains('.'));
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
                self.role(*role, *rank, None, value);
            }
            if let (true, Value::Map(pairs), 1..) = (known.is_prefix, value, levels) {
                self.members(pairs, levels - 1);
            }
        }
        self.path.truncate(length);
    }

    fn role(&mut self, role: Role, rank: u16, place: Option<usize>, value: &Value<'a>) {
        let best = &mut *self.best;
        let text = || first(value).filter(|text| text != "-");
        match role {
            Role::Time => self.time(rank, place, value),
            Role::Date => best.date.offer(rank, place, || text_if(value, is_date)),
            Role::TimeOfDay => best
                .time_of_day
                .offer(rank, place, || text_if(value, is_time_of_day)),
            Role::Zone => best.zone.offer(rank, place, text),
            Role::Severity(scale) => {
                best.severity.offer(rank, place, || severity_of(value, scale));
                if matches!(scale, Scale::Level | Scale::Google) {
                    best.small.offer(rank, place, || small(value));
                }
            }
            Role::Message => best.message.offer(rank, place, || match value {
                Value::Str(text) if text.is_empty() => None,
                // The caller moves the text out of its position at the end.
                Value::Str(_) | Value::Bin(_) if place.is_some() => Some(None),
                Value::Str(text) => Some(Some(text.clone())),
                Value::Array(items) if is_bytes(items) && place.is_some() => Some(None),
                _ => None,
            }),
            Role::Host => best.host.offer(rank, place, text),
            Role::Program => best.program.offer(rank, place, text),
            Role::NameBesidePid => best.name.offer(rank, place, text),
            Role::Pid => best.pid.offer(rank, place, || pid_of(value)),
            Role::SourceType => best.source_type.offer(rank, place, || match value {
                Value::Str(text) if !text.is_empty() => Some(text.clone()),
                _ => None,
            }),
            Role::Trace => best.trace.offer(rank, place, || id_of(value, 32)),
            Role::Span => best.span.offer(rank, place, || id_of(value, 16)),
            Role::Facility => best.facility.offer(rank, place, || {
                let number: usize = first(value)?.parse().ok()?;
                FACILITIES.get(number).copied()
            }),
            Role::Copied(field) => {
                let slot = COPIED.iter().position(|known| *known == field);
                if let Some(slot) = slot {
                    best.copied[slot].offer(rank, None, || match value {
                        Value::Array(items) => items.first().and_then(first),
                        one => first(one),
                    });
                }
            }
            Role::Entity(kind) => {
                let is_name = matches!(kind, super::names::Entity::User);
                self.facts.entities.add(kind, value);
                if let (true, Value::Str(text), false) = (is_name, value, self.given.has(Field::RelatedUsers))
                {
                    self.used.extend(place.filter(|_| !text.is_empty()));
                }
            }
            Role::Sender(scale) => {
                if !matches!(value, Value::Nil) {
                    best.sender.get_or_insert(scale);
                }
            }
        }
    }

    fn time(&mut self, rank: u16, place: Option<usize>, value: &Value<'a>) {
        if self.given.has(Field::TimestampNs) {
            return;
        }
        let clock = self.options.clock();
        self.best.time.offer(rank, place, || time::of_value(value, clock));
        if self.best.time.value.is_none() {
            self.best.unparsed.offer(rank, None, || match value {
                Value::Nil => None,
                Value::Str(text) => Some(text.clone()),
                other => Some(json_text(other).into()),
            });
        }
    }

    /// Stores the preferred values in the facts.
    fn finish(mut self) -> Self {
        let best = &mut *self.best;
        let given = self.given;
        let used = &mut self.used;
        // Keep the key of an unused value in the attributes: the record sets the field itself.
        macro_rules! take {
            ($best:expr, $is_given:expr) => {
                match std::mem::take(&mut $best) {
                    _ if $is_given => None,
                    Best { value, place, .. } => {
                        used.extend(place);
                        value
                    }
                }
            };
        }
        let facts = &mut self.facts;
        if let (Some(date), Some(time), false) = (
            &best.date.value,
            &best.time_of_day.value,
            given.has(Field::TimestampNs),
        ) {
            // A key with both is preferred. A date alone was read as midnight.
            let clock = self.options.clock();
            let is_open = best.time.value.is_none() || best.time.value == time::of_text(date, clock);
            let zone = best.zone.value.as_deref().unwrap_or_default();
            let joined = is_open
                .then(|| time::of_text(&joined(date, time, zone), clock))
                .flatten();
            if joined.is_some() {
                best.time.value = joined;
                used.extend([best.date.place, best.time_of_day.place].into_iter().flatten());
                if !zone.is_empty() {
                    used.extend(best.zone.place);
                }
            }
        }
        facts.time = take!(best.time, given.has(Field::TimestampNs));
        if facts.time.is_none() {
            facts.unparsed = best.unparsed.value.take();
        }
        let severity_is_given = given.has(Field::SeverityId) || given.has(Field::OtelSeverity);
        if let (None, Some(number), Some(scale)) = (best.severity.value, best.small.value, best.sender) {
            best.severity = Best {
                value: Severity::of_number(number, scale),
                place: best.small.place,
                rank: best.small.rank,
            };
        }
        facts.severity = take!(best.severity, severity_is_given);
        let message = std::mem::take(&mut best.message);
        if !given.has(Field::Message) {
            facts.message = message.value.flatten();
            self.message = message.place;
        }
        facts.host = take!(best.host, given.has(Field::SourceId));
        let processes_are_given = given.has(Field::RelatedProcesses);
        facts.program = take!(best.program, processes_are_given);
        facts.pid = take!(best.pid, processes_are_given);
        if facts.pid.is_some() && facts.program.is_none() {
            facts.program = take!(best.name, processes_are_given);
        }
        facts.source_type = take!(best.source_type, given.has(Field::SourceType));
        facts.trace_id = take!(best.trace, given.has(Field::TraceId));
        facts.span_id = take!(best.span, given.has(Field::SpanId));
        self.facility = take!(best.facility, false);
        for (slot, field) in best.copied.iter_mut().zip(COPIED) {
            facts.copied.extend(slot.value.take().map(|text| (field, text)));
        }
        self
    }
}
