//! OTLP as protobuf: ExportLogsServiceRequest or LogsData, which have the same encoding.

use std::borrow::Cow;

use super::map::Record;
use super::source::{SCHEMA_URL, Scope};
use super::too_deep;
use super::walk::{Attributes, Form, Items, Level};
use super::wire::{Fields, Wire};
use crate::codec::text::lossy;
use crate::codec::{MAX_DEPTH, bounded};
use crate::error::Result;
use crate::record::Value;

/// The protobuf encoding of OTLP.
pub(super) struct Proto;

impl<'a> Form<'a> for Proto {
    type Items = Messages<'a>;

    fn items(message: &'a [u8], level: Level) -> Messages<'a> {
        Messages {
            fields: Fields::new(message),
            tag: if level == Level::Resource { 1 } else { 2 },
        }
    }

    fn resource(message: &'a [u8], longest: usize) -> Result<Attributes<'a>> {
        let (resource, schema_url) = parts(message);
        bounded("message", resource.len() + schema_url.len(), longest)?;
        let mut attributes = Vec::new();
        for field in Fields::new(resource) {
            if let (1, wire) = field? {
                attributes.push(key_value(wire.bytes()?)?);
            }
        }
        if !schema_url.is_empty() {
            attributes.push((SCHEMA_URL.into(), Value::Str(lossy(schema_url))));
        }
        Ok(attributes)
    }

    fn scope(message: &'a [u8], longest: usize) -> Result<Scope<'a>> {
        let (message, schema_url) = parts(message);
        bounded("message", message.len() + schema_url.len(), longest)?;
        let mut scope = Scope {
            schema_url: lossy(schema_url),
            ..Scope::default()
        };
        for field in Fields::new(message) {
            match field? {
                (1, wire) => scope.name = lossy(wire.bytes()?),
                (2, wire) => scope.version = lossy(wire.bytes()?),
                (3, wire) => scope.attributes.push(key_value(wire.bytes()?)?),
                _ => {}
            }
        }
        Ok(scope)
    }

    fn record(message: &'a [u8]) -> Result<Record<'a>> {
        let mut record = Record::default();
        for field in Fields::new(message) {
            let (tag, wire) = field?;
            match tag {
                1 => record.time = wire.number()?,
                11 => record.observed = wire.number()?,
                // Protobuf encodes an enumeration as a sign-extended 32-bit integer.
                2 => record.severity = i64::from(wire.number()? as i32),
                3 => record.severity_text = lossy(wire.bytes()?),
                5 => record.body = Some(any_value(wire.bytes()?).map_err(|e| e.within("body"))?),
                6 => {
                    let pair = key_value(wire.bytes()?).map_err(|e| e.within("attributes"))?;
                    record.attributes.push(pair);
                }
                7 => record.dropped = wire.number()?,
                8 => record.flags = wire.number()?,
                9 => record.trace_id = hex(wire.bytes()?).map(Cow::Owned),
                10 => record.span_id = hex(wire.bytes()?).map(Cow::Owned),
                12 => record.event_name = lossy(wire.bytes()?),
                _ => {}
            }
        }
        Ok(record)
    }
}

/// The messages of one repeated field.
pub(super) struct Messages<'a> {
    fields: Fields<'a>,
    tag: u32,
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<&'a [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        self.fields.find_map(|field| match field {
            Ok((tag, Wire::Bytes(message))) if tag == self.tag => Some(Ok(message)),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        })
    }
}

impl<'a> Items<'a> for Messages<'a> {
    fn rest(&self) -> &'a [u8] {
        self.fields.rest()
    }
}

/// Returns fields 1 and 3 of a message, its resource or scope and its schema URL; empty if absent.
///
/// Errors in the message itself are ignored here, because the walk reports them.
fn parts(message: &[u8]) -> (&[u8], &[u8]) {
    let mut parts = (&message[..0], &message[..0]);
    for field in Fields::new(message).map_while(Result::ok) {
        match field {
            (1, Wire::Bytes(bytes)) => parts.0 = bytes,
            (3, Wire::Bytes(bytes)) => parts.1 = bytes,
            _ => {}
        }
    }
    parts
}

fn key_value(message: &[u8]) -> Result<(Cow<'_, str>, Value<'_>)> {
    let (mut key, mut value) = (Cow::Borrowed(""), Value::Nil);
    for field in Fields::new(message) {
        match field? {
            (1, wire) => key = lossy(wire.bytes()?),
            (2, wire) => value = any_value(wire.bytes()?)?,
            _ => {}
        }
    }
    Ok((key, value))
}

