//! Converts one Fluent record to one event.

use std::borrow::Cow;

use super::SOURCE_TYPE;
use super::opentelemetry::opentelemetry_event;
use super::parts::Parts;
use crate::codec::lines::{self, LineOptions};
use crate::codec::model::Rest;
use crate::codec::msgpack;
use crate::codec::otlp::{Shared, Source};
use crate::codec::share::{self, Allowance, tell_omitted};
use crate::error::Result;
use crate::record::{Event, Value};

/// The attributes that the records of a group or message share, and the limit on copying them.
pub(super) struct Context<'a> {
    /// The tag of the message.
    pub(super) tag: Option<&'a str>,
    pub(super) options: &'a LineOptions,
    pub(super) group: Option<Box<Shared<'a>>>,
    pub(super) allowance: Allowance,
}

impl<'a> Context<'a> {
    /// Returns the next record's tag and source, and the number of shared attributes to omit.
    fn for_next(&mut self) -> Common<'_, 'a> {
        let mut common = Common {
            source: self
                .group
                .as_ref()
                .map(|group| group.for_next(&mut self.allowance)),
            tag: self.tag,
            source_type: self.tag.unwrap_or_default(),
            omitted: 0,
        };
        if let Some(tag) = self.tag
            && !self.allowance.take(2 * tag.len())
        {
            common.tag = None;
            common.source_type = share::short(tag);
            common.omitted = 1;
        }
        common
    }
}

/// The shared attributes that one record receives.
struct Common<'c, 'a> {
    source: Option<&'c Source<'a>>,
    tag: Option<&'a str>,
    /// The `source_type` of a record that has none of its own: the tag, or empty.
    source_type: &'a str,
    omitted: usize,
}

/// Decodes a record into an empty event.
pub(super) fn read_record<'a>(
    event: &mut Event<'a>,
    record: &'a [u8],
    context: &mut Context<'a>,
) -> Result<()> {
    let options = context.options;
    let mut parts = Parts::read(record, options)?;
    let Common {
        source,
        tag,
        source_type,
        omitted,
    } = context.for_next();
    let is_otlp = |(key, _): &(Cow<'_, str>, _)| key == "otlp";
    let otlp = parts.metadata.iter().position(is_otlp);
    if otlp.is_some() || source.is_some() {
        let otlp = otlp.map_or(Value::Nil, |index| parts.metadata.remove(index).1);
        opentelemetry_event(event, &parts, otlp, source, source_type, options)?;
    } else {
        plain_event(event, &mut parts, source_type, options)?;
    }
    if let Some(tag) = tag {
        event.attributes.push(("fluent.tag".into(), tag.into()));
    }
    tell_omitted(event, omitted);
    if !parts.metadata.is_empty() {
        let pairs = parts
            .metadata
            .into_iter()
            .map(|(key, value)| (Value::Str(key), value));
        event
            .attributes
            .push(("fluent.metadata".into(), Value::Map(pairs.collect())));
    }
    Ok(())
}

/// Decodes a record in the same way as a foreign JSON object.
#[inline(never)]
fn plain_event<'a>(
    event: &mut Event<'a>,
    parts: &mut Parts<'a>,
    source_type: &'a str,
    options: &'a LineOptions,
) -> Result<()> {
    let mut rest = Rest {
        seen: parts.time,
        parse: lines::reader(options.parse),
        ..Rest::default()
    };
    rest.base.unparsed = parts.unparsed.take();
    msgpack::read_parts(event, &mut rest, parts.map)?;
    rest.keys.iter_mut().for_each(|(_, value)| text_of_bytes(value));
    msgpack::complete(event, &mut rest, parts.map, options)?;
    if event.source_type.is_empty() {
        event.source_type = if source_type.is_empty() {
            SOURCE_TYPE
        } else {
            source_type
        }
        .into();
    }
    Ok(())
}

/// Converts bytes to text if they are UTF-8: Ruby sends some strings as bytes.
fn text_of_bytes(value: &mut Value<'_>) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Bin(Cow::Borrowed(bytes)) => {
                if let Ok(text) = std::str::from_utf8(bytes) {
                    *value = Value::Str(Cow::Borrowed(text));
                }
            }
            Value::Array(items) => open.extend(items),
            Value::Map(pairs) => open.extend(pairs.iter_mut().flat_map(|(key, value)| [key, value])),
            _ => {}
        }
    }
}
