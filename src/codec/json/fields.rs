//! Converts one JSON object to one event.

use std::borrow::Cow;

use super::parse::Parser;
use super::value::{Members, last_wins};
use crate::codec::lines::{self, LineOptions, PLAIN};
use crate::codec::model::{self, Given, Rest};
use crate::codec::text::{excerpt, keep_raw};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Event, Field, FieldMut, Value};

/// Decodes an event from one JSON object without options. Messages are not interpreted.
///
/// # Errors
/// See [`read_event`].
pub fn decode_event(line: &[u8]) -> Result<Event<'_>> {
    read_event(line, &PLAIN)
}

/// Decodes an event from one JSON object.
///
/// A key that is a field name sets that field if the value has the field's type. Null sets the default. The
/// last of repeated keys wins. Times are nanoseconds (a number or its digits as text) or RFC 3339. All other
/// keys become attributes. Fields that are not set are filled from the keys that programs usually log under:
/// see [`model`]. If such a foreign object has no message, its JSON text becomes the message. In text that is
/// not Unicode, U+FFFD replaces the invalid part, and the line's exact bytes are kept; see
/// [`raw_bytes`](crate::codec::raw_bytes) with the field `line`.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) if the line is not one JSON object; the message has the offset of
/// the first wrong byte. [`Limit`](crate::ErrorKind::Limit) if a value is nested deeper than
/// [`MAX_DEPTH`](crate::codec::MAX_DEPTH).
pub fn read_event<'a>(line: &'a [u8], options: &'a LineOptions) -> Result<Event<'a>> {
    let mut event = Event::default();
    read_into(&mut event, line, options)?;
    Ok(event)
}

/// Decodes a JSON object into an empty event.
#[inline(never)]
fn read_into<'a>(event: &mut Event<'a>, line: &'a [u8], options: &'a LineOptions) -> Result<()> {
    let mut parser = Parser::new(line);
    let mut decoder = Decoder {
        event,
        given: Given::default(),
        unknown: Vec::new(),
        ours: false,
    };
    parser.open()?;
    let mut first = true;
    while let Some(key) = parser.next_key(&mut first)? {
        match Field::from_name(&key) {
            Some(field) => decoder.field(field, key, &mut parser)?,
            None => {
                let value = parser.value().map_err(|e| within_limit(e, &key))?;
                decoder.unknown(key, value);
            }
        }
    }
    parser.end()?;
    if decoder.unknown.is_empty() {
        if !decoder.ours {
            model::complete_fields(decoder.event, decoder.given, options);
        }
    } else {
        let text = parser
            .line()
            .map_or_else(|| String::from_utf8_lossy(line), Cow::Borrowed);
        decoder.finish(text, options)?;
    }
    if parser.inexact {
        keep_raw(&mut event.attributes, "line", line);
    }
    Ok(())
}

struct Decoder<'e, 'a> {
    event: &'e mut Event<'a>,
    given: Given,
    unknown: Members<'a>,
    /// The object declares itself a Seerflow event: its unknown keys are not interpreted.
    ours: bool,
}

impl<'a> Decoder<'_, 'a> {
    fn unknown(&mut self, key: Cow<'a, str>, value: Value<'a>) {
        if key == "type" && value == Value::from("SeerflowEvent") {
            self.ours = true;
        } else {
            self.unknown.push((key, value));
        }
    }

    fn field(&mut self, field: Field, key: Cow<'a, str>, parser: &mut Parser<'a>) -> Result<()> {
        if self.given.has(field) {
            model::reset(self.event, field);
            self.given.clear(field);
        }
        // Fast path: most bytes of most events are strings, which are read without a `Value`.
        if parser.look() == Some(b'"') {
            match self.event.get_mut(field) {
                FieldMut::Str(slot) => *slot = parser.string()?,
                FieldMut::OptStr(slot) => *slot = Some(parser.string()?),
                _ => {
                    let text = Value::Str(parser.string()?);
                    self.put(field, key, text);
                    return Ok(());
                }
            }
            self.given.set(field);
            return Ok(());
        }
        let value = if matches!(field, Field::Attributes) {
            match parser.members(field.name()).map_err(|e| within_limit(e, &key))? {
                Some(members) => {
                    self.event.attributes = members;
                    self.given.set(field);
                    return Ok(());
                }
                None => parser.value(),
            }
        } else {
            parser.value()
        };
        let value = value.map_err(|e| within_limit(e, &key))?;
        if value != Value::Nil {
            self.put(field, key, value);
        }
        Ok(())
    }

    /// Sets a field. A value of the wrong type becomes an attribute with the field's name.
    fn put(&mut self, field: Field, key: Cow<'a, str>, value: Value<'a>) {
        match model::put(self.event, field, value) {
            Ok(()) => self.given.set(field),
            Err(value) => self.unknown.push((key, value)),
        }
    }

    fn finish(self, text: Cow<'a, str>, options: &'a LineOptions) -> Result<()> {
        let Self { event, given, .. } = self;
        let mut rest = Rest {
            given,
            keys: last_wins(self.unknown),
            parse: lines::reader(options.parse),
            ..Rest::default()
        };
        if self.ours {
            event.attributes.append(&mut rest.keys);
            return Ok(());
        }
        model::complete_record(event, &mut rest, options, || {
            Ok(match text {
                Cow::Borrowed(text) => text.trim_ascii().into(),
                Cow::Owned(text) => text.trim_ascii().to_owned().into(),
            })
        })
    }
}

/// Adds the key to the error about a value nested too deep; other errors already have an offset.
fn within_limit(error: Error, key: &str) -> Error {
    if error.kind() == ErrorKind::Limit {
        error.within(excerpt(key))
    } else {
        error
    }
}