/// A message within an AnyValue whose fields have not all been read.
enum Open<'a> {
    /// An AnyValue, with the value of its last field so far: the last field wins.
    Any(Fields<'a>, Value<'a>),
    /// A list.
    List(Fields<'a>, Vec<Value<'a>>),
    /// A map, and its pair that is currently being read.
    Map(
        Fields<'a>,
        Vec<(Value<'a>, Value<'a>)>,
        Option<(Fields<'a>, Cow<'a, str>, Value<'a>)>,
    ),
}

/// Decodes an AnyValue without recursion, and therefore with bounded stack use.
fn any_value(message: &[u8]) -> Result<Value<'_>> {
    let mut around = Vec::new();
    let mut open = Open::Any(Fields::new(message), Value::Nil);
    loop {
        if let Some(inner) = open.next_message()? {
            // Each level of AnyValue takes two messages: the value, and the list or map around it.
            if matches!(inner, Open::Any(..)) && around.len().div_ceil(2) > MAX_DEPTH {
                return Err(too_deep());
            }
            around.push(std::mem::replace(&mut open, inner));
            continue;
        }
        let value = match open {
            Open::Any(_, value) => value,
            Open::List(_, items) => Value::Array(items),
            Open::Map(_, pairs, _) => Value::Map(pairs),
        };
        match around.pop() {
            Some(outer) => open = outer,
            None => return Ok(value),
        }
        open.put(value);
    }
}

impl<'a> Open<'a> {
    /// Reads up to the next message nested in this one; `None` at the end.
    fn next_message(&mut self) -> Result<Option<Open<'a>>> {
        match self {
            Open::Any(fields, value) => {
                for field in fields {
                    let (tag, wire) = field?;
                    *value = match tag {
                        1 => text(wire.bytes()?),
                        2 => Value::Bool(wire.number()? != 0),
                        3 => Value::Int(wire.number()? as i64),
                        4 => Value::Float(f64::from_bits(wire.number()?)),
                        5 => return Ok(Some(Open::List(Fields::new(wire.bytes()?), Vec::new()))),
                        6 => return Ok(Some(Open::Map(Fields::new(wire.bytes()?), Vec::new(), None))),
                        7 => Value::Bin(wire.bytes()?.into()),
                        _ => continue,
                    };
                }
                Ok(None)
            }
            Open::List(fields, _) => {
                let item = next_part(fields)?;
                Ok(item.map(|item| Open::Any(Fields::new(item), Value::Nil)))
            }
            Open::Map(fields, pairs, pair) => loop {
                if let Some((parts, key, _)) = pair {
                    for part in parts {
                        match part? {
                            (1, wire) => *key = lossy(wire.bytes()?),
                            (2, wire) => {
                                return Ok(Some(Open::Any(Fields::new(wire.bytes()?), Value::Nil)));
                            }
                            _ => {}
                        }
                    }
                    pairs.extend(pair.take().map(|(_, key, value)| (Value::Str(key), value)));
                }
                match next_part(fields)? {
                    Some(next) => *pair = Some((Fields::new(next), Cow::Borrowed(""), Value::Nil)),
                    None => return Ok(None),
                }
            },
        }
    }

    /// Adds the value of the nested message that was just read.
    fn put(&mut self, new: Value<'a>) {
        match self {
            Open::Any(_, value) | Open::Map(_, _, Some((_, _, value))) => *value = new,
            Open::List(_, items) => items.push(new),
            Open::Map(_, _, None) => {}
        }
    }
}

/// Returns the next item of a list or a map.
fn next_part<'a>(fields: &mut Fields<'a>) -> Result<Option<&'a [u8]>> {
    for field in fields {
        if let (1, wire) = field? {
            return wire.bytes().map(Some);
        }
    }
    Ok(None)
}

/// Converts to text if the bytes are UTF-8; otherwise returns them as bytes.
fn text(bytes: &[u8]) -> Value<'_> {
    std::str::from_utf8(bytes).map_or(Value::Bin(bytes.into()), Value::from)
}

/// Formats an id as hex; `None` if all its bytes are zero, which means absent.
pub(crate) fn hex(id: &[u8]) -> Option<String> {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    id.iter().any(|&byte| byte != 0).then(|| {
        id.iter()
            .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
            .collect()
    })
}
