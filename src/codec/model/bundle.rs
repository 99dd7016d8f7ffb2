//! Documents that deliver many records: CloudWatch's subscriptions, Firehose, Google Cloud, Kubernetes, Loki.
//!
//! Such a document is decoded as one event, one attribute of which is the list of records.
//! [`Bundle`] makes an event of each record. The other attributes of the document become attributes of each of
//! them, as far as [`share`](crate::codec::share) permits.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{Given, Keys, LineOptions, Rest, complete_record, json_text, message};
use crate::codec::lines;
use crate::codec::share::{Allowance, tell_omitted};
use crate::codec::unpack::{Compression, unpack};
use crate::record::{Event, Value};

/// The lists of records beside which another key of the document identifies it.
const LISTS: [(&str, &str); 9] = [
    // CloudWatch's subscriptions, and its command line.
    ("logEvents", "logStream"),
    ("events", "searchedLogStreams"),
    ("events", "nextForwardToken"),
    // Firehose's requests to HTTP endpoints.
    ("records", "requestId"),
    ("entries", "logName"),
    ("entries", "nextPageToken"),
    // Kubernetes' audit webhook, Microsoft Graph, osquery.
    ("items", "kind"),
    ("value", "@odata.context"),
    ("data", "log_type"),
];

/// Returns the position of the attribute that is a list of records, if the event is such a document.
pub(crate) fn list_of_records(event: &Event<'_>) -> Option<usize> {
    let keys = &event.attributes;
    keys.iter().position(|(name, value)| {
        let Value::Array(items) = value else { return false };
        let has = |name: &str| keys.iter().any(|(key, _)| key == name);
        !items.is_empty()
            && items.iter().all(|item| matches!(item, Value::Map(_)))
            && (LISTS.iter().any(|(list, beside)| name == list && has(beside)) || is_only_member(event, name))
    })
}

/// Returns whether a document has no other member. Its message is its JSON text then.
fn is_only_member(event: &Event<'_>, name: &str) -> bool {
    let text = event.message.trim_ascii();
    let start = text.strip_prefix('{').map(str::trim_ascii_start);
    let rest = start.and_then(|text| text.strip_prefix('"')?.strip_prefix(name)?.strip_prefix('"'));
    let ends = text
        .strip_suffix('}')
        .is_some_and(|text| text.trim_ascii_end().ends_with(']'));
    event.attributes.len() == 1 && ends && rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(':'))
}

/// The records of one document.
pub(crate) struct Bundle<'a> {
    outer: List<'a>,
    /// The records of the current record of `outer`, if that is a document itself.
    inner: Option<Box<List<'a>>>,
    /// The bytes to which compressed records may still unpack.
    unpacked: Allowance,
}

impl<'a> Bundle<'a> {
    /// Takes the records at attribute `place` out of a document of `sent` bytes.
    #[inline(never)]
    pub(crate) fn new(event: Event<'a>, place: usize, sent: usize) -> Self {
        Self {
            outer: List::new(event, place, sent),
            inner: None,
            unpacked: Allowance::of(sent),
        }
    }

    /// Returns the event of the next record.
    #[inline(never)]
    pub(crate) fn next(&mut self, options: &'a LineOptions) -> Option<Event<'a>> {
        let mut event = Event::default();
        loop {
            let list = self.inner.as_deref_mut().unwrap_or(&mut self.outer);
            let seen = list.shared.timestamp_ns;
            let Some(record) = list.records.next() else {
                self.inner.take()?;
                continue;
            };
            let mut sent = 0;
            let record = match self.inner {
                None => unwrapped(record, &mut self.unpacked, &mut sent),
                Some(_) => record,
            };
            fill(&mut event, record, seen, options)?;
            if sent > 0
                && let Some(place) = list_of_records(&event)
            {
                let document = std::mem::take(&mut event);
                self.inner = Some(Box::new(List::new(document, place, sent)));
                continue;
            }
            for list in self.inner.as_deref_mut().into_iter().chain([&mut self.outer]) {
                list.share(&mut event);
            }
            return Some(event);
        }
    }
}

/// The records of one list, and the attributes that they share.
struct List<'a> {
    records: std::vec::IntoIter<Value<'a>>,
    /// The event of the document, without the records.
    shared: Event<'a>,
    /// The approximate number of bytes that are copied to each event.
    weight: usize,
    allowance: Allowance,
}

