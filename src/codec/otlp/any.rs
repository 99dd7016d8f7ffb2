//! OTLP's AnyValue in JSON, decoded without recursion and therefore with bounded stack use.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::too_deep;
use super::walk::Attributes;
use crate::codec::MAX_DEPTH;
use crate::codec::json::Parser;
use crate::error::{Error, Result};
use crate::record::Value;

/// Decodes a list of keys and values.
pub(super) fn attributes<'a>(parser: &mut Parser<'a>) -> Result<Attributes<'a>> {
    if parser.look() != Some(b'[') {
        return Err(no_pairs(parser));
    }
    parser.open_array()?;
    let (mut attributes, mut first) = (Vec::new(), true);
    while parser.next_item(&mut first)? {
        open_object(parser)?;
        let (mut name, mut content) = (Cow::Borrowed(""), Value::Nil);
        let mut first = true;
        while let Some(key) = parser.next_key(&mut first)? {
            match key.as_ref() {
                "key" => name = text(parser)?,
                "value" => content = value(parser)?,
                _ => drop(parser.raw()?),
            }
        }
        attributes.push((name, content));
    }
    Ok(attributes)
}

/// Decodes an AnyValue.
pub(super) fn value<'a>(parser: &mut Parser<'a>) -> Result<Value<'a>> {
    match begin(parser, Part::Any)? {
        Begun::Whole(value) => Ok(value),
        Begun::Open(open) => nested(parser, open),
    }
}

/// Decodes a string.
fn text<'a>(parser: &mut Parser<'a>) -> Result<Cow<'a, str>> {
    match parser.value()? {
        Value::Str(text) => Ok(text),
        _ => Err(Error::invalid("expected text")),
    }
}

/// A part of an AnyValue that is written as a JSON object or array.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// An AnyValue.
    Any,
    /// The object that holds the `values` array of a list.
    ListHolder,
    /// The object that holds the `values` array of a map.
    MapHolder,
    /// The `values` array of a list.
    List,
    /// The `values` array of a map: objects with a key and a value.
    Map,
}

/// A part whose end has not been read yet. `first` is true while nothing of it has been read.
#[derive(Debug)]
enum Open<'a> {
    /// An AnyValue, with the value of its last member so far: the last member wins.
    Any {
        first: bool,
        value: Value<'a>,
    },
    /// The object around a list or a map, with the list or map read so far.
    Holder {
        first: bool,
        inner: Part,
        value: Value<'a>,
    },
    List {
        first: bool,
        items: Vec<Value<'a>>,
    },
    Map {
        first: bool,
        pairs: Vec<(Value<'a>, Value<'a>)>,
        /// The pair that is currently being read.
        pair: Option<Pair<'a>>,
    },
}

#[derive(Debug)]
struct Pair<'a> {
    first: bool,
    key: Cow<'a, str>,
    value: Value<'a>,
}

/// A part after its first byte has been consumed: complete, or open.
enum Begun<'a> {
    Whole(Value<'a>),
    Open(Open<'a>),
}

/// Starts to decode a part.
fn begin<'a>(parser: &mut Parser<'a>, part: Part) -> Result<Begun<'a>> {
    let open = match part {
        // A null, or a value without an AnyValue object around it, is accepted as it is.
        Part::Any if parser.look() != Some(b'{') => return parser.value().map(Begun::Whole),
        Part::Any => {
            open_object(parser)?;
            Open::Any {
                first: true,
                value: Value::Nil,
            }
        }
        Part::ListHolder | Part::MapHolder => {
            open_object(parser)?;
            let (inner, value) = match part {
                Part::ListHolder => (Part::List, Value::Array(Vec::new())),
                _ => (Part::Map, Value::Map(Vec::new())),
            };
            Open::Holder {
                first: true,
                inner,
                value,
            }
        }
        Part::List if parser.look() != Some(b'[') => {
            parser.value()?;
            return Ok(Begun::Whole(Value::Array(Vec::new())));
        }
        Part::List => {
            parser.open_array()?;
            Open::List {
                first: true,
                items: Vec::new(),
            }
        }
        Part::Map if parser.look() == Some(b'n') => {
            parser.value()?;
            return Ok(Begun::Whole(Value::Map(Vec::new())));
        }
        Part::Map if parser.look() != Some(b'[') => return Err(no_pairs(parser)),
        Part::Map => {
            parser.open_array()?;
            Open::Map {
                first: true,
                pairs: Vec::new(),
                pair: None,
            }
        }
    };
    Ok(Begun::Open(open))
}

/// Decodes the rest of a part.
#[inline(never)]
fn nested<'a>(parser: &mut Parser<'a>, mut open: Open<'a>) -> Result<Value<'a>> {
    let mut around = Vec::new();
    loop {
        let value = match open.next_part(parser)? {
            Some(part) => {
                // Each level of AnyValue takes three parts: the value, its holder, and the list or map.
                if matches!(part, Part::Any) && (around.len() + 1) / 3 > MAX_DEPTH {
                    return Err(too_deep());
                }
                match begin(parser, part)? {
                    Begun::Whole(value) => value,
                    Begun::Open(inner) => {
                        around.push(std::mem::replace(&mut open, inner));
                        continue;
                    }
                }
            }
            None => {
                let value = open.close();
                match around.pop() {
                    Some(outer) => open = outer,
                    None => return Ok(value),
                }
                value
            }
        };
        open.put(value);
    }
}

