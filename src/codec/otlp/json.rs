//! OTLP as JSON: requests one after the other, as the collector's file exporter writes them, one a line.
//!
//! Members may be named in camel case or as in the protobuf, 64-bit integers may be numbers or text, and severities
//! numbers or names, as protobuf's JSON mapping demands of whoever reads it.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::map::Record;
use super::source::Scope;
use super::walk::{Attributes, Form, Items, Level};
use crate::codec::json::{self, Parser};
use crate::codec::{AWAITED, MAX_DEPTH, bounded};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Value;

/// The deepest JSON that can spell what is allowed: a list of keys and values takes four levels.
const JSON_DEPTH: usize = 4 * (MAX_DEPTH + 2);

/// OTLP as JSON.
pub(super) struct Json;

impl<'a> Form<'a> for Json {
    type Items = Elements<'a>;

    fn items(message: &'a [u8], level: Level) -> Elements<'a> {
        let name = match level {
            Level::Resource => "resourceLogs",
            Level::Scope => "scopeLogs",
            Level::Record => "logRecords",
        };
        Elements::of(member(message, name), message)
    }

    fn resource(message: &'a [u8], longest: usize) -> Result<Attributes<'a>> {
        let resource = members(part(message, "resource", longest)?)?;
        attributes(take(resource, "attributes"))
    }

    fn scope(message: &'a [u8], longest: usize) -> Result<Scope<'a>> {
        let mut scope = Scope::default();
        for (key, value) in members(part(message, "scope", longest)?)? {
            match (key.as_ref(), value) {
                ("name", Value::Str(text)) => scope.name = text,
                ("version", Value::Str(text)) => scope.version = text,
                ("attributes", value) => scope.attributes = attributes(value)?,
                _ => {}
            }
        }
        Ok(scope)
    }

    fn record(message: &'a [u8]) -> Result<Record<'a>> {
        let mut record = Record::default();
        for (key, value) in members(Some(message))? {
            let within = |error: Error| error.within(&key);
            match key.as_ref() {
                "timeUnixNano" => record.time = number(&value).map_err(within)?,
                "observedTimeUnixNano" => record.observed = number(&value).map_err(within)?,
                "severityNumber" => record.severity = severity(&value).map_err(within)?,
                "severityText" => record.severity_text = text(value).map_err(within)?,
                "body" => record.body = Some(any_value(value, 0).map_err(within)?),
                "attributes" => record.attributes = attributes(value).map_err(within)?,
                "droppedAttributesCount" => record.dropped = number(&value).map_err(within)?,
                "flags" => record.flags = number(&value).map_err(within)?,
                "traceId" => record.trace_id = id(value).map_err(within)?,
                "spanId" => record.span_id = id(value).map_err(within)?,
                "eventName" => record.event_name = text(value).map_err(within)?,
                _ => {}
            }
        }
        Ok(record)
    }
}

/// Requests one after the other. An incomplete last one is left, unless the input is complete or 64 MiB of it are there.
#[derive(Debug)]
pub struct JsonRequests<'a> {
    input: &'a [u8],
    at: usize,
    complete: bool,
}

/// One request, and where it ends.
#[derive(Clone, Copy, Debug)]
pub struct JsonRequest<'a> {
    /// Its text; a line, or the rest, of what is no JSON object.
    pub text: &'a [u8],
    /// One past its last byte in the input, white space behind it included.
    pub end: usize,
    problem: Option<&'static str>,
}

impl JsonRequest<'_> {
    /// Tells why this is no request.
    pub(super) fn error(&self) -> Option<Error> {
        self.problem.map(Error::invalid)
    }
}

impl<'a> JsonRequests<'a> {
    /// Starts at the first byte.
    pub fn new(input: &'a [u8], complete: bool) -> Self {
        Self {
            input,
            at: skip_blank(input, 0),
            complete,
        }
    }
}

impl<'a> Iterator for JsonRequests<'a> {
    type Item = JsonRequest<'a>;

    fn next(&mut self) -> Option<JsonRequest<'a>> {
        let rest = &self.input[self.at..];
        // No more of the rest is looked at than the request has: there may be as many requests as bytes.
        let awaits = !self.complete && rest.len() <= AWAITED;
        let (text, problem) = if *rest.first()? == b'{' {
            match json::cut(rest) {
                Ok(request) => (request, None),
                Err(_) if awaits => return None,
                Err(_) => (rest, Some("the request has no end")),
            }
        } else {
            let line = memchr::memchr(b'\n', rest);
            if line.is_none() && awaits {
                return None;
            }
            let line = &rest[..line.unwrap_or(rest.len())];
            (line, Some("a request is a JSON object"))
        };
        self.at = skip_blank(self.input, self.at + text.len());
        Some(JsonRequest {
            text,
            end: self.at,
            problem,
        })
    }
}