impl<'a> List<'a> {
    #[inline(never)]
    fn new(mut event: Event<'a>, place: usize, sent: usize) -> Self {
        let mut allowance = Allowance::of(sent);
        let records = match event.attributes.remove(place) {
            (name, Value::Array(streams)) if name == "streams" => streams
                .into_iter()
                .flat_map(|one| loki(one, &mut allowance))
                .collect(),
            (_, Value::Array(records)) => records,
            _ => Vec::new(),
        };
        let pair = |(key, value): &(Cow<'_, str>, Value<'_>)| key.len() + json_text(value).len() + 16;
        Self {
            weight: event.attributes.iter().map(pair).sum(),
            records: records.into_iter(),
            shared: event,
            allowance,
        }
    }

    /// Adds the attributes of the document to the event of a record.
    fn share(&mut self, event: &mut Event<'a>) {
        for (own, shared) in [
            (&mut event.source_type, &self.shared.source_type),
            (&mut event.source_id, &self.shared.source_id),
        ] {
            if own.is_empty() {
                own.clone_from(shared);
            }
        }
        if self.allowance.take(self.weight) {
            // If two attributes have the same name, the last one is stored: the one of the record.
            let own = std::mem::take(&mut event.attributes);
            event.attributes.clone_from(&self.shared.attributes);
            event.attributes.extend(own);
        } else {
            tell_omitted(event, self.shared.attributes.len());
        }
    }
}

/// Fills an empty event from a record. `seen` is the time of its document.
#[inline(never)]
fn fill<'a>(
    event: &mut Event<'a>,
    record: Value<'a>,
    seen: Option<i64>,
    options: &'a LineOptions,
) -> Option<()> {
    let text = json_text(&record);
    let Value::Map(members) = record else { return None };
    let mut given = Given::default();
    let members = members.into_iter().map(|(key, value)| match key {
        Value::Str(key) => (key, value),
        other => (json_text(&other).into(), value),
    });
    let mut rest = Rest {
        keys: message::put_members(members, event, &mut given),
        given,
        seen,
        parse: lines::reader(options.parse),
        ..Rest::default()
    };
    complete_record(event, &mut rest, options, || Ok(text.into())).ok()
}

/// Returns the records of one of Loki's streams: `{"stream":{labels},"values":[[time,line,{labels}],...]}`.
fn loki<'a>(stream: Value<'a>, allowance: &mut Allowance) -> Vec<Value<'a>> {
    let Value::Map(members) = stream else {
        return Vec::new();
    };
    let (mut labels, mut values) = (Vec::new(), Vec::new());
    for (key, value) in members {
        match (key, value) {
            (Value::Str(key), Value::Map(pairs)) if key == "stream" => labels = pairs,
            (Value::Str(key), Value::Array(items)) if key == "values" => values = items,
            _ => {}
        }
    }
    let weight = json_text(&Value::Map(labels.clone())).len();
    let record = |value| {
        let Value::Array(parts) = value else { return None };
        let mut parts = parts.into_iter();
        let mut members = vec![
            ("timestamp".into(), parts.next()?),
            ("message".into(), parts.next()?),
        ];
        if let Some(Value::Map(more)) = parts.next() {
            members.extend(more);
        }
        if allowance.take(weight) {
            members.extend(labels.iter().cloned());
        }
        Some(Value::Map(members))
    };
    values.into_iter().filter_map(record).collect()
}

/// Decodes the record inside `{"data":"base64"}`, which Firehose sends. It may be compressed.
///
/// Sets `length` to its length. A record that unpacks to more than `allowed` stays as it is.
#[inline(never)]
fn unwrapped<'a>(record: Value<'a>, allowed: &mut Allowance, length: &mut usize) -> Value<'a> {
    let mut inside = || {
        let Value::Map(members) = &record else { return None };
        let [(Value::Str(key), Value::Str(data))] = members.as_slice() else {
            return None;
        };
        let mut bytes = STANDARD.decode(data.as_bytes()).ok().filter(|_| key == "data")?;
        if bytes.starts_with(b"\x1f\x8b") {
            bytes = unpack(&bytes, Compression::Gzip, allowed.left() as u64).ok()?;
            allowed.take(bytes.len());
        }
        let text = String::from_utf8(bytes).ok()?;
        *length = text.len();
        let members = message::read_object(&Cow::Owned(text.clone()));
        let members = members.unwrap_or_else(|| Keys::from([("message".into(), Value::from(text))]));
        Some(Value::Map(
            members
                .into_iter()
                .map(|(key, value)| (Value::Str(key), value))
                .collect(),
        ))
    };
    inside().unwrap_or(record)
}