impl<'a> Open<'a> {
    /// Reads up to the next part nested in this one; `None` at the end.
    fn next_part(&mut self, parser: &mut Parser<'a>) -> Result<Option<Part>> {
        match self {
            Open::Any { first, value } => {
                while let Some(key) = parser.next_key(first)? {
                    match camel(key).as_ref() {
                        "stringValue" => *value = parser.value()?,
                        "boolValue" => *value = boolean(parser.value()?),
                        "intValue" => *value = integer(parser.value()?),
                        "doubleValue" => *value = float(parser.value()?),
                        "bytesValue" => *value = bytes(parser.value()?),
                        "arrayValue" => return Ok(Some(Part::ListHolder)),
                        "kvlistValue" => return Ok(Some(Part::MapHolder)),
                        _ => drop(parser.raw()?),
                    }
                }
                Ok(None)
            }
            Open::Holder { first, inner, .. } => {
                while let Some(key) = parser.next_key(first)? {
                    if key == "values" {
                        return Ok(Some(*inner));
                    }
                    parser.raw()?;
                }
                Ok(None)
            }
            Open::List { first, .. } => Ok(parser.next_item(first)?.then_some(Part::Any)),
            Open::Map { first, pairs, pair } => loop {
                if let Some(read) = pair {
                    while let Some(key) = parser.next_key(&mut read.first)? {
                        match key.as_ref() {
                            "key" => read.key = text(parser)?,
                            "value" => return Ok(Some(Part::Any)),
                            _ => drop(parser.raw()?),
                        }
                    }
                    pairs.extend(pair.take().map(|pair| (Value::Str(pair.key), pair.value)));
                }
                if !parser.next_item(first)? {
                    return Ok(None);
                }
                open_object(parser)?;
                *pair = Some(Pair {
                    first: true,
                    key: Cow::Borrowed(""),
                    value: Value::Nil,
                });
            },
        }
    }

    /// Adds the value of the nested part that was just read.
    fn put(&mut self, new: Value<'a>) {
        match self {
            Open::Any { value, .. }
            | Open::Holder { value, .. }
            | Open::Map {
                pair: Some(Pair { value, .. }),
                ..
            } => *value = new,
            Open::List { items, .. } => items.push(new),
            Open::Map { pair: None, .. } => {}
        }
    }

    fn close(&mut self) -> Value<'a> {
        match self {
            Open::Any { value, .. } | Open::Holder { value, .. } => std::mem::replace(value, Value::Nil),
            Open::List { items, .. } => Value::Array(std::mem::take(items)),
            Open::Map { pairs, .. } => Value::Map(std::mem::take(pairs)),
        }
    }
}

fn open_object(parser: &mut Parser<'_>) -> Result<()> {
    if parser.look() == Some(b'{') {
        return parser.open();
    }
    parser.value()?;
    Err(Error::invalid("expected an object"))
}

fn no_pairs(parser: &mut Parser<'_>) -> Error {
    match parser.value() {
        Ok(_) => Error::invalid("expected a list of keys and values"),
        Err(error) => error,
    }
}

// The conversions below return a value unchanged if it does not have the type of its member.

fn boolean(value: Value<'_>) -> Value<'_> {
    match &value {
        Value::Str(word) if word == "true" => Value::Bool(true),
        Value::Str(word) if word == "false" => Value::Bool(false),
        _ => value,
    }
}

fn integer(value: Value<'_>) -> Value<'_> {
    signed(&value).map_or(value, Value::Int)
}

/// Converts to a float. Strings such as "NaN" and "Infinity" are accepted.
fn float(value: Value<'_>) -> Value<'_> {
    let number = match &value {
        Value::Int(number) => Some(*number as f64),
        Value::UInt(number) => Some(*number as f64),
        Value::Str(text) => text.parse().ok(),
        _ => None,
    };
    number.map_or(value, Value::Float)
}

/// Decodes base64 of either alphabet, with or without padding.
fn bytes(value: Value<'_>) -> Value<'_> {
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let Value::Str(text) = &value else { return value };
    let alphabet = if text.contains(['-', '_']) {
        &alphabet::URL_SAFE
    } else {
        &alphabet::STANDARD
    };
    match GeneralPurpose::new(alphabet, LENIENT).decode(text.as_bytes()) {
        Ok(bytes) => Value::Bin(bytes.into()),
        Err(_) => value,
    }
}

/// Converts to a signed integer: an integer, a float without a fraction, or the text of either.
pub(super) fn signed(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::Float(number) if number.fract() == 0.0 && number.abs() < i64::MAX as f64 => {
            Some(*number as i64)
        }
        Value::Str(text) => match text.parse() {
            Ok(number) => Some(number),
            Err(_) => signed(&Value::Float(text.parse().ok()?)),
        },
        _ => None,
    }
}

/// Converts a member's name to camel case: `time_unix_nano` becomes `timeUnixNano`.
pub(super) fn camel(key: Cow<'_, str>) -> Cow<'_, str> {
    if !key.contains('_') {
        return key;
    }
    let mut parts = key.split('_');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    Cow::Owned(name)
}