fn skip_blank(input: &[u8], at: usize) -> usize {
    let blank = input[at..].iter().take_while(|byte| byte.is_ascii_whitespace());
    at + blank.count()
}

/// The elements of a JSON array, each as its text.
pub(super) struct Elements<'a> {
    state: std::result::Result<Parser<'a>, Option<Error>>,
    /// What stands where there is no array.
    message: &'a [u8],
    first: bool,
}

impl<'a> Elements<'a> {
    fn of(array: Result<Option<&'a [u8]>>, message: &'a [u8]) -> Self {
        let state = match array {
            Ok(Some(b"null")) | Ok(None) => Err(None),
            Ok(Some(array)) => {
                let mut parser = Parser::new(array);
                match parser.open_array() {
                    Ok(()) => Ok(parser),
                    Err(error) => Err(Some(error)),
                }
            }
            Err(error) => Err(Some(error)),
        };
        Self {
            state,
            message,
            first: true,
        }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<&'a [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        let parser = match &mut self.state {
            Ok(parser) => parser,
            Err(error) => return error.take().map(Err),
        };
        match parser.next_element(&mut self.first) {
            Ok(element) => element.map(Ok),
            Err(error) => {
                self.state = Err(None);
                Some(Err(error))
            }
        }
    }
}

impl<'a> Items<'a> for Elements<'a> {
    fn rest(&self) -> &'a [u8] {
        self.state.as_ref().map_or(self.message, Parser::rest)
    }
}

/// Finds a member's text without reading the others.
fn member<'a>(message: &'a [u8], name: &str) -> Result<Option<&'a [u8]>> {
    let mut parser = Parser::new(message);
    parser.open()?;
    let (mut first, mut found) = (true, None);
    while let Some(key) = parser.next_key(&mut first)? {
        let text = parser.raw()?;
        if camel(key) == name {
            found = Some(text);
        }
    }
    Ok(found)
}

/// Finds a member that all records share, if it is no longer than one of them may be.
fn part<'a>(message: &'a [u8], name: &str, longest: usize) -> Result<Option<&'a [u8]>> {
    let found = member(message, name)?;
    bounded("message", found.map_or(0, <[u8]>::len), longest)?;
    Ok(found)
}

/// Reads an object's members; none of what is not there.
fn members<'a>(object: Option<&'a [u8]>) -> Result<Attributes<'a>> {
    let Some(object) = object.filter(|text| *text != b"null") else {
        return Ok(Vec::new());
    };
    let mut parser = Parser::new(object);
    let members = parser.plain_object(JSON_DEPTH)?;
    parser.end()?;
    Ok(members
        .into_iter()
        .map(|(key, value)| (camel(key), value))
        .filter(|(_, value)| *value != Value::Nil)
        .collect())
}

/// Names a member as JSON does: `time_unix_nano` is `timeUnixNano`.
fn camel(key: Cow<'_, str>) -> Cow<'_, str> {
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

fn take<'a>(members: Attributes<'a>, name: &str) -> Value<'a> {
    let found = members.into_iter().find(|(key, _)| key == name);
    found.map_or(Value::Nil, |(_, value)| value)
}

