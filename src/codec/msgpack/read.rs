//! Decodes blobs and foreign records to events.

use std::borrow::Cow;

use rmp::Marker;

use super::{Reader, field_of};
use crate::codec::json::{self, last_wins};
use crate::codec::lines::{self, LineOptions};
use crate::codec::model::{self, Keys, Rest};
use crate::codec::text::{NotUtf8, excerpt, lossy};
use crate::error::{Error, Result};
use crate::memory;
use crate::record::{Event, Field, FieldMut, Value};

/// Decodes an event from a blob.
///
/// # Errors
/// [`Invalid`](ErrorKind::Invalid) if a value has another type than its field (the message names the field),
/// or if the blob is not one msgpack map. [`Limit`](ErrorKind::Limit) if a value is nested deeper than
/// [`MAX_DEPTH`](crate::codec::MAX_DEPTH).
pub fn decode_event(blob: &[u8]) -> Result<Event<'_>> {
    let mut event = Event::default();
    let mut fields = Fields::new(blob);
    let mut unknown = fields.each(|fields, field, _| fields.read(&mut event, field))?;
    // Append the unknown keys after the attributes: if a name is repeated, the last one is stored.
    event.attributes.append(&mut unknown);
    fields.not_utf8.keep(&mut event);
    Ok(event)
}

/// Decodes an event from a map that any program wrote. Its keys may be field names.
///
/// A value of the wrong type for its field becomes an attribute with the field's name. All other keys become
/// attributes. Fields that are not set are filled from the keys that programs usually log under: see
/// [`model`].
///
/// # Errors
/// [`Invalid`](ErrorKind::Invalid) if the record is not one msgpack map. [`Limit`](ErrorKind::Limit) if a
/// value is nested deeper than [`MAX_DEPTH`](crate::codec::MAX_DEPTH).
pub fn read_event<'a>(record: &'a [u8], options: &'a LineOptions) -> Result<Event<'a>> {
    let mut event = Event::default();
    let mut rest = Rest {
        parse: lines::reader(options.parse),
        ..Rest::default()
    };
    read_parts(&mut event, &mut rest, record)?;
    if !rest.keys.is_empty() {
        complete(&mut event, &mut rest, record, options)?;
    } else {
        model::complete_fields(&mut event, rest.given, options);
    }
    Ok(event)
}

/// Decodes the fields of a record into an empty event, and its other keys into `rest`.
#[inline(never)]
pub(crate) fn read_parts<'a>(event: &mut Event<'a>, rest: &mut Rest<'a>, record: &'a [u8]) -> Result<()> {
    let mut fields = Fields::new(record);
    let mut misfits = Keys::new();
    let given = &mut rest.given;
    let mut keys = fields.each(|fields, field, key| {
        if fields.reader.peek()? == Marker::Null {
            return fields.read(event, field);
        }
        let start = fields.reader.clone();
        if fields.read(event, field).is_ok() {
            given.set(field);
            return Ok(());
        }
        fields.reader = start;
        fields.not_utf8.forget(field);
        model::reset(event, field);
        match model::put(event, field, fields.reader.value()?) {
            Ok(()) => given.set(field),
            Err(value) => memory::push(&mut misfits, (key, value))?,
        }
        Ok(())
    })?;
    keys.append(&mut misfits);
    fields.not_utf8.keep(event);
    rest.keys = last_wins(keys);
    Ok(())
}

/// Completes an event with the other keys of its record.
#[inline(never)]
pub(crate) fn complete<'a>(
    event: &mut Event<'a>,
    rest: &mut Rest<'a>,
    record: &'a [u8],
    options: &'a LineOptions,
) -> Result<()> {
    model::complete_record(event, rest, options, || {
        let mut text = Vec::new();
        json::write_value(&Reader::new(record).value()?, &mut text);
        Ok(String::from_utf8_lossy(&text).into_owned().into())
    })
}

