//! OTLP as JSON: a sequence of requests, such as the lines of the Collector's file exporter.
//!
//! Protobuf's JSON mapping requires a parser to accept several forms. Member names are in camel case or as in
//! the protobuf file. 64-bit integers are numbers or strings. Severities are numbers or names.

use std::borrow::Cow;

use super::any::{self, camel, signed};
use super::map::Record;
use super::source::{SCHEMA_URL, Scope};
use super::walk::{Attributes, Form, Items, Level};
use crate::codec::json::{self, Parser};
use crate::codec::model::{Scale, Severity, json_text};
use crate::codec::{AWAITED, bounded};
use crate::error::{Error, Result};
use crate::record::Value;

/// The JSON encoding of OTLP.
pub(super) struct Json;

impl<'a> Form<'a> for Json {
    type Items = Elements<'a>;

    fn items(message: &'a [u8], level: Level) -> Elements<'a> {
        let name = match level {
            Level::Resource => "resourceLogs",
            Level::Scope => "scopeLogs",
            Level::Record => "logRecords",
        };
        let member = members(message, [name]).map(|[member]| member);
        Elements::of(member, message)
    }

    fn resource(message: &'a [u8], longest: usize) -> Result<Attributes<'a>> {
        let mut attributes = Vec::new();
        let [resource, schema_url] = parts(message, "resource", longest)?;
        each_member(resource, |name, parser| {
            match name {
                "attributes" => attributes = any::attributes(parser)?,
                _ => drop(parser.raw()?),
            }
            Ok(())
        })?;
        let mut url = Cow::Borrowed("");
        text_in(schema_url, &mut url)?;
        if !url.is_empty() {
            attributes.push((SCHEMA_URL.into(), Value::Str(url)));
        }
        Ok(attributes)
    }

    fn scope(message: &'a [u8], longest: usize) -> Result<Scope<'a>> {
        let mut scope = Scope::default();
        let [part, schema_url] = parts(message, "scope", longest)?;
        text_in(schema_url, &mut scope.schema_url)?;
        each_member(part, |name, parser| {
            match name {
                "name" => name_of(parser, &mut scope.name)?,
                "version" => name_of(parser, &mut scope.version)?,
                "attributes" => scope.attributes = any::attributes(parser)?,
                _ => drop(parser.raw()?),
            }
            Ok(())
        })?;
        Ok(scope)
    }

    fn record(message: &'a [u8]) -> Result<Record<'a>> {
        let mut record = Record::default();
        each_member(Some(message), |name, parser| {
            member_of_record(&mut record, name, parser).map_err(|error| error.within(name))
        })?;
        Ok(record)
    }
}

fn member_of_record<'a>(record: &mut Record<'a>, name: &str, parser: &mut Parser<'a>) -> Result<()> {
    match name {
        "timeUnixNano" => {
            let value = parser.value()?;
            match number(&value) {
                Some(nanos) => record.time = nanos,
                None => record.unparsed = Some(text_of(value)),
            }
        }
        "observedTimeUnixNano" => record.observed = number(&parser.value()?).unwrap_or_default(),
        "severityNumber" => {
            let value = parser.value()?;
            match severity(&value) {
                Some(number) => record.severity = number,
                None => record.severity_text = text_of(value),
            }
        }
        "severityText" => name_of(parser, &mut record.severity_text)?,
        "body" => record.body = Some(any::value(parser)?),
        "attributes" => record.attributes.append(&mut any::attributes(parser)?),
        "droppedAttributesCount" => record.dropped = number(&parser.value()?).unwrap_or_default(),
        "flags" => record.flags = number(&parser.value()?).unwrap_or_default(),
        "traceId" => record.trace_id = id(parser.value()?, "trace_id", &mut record.attributes),
        "spanId" => record.span_id = id(parser.value()?, "span_id", &mut record.attributes),
        "eventName" => name_of(parser, &mut record.event_name)?,
        _ => drop(parser.raw()?),
    }
    Ok(())
}

/// Decodes a name; a value that is not a string is skipped.
fn name_of<'a>(parser: &mut Parser<'a>, name: &mut Cow<'a, str>) -> Result<()> {
    if let Value::Str(text) = parser.value()? {
        *name = text;
    }
    Ok(())
}

fn text_of(value: Value<'_>) -> Cow<'_, str> {
    match value {
        Value::Str(text) => text,
        other => json_text(&other).into(),
    }
}

/// Splits an input into requests.
///
/// An incomplete last request stays with the caller, unless the input is complete or the request exceeds 64
/// MiB.
#[derive(Debug)]
pub struct JsonRequests<'a> {
    input: &'a [u8],
    at: usize,
    complete: bool,
}

/// One request and its end offset.
#[derive(Clone, Copy, Debug)]
pub struct JsonRequest<'a> {
    /// The JSON text of the request. If it is not an object: the line, or the rest of the input.
    pub text: &'a [u8],
    /// The offset in the input just after the request and the white space that follows it.
    pub end: usize,
    problem: Option<&'static str>,
}

impl JsonRequest<'_> {
    /// Returns the reason that the text is not a valid request, if it is not.
    pub(super) fn error(&self) -> Option<Error> {
        self.problem.map(Error::invalid)
    }
}

