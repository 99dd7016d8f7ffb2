//! Blobs into events.

use std::borrow::Cow;

use rmp::Marker;

use super::{Reader, field_of};
use crate::codec::text::{NotUtf8, excerpt};
use crate::error::{Error, Result};
use crate::memory;
use crate::record::{Event, Field, FieldMut, Value};

/// Reads an event from a blob.
///
/// # Errors
/// [`Invalid`](ErrorKind::Invalid) naming the field when a value has another type than its field or when the blob is not
/// one msgpack map; [`Limit`](ErrorKind::Limit) when a value is nested deeper than [`MAX_DEPTH`](crate::codec::MAX_DEPTH).
pub fn decode_event(blob: &[u8]) -> Result<Event<'_>> {
    let mut fields = Fields {
        reader: Reader::new(blob),
        not_utf8: NotUtf8::default(),
    };
    let mut event = Event::default();
    let mut unknown = Vec::new();
    let Some(count) = fields.reader.map_len()? else {
        return Err(Error::invalid("an event is a msgpack map"));
    };
    for _ in 0..count {
        let key = fields.reader.value().map_err(|e| e.within("key"))?;
        let Value::Str(key) = key else {
            return Err(Error::invalid("an event's keys are text"));
        };
        match field_of(&key) {
            Some(field) => fields
                .read(&mut event, field)
                .map_err(|e| e.within(field.name()))?,
            None => {
                let value = fields.reader.value().map_err(|e| e.within(excerpt(&key)))?;
                if key != "type" || value != Value::from("SeerflowEvent") {
                    memory::push(&mut unknown, (key, value))?;
                }
            }
        }
    }
    if !fields.reader.rest().is_empty() {
        return Err(Error::invalid("bytes follow the event's map"));
    }
    // Behind the attributes: of two of a name this one is kept.
    event.attributes.append(&mut unknown);
    fields.not_utf8.keep(&mut event);
    Ok(event)
}

/// Reads the fields of one event.
struct Fields<'a> {
    reader: Reader<'a>,
    not_utf8: NotUtf8<'a>,
}

impl<'a> Fields<'a> {
    /// Reads a text for `field`, the one at `place` in it; where it is not UTF-8, its exact bytes go to the attributes
    /// afterwards.
    fn text_of(&mut self, field: Field, place: usize) -> Result<Cow<'a, str>> {
        let bytes = self.reader.bytes_of_text()?;
        Ok(self.not_utf8.accept(field, place, bytes))
    }

    /// Reads the value of `field` into its place. Nil stands for the default.
    fn read(&mut self, event: &mut Event<'a>, field: Field) -> Result<()> {
        if self.reader.peek()? == Marker::Null {
            self.reader.take(1)?;
            return Ok(());
        }
        // The last of a repeated field is the one that counts; attributes add up.
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