fn attributes(value: Value<'_>) -> Result<Attributes<'_>> {
    pairs(value, 0)
}

/// Reads a list of keys and values.
fn pairs(value: Value<'_>, depth: usize) -> Result<Attributes<'_>> {
    let items = match value {
        Value::Nil => return Ok(Vec::new()),
        Value::Array(items) => items,
        _ => return Err(Error::invalid("expected a list of keys and values")),
    };
    let pair = |item| {
        let (mut name, mut content) = (Cow::Borrowed(""), Value::Nil);
        for (key, value) in object(item)? {
            match key.as_ref() {
                "key" => name = text(value)?,
                "value" => content = any_value(value, depth)?,
                _ => {}
            }
        }
        Ok((name, content))
    };
    items.into_iter().map(pair).collect()
}

fn any_value(value: Value<'_>, depth: usize) -> Result<Value<'_>> {
    if depth > MAX_DEPTH {
        return Err(Error::new(
            ErrorKind::Limit,
            format!("nested deeper than {MAX_DEPTH}"),
        ));
    }
    if value == Value::Nil {
        return Ok(Value::Nil);
    }
    let mut read = Value::Nil;
    for (key, value) in object(value)? {
        read = match camel(key).as_ref() {
            "stringValue" => Value::Str(text(value)?),
            "boolValue" => match value {
                Value::Bool(_) => value,
                _ => return Err(Error::invalid("boolValue: expected a boolean")),
            },
            "intValue" => Value::Int(signed(&value)?),
            "doubleValue" => Value::Float(float(&value)?),
            "bytesValue" => Value::Bin(bytes(&text(value)?)?.into()),
            "arrayValue" => match values(value)? {
                Value::Array(items) => {
                    let items = items.into_iter().map(|item| any_value(item, depth + 1));
                    Value::Array(items.collect::<Result<_>>()?)
                }
                _ => Value::Array(Vec::new()),
            },
            "kvlistValue" => {
                let pairs = pairs(values(value)?, depth + 1)?;
                Value::Map(
                    pairs
                        .into_iter()
                        .map(|(key, value)| (Value::Str(key), value))
                        .collect(),
                )
            }
            _ => continue,
        };
    }
    Ok(read)
}

/// Takes the `values` of an array or a list of keys and values.
fn values(value: Value<'_>) -> Result<Value<'_>> {
    let found = object(value)?.into_iter().find(|(key, _)| key == "values");
    Ok(found.map_or(Value::Nil, |(_, values)| values))
}

fn object(value: Value<'_>) -> Result<Vec<(Cow<'_, str>, Value<'_>)>> {
    let Value::Map(pairs) = value else {
        return Err(Error::invalid("expected an object"));
    };
    Ok(pairs
        .into_iter()
        .filter_map(|(key, value)| match key {
            Value::Str(key) => Some((key, value)),
            _ => None,
        })
        .collect())
}

fn text(value: Value<'_>) -> Result<Cow<'_, str>> {
    match value {
        Value::Str(text) => Ok(text),
        _ => Err(Error::invalid("expected text")),
    }
}

fn number(value: &Value<'_>) -> Result<u64> {
    let number = match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        Value::UInt(number) => Some(*number),
        Value::Str(digits) => digits.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| Error::invalid("expected a number from 0 to 2^64"))
}

fn signed(value: &Value<'_>) -> Result<i64> {
    let number = match value {
        Value::Int(number) => Some(*number),
        Value::Str(digits) => digits.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| Error::invalid("intValue: expected a signed 64-bit integer"))
}

fn float(value: &Value<'_>) -> Result<f64> {
    let number = match value {
        Value::Float(number) => Some(*number),
        Value::Int(number) => Some(*number as f64),
        Value::UInt(number) => Some(*number as f64),
        // "NaN" and "Infinity" among them.
        Value::Str(text) => text.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| Error::invalid("doubleValue: expected a number"))
}

/// Reads a severity's number or name: `SEVERITY_NUMBER_WARN2` is 14.
fn severity(value: &Value<'_>) -> Result<i64> {
    const NAMES: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    let named = |name: &str| {
        let name = name.strip_prefix("SEVERITY_NUMBER_")?;
        if name == "UNSPECIFIED" {
            return Some(0);
        }
        let (base, step) = match name.as_bytes().last()? {
            digit @ b'2'..=b'4' => (&name[..name.len() - 1], i64::from(digit - b'1')),
            _ => (name, 0),
        };
        let index = NAMES.iter().position(|known| *known == base)? as i64;
        Some(4 * index + 1 + step)
    };
    let number = match value {
        Value::Int(number) => Some(*number),
        Value::Str(name) => named(name),
        _ => None,
    };
    number.ok_or_else(|| Error::invalid("no such severity"))
}

/// Reads an id: hex, unlike other bytes. One of nothing but zeros is none.
fn id(value: Value<'_>) -> Result<Option<String>> {
    let text = text(value)?;
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Error::invalid("expected hex digits"));
    }
    let is_set = text.bytes().any(|digit| digit != b'0');
    Ok(is_set.then(|| text.to_ascii_lowercase()))
}

/// Reads base64 of either alphabet, padded or not.
fn bytes(text: &str) -> Result<Vec<u8>> {
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let alphabet = if text.contains(['-', '_']) {
        &alphabet::URL_SAFE
    } else {
        &alphabet::STANDARD
    };
    GeneralPurpose::new(alphabet, LENIENT)
        .decode(text)
        .map_err(|e| Error::invalid("bytesValue: not base64").with_source(e))
}
