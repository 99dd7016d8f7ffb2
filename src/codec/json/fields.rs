//! One line of NDJSON to one event.

use std::borrow::Cow;

use jiff::Timestamp;
use uuid::Uuid;

use super::alias;
use super::parse::Parser;
use super::value::{Members, kind_of, last_wins};
use crate::codec::text::{excerpt, keep_raw};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Event, Field, FieldMut, Value};

/// Reads an event from one JSON object.
///
/// Keys that are field names fill the fields; null stands for the default; the last of a repeated key wins.
/// Other keys become attributes, unless they are the usual names of a time, message, level, host, user or
/// process and the field of that is not given: then they fill it. Such a foreign object without a message
/// gets its line as message. Times are nanoseconds (a number or its digits as text) or RFC 3339. Text that is
/// not Unicode gets U+FFFD, and the line's exact bytes are kept; see [`raw_bytes`](crate::codec::raw_bytes)
/// with the field `line`.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) when the line is not one JSON object, with the offset of the byte
/// where it ceases to be one, or when a field's value has another type than the field, naming both;
/// [`Limit`](crate::ErrorKind::Limit) when a value is nested deeper than
/// [`MAX_DEPTH`](crate::codec::MAX_DEPTH).
pub fn decode_event(line: &[u8]) -> Result<Event<'_>> {
    let mut parser = Parser::new(line);
    let mut decoder = Decoder {
        event: Event::default(),
        given: 0,
        unknown: Vec::new(),
        ours: false,
    };
    parser.open()?;
    let mut first = true;
    while let Some(key) = parser.next_key(&mut first)? {
        match Field::from_name(&key) {
            Some(field) => decoder.field(field, &mut parser)?,
            None => {
                let value = parser.value().map_err(|e| within_limit(e, &key))?;
                decoder.unknown(key, value);
            }
        }
    }
    parser.end()?;
    let inexact = parser.inexact;
    let line_text = parser
        .line()
        .map_or_else(|| String::from_utf8_lossy(line), Cow::Borrowed);
    let mut event = decoder.finish(line_text);
    if inexact {
        keep_raw(&mut event.attributes, "line", line);
    }
    Ok(event)
}

struct Decoder<'a> {
    event: Event<'a>,
    /// One bit for each field that was given a value.
    given: u64,
    unknown: Members<'a>,
    /// The object says that it is a Seerflow event, so its unknown keys have no usual meaning.
    ours: bool,
}

impl<'a> Decoder<'a> {
    fn unknown(&mut self, key: Cow<'a, str>, value: Value<'a>) {
        if key == "type" && value == Value::from("SeerflowEvent") {
            self.ours = true;
        } else {
            self.unknown.push((key, value));
        }
    }

    fn field(&mut self, field: Field, parser: &mut Parser<'a>) -> Result<()> {
        let bit = 1 << (field as u32);
        if self.given & bit != 0 {
            reset(&mut self.event, field);
        }
        self.given &= !bit;
        if parser.look() == Some(b'n') {
            return parser.value().map(drop);
        }
        self.given |= bit;
        match self.event.get_mut(field) {
            FieldMut::Str(slot) => *slot = text(field, parser)?,
            FieldMut::OptStr(slot) => *slot = Some(text(field, parser)?),
            FieldMut::Id(slot) => *slot = Some(uuid(field, &text(field, parser)?)?),
            FieldMut::Time(slot) => *slot = Some(time(field, value(field, parser)?)?),
            FieldMut::Int(slot) => *slot = int(field, value(field, parser)?)?,
            FieldMut::Float(slot) => *slot = float(field, value(field, parser)?)?,
            FieldMut::Body(slot) => *slot = Some(value(field, parser)?),
            FieldMut::List(slot) => {
                let items = match value(field, parser)? {
                    Value::Array(items) => items,
                    other => return Err(mismatch(field, "a list of texts", &other)),
                };
                *slot = items
                    .into_iter()
                    .map(|item| text_of(field, item))
                    .collect::<Result<_>>()?;
            }
            FieldMut::StrMap(slot) => {
                let members = members(field, parser)?.into_iter();
                *slot = members
                    .map(|(key, value)| Ok((key, text_of(field, value)?)))
                    .collect::<Result<_>>()?;
            }
            FieldMut::Attributes(slot) => *slot = members(field, parser)?,
        }
        Ok(())
    }