impl<'a> JsonRequests<'a> {
    /// Creates an iterator at the first byte of `input`.
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
        // Read only the bytes of this request, not the rest: the input may have as many requests as bytes.
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
    /// The bytes reported with an error if the member is not an array.
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

/// Returns members' texts without decoding the other members.
fn members<'a, const N: usize>(message: &'a [u8], names: [&str; N]) -> Result<[Option<&'a [u8]>; N]> {
    let mut parser = Parser::new(message);
    parser.open()?;
    let (mut first, mut found) = (true, [None; N]);
    while let Some(key) = parser.next_key(&mut first)? {
        let (text, key) = (parser.raw()?, camel(key));
        if let Some(place) = names.iter().position(|name| *name == key) {
            found[place] = Some(text);
        }
    }
    Ok(found)
}

/// Returns a member that all records share, and its schema URL; an error if both exceed `longest` bytes.
fn parts<'a>(message: &'a [u8], name: &str, longest: usize) -> Result<[Option<&'a [u8]>; 2]> {
    let parts = members(message, [name, "schemaUrl"])?;
    let length = parts.into_iter().flatten().map(<[u8]>::len).sum();
    bounded("message", length, longest)?;
    Ok(parts)
}

/// Decodes the text of a member; a value that is not a string is skipped.
fn text_in<'a>(member: Option<&'a [u8]>, text: &mut Cow<'a, str>) -> Result<()> {
    member.map_or(Ok(()), |member| name_of(&mut Parser::new(member), text))
}

/// Calls `read` for each member of an object, except null members.
///
/// An absent object has no members.
fn each_member<'a>(
    object: Option<&'a [u8]>,
    mut read: impl FnMut(&str, &mut Parser<'a>) -> Result<()>,
) -> Result<()> {
    let Some(object) = object.filter(|text| *text != b"null") else {
        return Ok(());
    };
    let mut parser = Parser::new(object);
    parser.open()?;
    let mut first = true;
    while let Some(key) = parser.next_key(&mut first)? {
        if parser.look() == Some(b'n') {
            parser.value()?;
        } else {
            read(&camel(key), &mut parser)?;
        }
    }
    parser.end()
}

/// Converts to an unsigned integer: an integer, a float without a fraction, or the text of either.
fn number(value: &Value<'_>) -> Option<u64> {
    match value {
        Value::UInt(number) => Some(*number),
        // A number of 20 digits exceeds a signed one.
        Value::Str(text) if text.len() == 20 => text.parse().ok(),
        value => u64::try_from(signed(value)?).ok(),
    }
}

/// Converts a severity's number or protobuf name, such as `SEVERITY_NUMBER_WARN2`.
fn severity(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Str(name) if name == "SEVERITY_NUMBER_UNSPECIFIED" => Some(0),
        Value::Str(name) if name.starts_with("SEVERITY_NUMBER_") => {
            Severity::of_text(name, Scale::Otel).map(|severity| severity.otel)
        }
        value => signed(value),
    }
}

/// Decodes an id. Unlike other bytes in OTLP's JSON, ids are hex.
///
/// An id that is not a string becomes an attribute.
fn id<'a>(value: Value<'a>, name: &'static str, attributes: &mut Attributes<'a>) -> Option<Cow<'a, str>> {
    match value {
        Value::Str(text) if text.is_empty() => None,
        Value::Str(text) => Some(text),
        Value::Nil => None,
        other => {
            attributes.push((name.into(), other));
            None
        }
    }
}