/// Reads a key as text. Bytes, which Ruby writes for strings, count as text; any other value becomes its JSON.
fn key_of<'a>(reader: &mut Reader<'a>) -> Result<Cow<'a, str>> {
    if reader.is_text() {
        return Ok(lossy(reader.bytes_of_text()?));
    }
    let mut text = Vec::new();
    json::write_value(&reader.value()?, &mut text);
    Ok(String::from_utf8_lossy(&text).into_owned().into())
}

/// The decoder of one event's fields.
struct Fields<'a> {
    reader: Reader<'a>,
    not_utf8: NotUtf8<'a>,
}

impl<'a> Fields<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            reader: Reader::new(bytes),
            not_utf8: NotUtf8::default(),
        }
    }

    /// Reads the map. Calls `with` at the value of each field, and returns all other keys and values.
    fn each(
        &mut self,
        mut with: impl FnMut(&mut Self, Field, Cow<'a, str>) -> Result<()>,
    ) -> Result<Keys<'a>> {
        let mut unknown = Keys::new();
        let Some(count) = self.reader.map_len()? else {
            return Err(Error::invalid("an event is a msgpack map"));
        };
        for _ in 0..count {
            let key = key_of(&mut self.reader).map_err(|e| e.within("key"))?;
            match field_of(&key) {
                Some(field) => with(self, field, key).map_err(|e| e.within(field.name()))?,
                None => {
                    let value = self.reader.value().map_err(|e| e.within(excerpt(&key)))?;
                    if key != "type" || value != Value::from("SeerflowEvent") {
                        memory::push(&mut unknown, (key, value))?;
                    }
                }
            }
        }
        if !self.reader.rest().is_empty() {
            return Err(Error::invalid("bytes follow the event's map"));
        }
        Ok(unknown)
    }

    /// Decodes the text at position `place` in `field`.
    ///
    /// If it is not UTF-8, its exact bytes become an attribute when the event is complete.
    fn text_of(&mut self, field: Field, place: usize) -> Result<Cow<'a, str>> {
        let bytes = self.reader.bytes_of_text()?;
        Ok(self.not_utf8.accept(field, place, bytes))
    }

    /// Decodes the value of `field` into the event. Nil sets the default.
    fn read(&mut self, event: &mut Event<'a>, field: Field) -> Result<()> {
        if self.reader.peek()? == Marker::Null {
            self.reader.take(1)?;
            return Ok(());
        }
        // If a field is repeated, the last one wins, but attributes accumulate.
        if field != Field::Attributes {
            self.not_utf8.forget(field);
        }
        match event.get_mut(field) {
            FieldMut::Id(slot) => *slot = Some(self.reader.uuid()?),
            FieldMut::Time(slot) => *slot = Some(self.reader.int()?),
            FieldMut::Int(slot) => *slot = self.reader.int()?,
            FieldMut::Float(slot) => *slot = self.reader.float()?,
            FieldMut::Str(slot) => *slot = self.text_of(field, 0)?,
            FieldMut::OptStr(slot) => *slot = Some(self.text_of(field, 0)?),
            FieldMut::Body(slot) => *slot = Some(self.reader.value()?),
            FieldMut::List(slot) => {
                let count = self
                    .reader
                    .array_len()?
                    .ok_or_else(|| Error::invalid("expected a list of texts"))?;
                slot.clear();
                for place in 0..count {
                    memory::push(slot, self.text_of(field, place)?)?;
                }
            }
            FieldMut::StrMap(slot) => {
                let count = self
                    .reader
                    .map_len()?
                    .ok_or_else(|| Error::invalid("expected a map of texts"))?;
                slot.clear();
                for pair in 0..count {
                    let key = self.text_of(field, 2 * pair)?;
                    memory::push(slot, (key, self.text_of(field, 2 * pair + 1)?))?;
                }
            }
            FieldMut::Attributes(slot) => {
                let count = self
                    .reader
                    .map_len()?
                    .ok_or_else(|| Error::invalid("expected a map"))?;
                for pair in 0..count {
                    memory::push(slot, (self.text_of(field, 2 * pair)?, self.reader.value()?))?;
                }
            }
        }
        Ok(())
    }
}