    fn finish(self, line: Cow<'a, str>) -> Event<'a> {
        let Self {
            mut event,
            given,
            unknown,
            ours,
        } = self;
        let mut unknown = last_wins(unknown);
        // What `encode_event` writes has no unknown key: none of this touches it.
        if !unknown.is_empty() && !ours {
            let absent = |field: Field| given & 1 << (field as u32) == 0;
            alias::fill(&mut event, absent, &mut unknown);
            if absent(Field::Message) && event.message.is_empty() {
                event.message = trimmed(line);
            }
        }
        event.attributes.append(&mut unknown);
        event
    }
}

fn trimmed(line: Cow<'_, str>) -> Cow<'_, str> {
    match line {
        Cow::Borrowed(line) => Cow::Borrowed(line.trim_ascii()),
        Cow::Owned(line) => Cow::Owned(line.trim_ascii().to_owned()),
    }
}

/// Puts a field back to its default: a later null takes an earlier value away.
fn reset(event: &mut Event<'_>, field: Field) {
    match event.get_mut(field) {
        FieldMut::Id(slot) => *slot = None,
        FieldMut::Time(slot) => *slot = None,
        FieldMut::Int(slot) => *slot = field.default_int(),
        FieldMut::Float(slot) => *slot = field.default_float(),
        FieldMut::Str(slot) => *slot = Cow::Borrowed(field.default_str()),
        FieldMut::OptStr(slot) => *slot = None,
        FieldMut::List(slot) => slot.clear(),
        FieldMut::StrMap(slot) => slot.clear(),
        FieldMut::Attributes(slot) => slot.clear(),
        FieldMut::Body(slot) => *slot = None,
    }
}

fn value<'a>(field: Field, parser: &mut Parser<'a>) -> Result<Value<'a>> {
    parser.value().map_err(|e| within_limit(e, field.name()))
}

/// Reads text without a detour over [`Value`]: most bytes of most events are such fields.
fn text<'a>(field: Field, parser: &mut Parser<'a>) -> Result<Cow<'a, str>> {
    if parser.look() == Some(b'"') {
        parser.string()
    } else {
        text_of(field, value(field, parser)?)
    }
}

fn text_of<'a>(field: Field, value: Value<'a>) -> Result<Cow<'a, str>> {
    match value {
        Value::Str(text) => Ok(text),
        other => Err(mismatch(field, "text", &other)),
    }
}

fn members<'a>(field: Field, parser: &mut Parser<'a>) -> Result<Members<'a>> {
    match parser
        .members(field.name())
        .map_err(|e| within_limit(e, field.name()))?
    {
        Some(members) => Ok(members),
        None => Err(mismatch(field, "an object", &value(field, parser)?)),
    }
}

fn uuid(field: Field, text: &str) -> Result<Uuid> {
    Uuid::try_parse(text).map_err(|e| Error::invalid(format!("{}: not a UUID", field.name())).with_source(e))
}

fn int(field: Field, value: Value<'_>) -> Result<i64> {
    match value {
        Value::Int(number) => Ok(number),
        Value::UInt(number) => Err(outside(field, number)),
        // An integer too large for 64 bits arrives as a float.
        Value::Float(number) if number.fract() == 0.0 && number.abs() > i64::MAX as f64 => {
            Err(outside(field, number))
        }
        other => Err(mismatch(field, "an integer", &other)),
    }
}

fn time(field: Field, value: Value<'_>) -> Result<i64> {
    let Value::Str(text) = value else {
        return int(field, value);
    };
    let digits = text.strip_prefix('-').unwrap_or(&text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().map_err(|_| outside(field, excerpt(&text)));
    }
    let time = text.parse::<Timestamp>().map_err(|_| {
        let name = field.name();
        Error::invalid(format!(
            "{name}: expected nanoseconds or an RFC 3339 time, found {:?}",
            excerpt(&text)
        ))
    })?;
    i64::try_from(time.as_nanosecond()).map_err(|_| outside(field, excerpt(&text)))
}

fn float(field: Field, value: Value<'_>) -> Result<f64> {
    match value {
        Value::Float(number) => Ok(number),
        Value::Int(number) => Ok(number as f64),
        Value::UInt(number) => Ok(number as f64),
        other => Err(mismatch(field, "a number", &other)),
    }
}

fn mismatch(field: Field, expected: &str, found: &Value<'_>) -> Error {
    Error::invalid(format!(
        "{}: expected {expected}, found {}",
        field.name(),
        kind_of(found)
    ))
}

fn outside(field: Field, found: impl std::fmt::Display) -> Error {
    Error::invalid(format!(
        "{}: {found} is outside signed 64-bit numbers",
        field.name()
    ))
}

/// Names the key of a value that is nested too deep; what is wrong with the line already names its place.
fn within_limit(error: Error, key: &str) -> Error {
    if error.kind() == ErrorKind::Limit {
        error.within(excerpt(key))
    } else {
        error
    }
}
