//! The event blob: a msgpack map with text keys, as Seerflow 0.7.0 stores it in `events.data`.
//!
//! Written without fields at their default and with the id as 16 raw bytes, which halves the blob; read in every form
//! that Seerflow reads: keys missing, keys unknown (kept as attributes), `type` or none, the id as text or bytes.
//!
//! Seerflow's decoder takes nothing but nil for `body` and ignores unknown keys, so a body is written under [`BODY_KEY`].

use std::borrow::Cow;

use rmp::{Marker, encode};
use uuid::Uuid;

use super::MAX_DEPTH;
use super::text::keep_raw;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Event, Field, FieldMut, FieldRef, Value};

/// The key under which the body is written.
pub const BODY_KEY: &str = "libseerflow.body";

// ---- writing -------------------------------------------------------------------------------------------------------

/// Appends an event's blob to `out`.
///
/// `text_at` is told, for each text field and each item of a list that is written, where its bytes stand in `out`.
pub fn encode_event(event: &Event<'_>, out: &mut Vec<u8>, mut text_at: impl FnMut(Field, usize, usize)) {
    let written = |field: &&Field| !event.get(**field).is_default(**field);
    let count = Field::ALL.iter().filter(written).count();
    put(encode::write_map_len(out, count as u32));
    for &field in Field::ALL.iter().filter(written) {
        put(encode::write_str(out, key_of(field)));
        write_field(out, event.get(field), |at, len| text_at(field, at, len));
    }
}

fn key_of(field: Field) -> &'static str {
    if field == Field::Body {
        BODY_KEY
    } else {
        field.name()
    }
}

fn field_of(key: &str) -> Option<Field> {
    if key == BODY_KEY {
        Some(Field::Body)
    } else {
        Field::from_name(key)
    }
}

fn write_field(out: &mut Vec<u8>, value: FieldRef<'_, '_>, mut text_at: impl FnMut(usize, usize)) {
    match value {
        FieldRef::Id(id) => put(encode::write_bin(out, id.unwrap_or_default().as_bytes())),
        FieldRef::Time(time) => put(encode::write_sint(out, time.unwrap_or_default())),
        FieldRef::Int(number) => put(encode::write_sint(out, number)),
        FieldRef::Float(number) => put(encode::write_f64(out, number)),
        FieldRef::Str(text) => {
            put(encode::write_str(out, text));
            text_at(out.len() - text.len(), text.len());
        }
        FieldRef::OptStr(Some(text)) => put(encode::write_str(out, text)),
        FieldRef::Body(Some(value)) => write_value(out, value),
        FieldRef::OptStr(None) | FieldRef::Body(None) => out.push(Marker::Null.to_u8()),
        FieldRef::List(items) => {
            put(encode::write_array_len(out, items.len() as u32));
            for item in items {
                put(encode::write_str(out, item));
                text_at(out.len() - item.len(), item.len());
            }
        }
        FieldRef::StrMap(pairs) => {
            put(encode::write_map_len(out, pairs.len() as u32));
            for (key, value) in pairs {
                put(encode::write_str(out, key));
                put(encode::write_str(out, value));
            }
        }
        FieldRef::Attributes(pairs) => {
            put(encode::write_map_len(out, pairs.len() as u32));
            for (key, value) in pairs {
                put(encode::write_str(out, key));
                write_value(out, value);
            }
        }
    }
}

/// Appends any value.
pub fn write_value(out: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Nil => out.push(Marker::Null.to_u8()),
        Value::Bool(v) => out.push(if *v { Marker::True } else { Marker::False }.to_u8()),
        Value::Int(v) => put(encode::write_sint(out, *v)),
        Value::UInt(v) => put(encode::write_uint(out, *v)),
        Value::Float(v) => put(encode::write_f64(out, *v)),
        Value::Str(v) => put(encode::write_str(out, v)),
        Value::Bin(v) => put(encode::write_bin(out, v)),
        Value::Array(items) => {
            put(encode::write_array_len(out, items.len() as u32));
            items.iter().for_each(|item| write_value(out, item));
        }
        Value::Map(pairs) => {
            put(encode::write_map_len(out, pairs.len() as u32));
            for (key, value) in pairs {
                write_value(out, key);
                write_value(out, value);
            }
        }
        Value::Ext(kind, bytes) => {
            put(encode::write_ext_meta(out, bytes.len() as u32, *kind));
            out.extend_from_slice(bytes);
        }
    }
}

/// Drops a result that cannot be an error: a `Vec` takes every write.
fn put<T, E>(written: std::result::Result<T, E>) {
    debug_assert!(written.is_ok());
}

// ---- reading -------------------------------------------------------------------------------------------------------

/// Reads an event from a blob.
///
/// # Errors
/// [`Invalid`](ErrorKind::Invalid) naming the field when a value has another type than its field or when the blob is not
/// one msgpack map; [`Limit`](ErrorKind::Limit) when a value is nested deeper than [`MAX_DEPTH`].
pub fn decode_event(blob: &[u8]) -> Result<Event<'_>> {
    let mut reader = Reader::new(blob);
    let mut event = Event::default();
    let Some(count) = reader.map_len()? else {
        return Err(Error::invalid("an event is a msgpack map"));
    };
    for _ in 0..count {
        let key = reader.value(0).map_err(|e| e.within("key"))?;
        let Value::Str(key) = key else {
            return Err(Error::invalid("an event's keys are text"));
        };
        match field_of(&key) {
            Some(field) => reader
                .field(&mut event, field)
                .map_err(|e| e.within(field.name()))?,
            None => {
                let value = reader.value(0).map_err(|e| e.within(&key))?;
                if key != "type" || value != Value::from("SeerflowEvent") {
                    event.attributes.push((key, value));
                }
            }
        }
    }
    if !reader.rest.is_empty() {
        return Err(Error::invalid("bytes follow the event's map"));
    }
    for (field, bytes) in reader.not_utf8 {
        keep_raw(&mut event.attributes, field, bytes);
    }
    Ok(event)
}

/// Finds one field's encoded value in a blob without decoding the rest; `None` when it is absent or the blob is damaged.
pub fn find(blob: &[u8], field: Field) -> Option<Reader<'_>> {
    let mut reader = Reader::new(blob);
    for _ in 0..reader.map_len().ok()?? {
        let key = reader.bytes_of_text().ok()?;
        if key == key_of(field).as_bytes() || key == field.name().as_bytes() {
            return Some(reader);
        }
        let length = value_len(reader.rest)?;
        reader.rest = &reader.rest[length..];
    }
    None
}

/// Returns the length of the first complete value in `bytes`, or `None` when its end is not there.
///
/// Needs no stack, so that nesting cannot exhaust it.
pub fn value_len(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    let mut open: u64 = 1;
    while open > 0 {
        let marker = Marker::from_u8(*bytes.get(at)?);
        at += 1;
        open -= 1;
        let number = |at: usize, width: usize| -> Option<usize> {
            let digits = bytes.get(at..at + width)?;
            Some(digits.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
        };
        let (skip, children) = match marker {
            Marker::FixPos(_) | Marker::FixNeg(_) | Marker::Null | Marker::True | Marker::False => (0, 0),
            Marker::Reserved => (0, 0),
            Marker::U8 | Marker::I8 => (1, 0),
            Marker::U16 | Marker::I16 => (2, 0),
            Marker::U32 | Marker::I32 | Marker::F32 => (4, 0),
            Marker::U64 | Marker::I64 | Marker::F64 => (8, 0),
            Marker::FixStr(len) => (usize::from(len), 0),
            Marker::Str8 | Marker::Bin8 => (1 + number(at, 1)?, 0),
            Marker::Str16 | Marker::Bin16 => (2 + number(at, 2)?, 0),
            Marker::Str32 | Marker::Bin32 => (4 + number(at, 4)?, 0),
            Marker::FixExt1 => (2, 0),
            Marker::FixExt2 => (3, 0),
            Marker::FixExt4 => (5, 0),
            Marker::FixExt8 => (9, 0),
            Marker::FixExt16 => (17, 0),
            Marker::Ext8 => (2 + number(at, 1)?, 0),
            Marker::Ext16 => (3 + number(at, 2)?, 0),
            Marker::Ext32 => (5 + number(at, 4)?, 0),
            Marker::FixArray(len) => (0, u64::from(len)),
            Marker::Array16 => (2, number(at, 2)? as u64),
            Marker::Array32 => (4, number(at, 4)? as u64),
            Marker::FixMap(len) => (0, 2 * u64::from(len)),
            Marker::Map16 => (2, 2 * number(at, 2)? as u64),
            Marker::Map32 => (4, 2 * number(at, 4)? as u64),
        };
        at = at.checked_add(skip).filter(|&end| end <= bytes.len())?;
        open += children;
    }
    Some(at)
}

/// Reads msgpack values from the front of a slice, borrowing from it.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    /// Fields whose text was not UTF-8, with their exact bytes.
    not_utf8: Vec<(&'static str, &'a [u8])>,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            not_utf8: Vec::new(),
        }
    }

    /// Returns what is not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| Error::invalid("the msgpack ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N)?);
        Ok(bytes)
    }

    fn marker(&mut self) -> Result<Marker> {
        Ok(Marker::from_u8(self.array::<1>()?[0]))
    }

    fn peek(&self) -> Result<Marker> {
        self.rest
            .first()
            .map(|byte| Marker::from_u8(*byte))
            .ok_or_else(|| Error::invalid("the msgpack ends too early"))
    }

    fn len8(&mut self) -> Result<usize> {
        Ok(usize::from(self.array::<1>()?[0]))
    }

    fn len16(&mut self) -> Result<usize> {
        Ok(usize::from(u16::from_be_bytes(self.array()?)))
    }

    fn len32(&mut self) -> Result<usize> {
        Ok(u32::from_be_bytes(self.array()?) as usize)
    }

    /// Reads a map's header; `None`, with nothing taken, when the next value is not a map.
    pub fn map_len(&mut self) -> Result<Option<usize>> {
        let length = match self.peek()? {
            Marker::FixMap(len) => self.take(1).map(|_| usize::from(len))?,
            Marker::Map16 => self.take(1).and_then(|_| self.len16())?,
            Marker::Map32 => self.take(1).and_then(|_| self.len32())?,
            _ => return Ok(None),
        };
        Ok(Some(length))
    }

    /// Reads an array's header; `None`, with nothing taken, when the next value is not an array.
    pub fn array_len(&mut self) -> Result<Option<usize>> {
        let length = match self.peek()? {
            Marker::FixArray(len) => self.take(1).map(|_| usize::from(len))?,
            Marker::Array16 => self.take(1).and_then(|_| self.len16())?,
            Marker::Array32 => self.take(1).and_then(|_| self.len32())?,
            _ => return Ok(None),
        };
        Ok(Some(length))
    }

    /// Reads the bytes of a text or of a byte string.
    pub fn bytes_of_text(&mut self) -> Result<&'a [u8]> {
        let length = match self.marker()? {
            Marker::FixStr(len) => usize::from(len),
            Marker::Str8 | Marker::Bin8 => self.len8()?,
            Marker::Str16 | Marker::Bin16 => self.len16()?,
            Marker::Str32 | Marker::Bin32 => self.len32()?,
            other => return Err(mismatch("text", other)),
        };
        self.take(length)
    }

    /// Reads an integer.
    pub fn int(&mut self) -> Result<i64> {
        match self.value(0)? {
            Value::Int(number) => Ok(number),
            Value::UInt(number) => Err(Error::invalid(format!(
                "{number} is outside signed 64-bit integers"
            ))),
            other => Err(Error::invalid(format!(
                "expected an integer, found {}",
                kind_of(&other)
            ))),
        }
    }

    /// Reads a float; an integer counts as one.
    pub fn float(&mut self) -> Result<f64> {
        match self.value(0)? {
            Value::Float(number) => Ok(number),
            Value::Int(number) => Ok(number as f64),
            Value::UInt(number) => Ok(number as f64),
            other => Err(Error::invalid(format!(
                "expected a number, found {}",
                kind_of(&other)
            ))),
        }
    }

    /// Reads any value; `depth` is how deep it already is.
    pub fn value(&mut self, depth: usize) -> Result<Value<'a>> {
        if depth > MAX_DEPTH {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("nested deeper than {MAX_DEPTH}"),
            ));
        }
        Ok(match self.marker()? {
            Marker::Null => Value::Nil,
            Marker::True => Value::Bool(true),
            Marker::False => Value::Bool(false),
            Marker::FixPos(number) => Value::Int(i64::from(number)),
            Marker::FixNeg(number) => Value::Int(i64::from(number)),
            Marker::U8 => Value::Int(i64::from(self.array::<1>()?[0])),
            Marker::U16 => Value::Int(i64::from(u16::from_be_bytes(self.array()?))),
            Marker::U32 => Value::Int(i64::from(u32::from_be_bytes(self.array()?))),
            Marker::U64 => {
                let number = u64::from_be_bytes(self.array()?);
                i64::try_from(number).map_or(Value::UInt(number), Value::Int)
            }
            Marker::I8 => Value::Int(i64::from(i8::from_be_bytes(self.array()?))),
            Marker::I16 => Value::Int(i64::from(i16::from_be_bytes(self.array()?))),
            Marker::I32 => Value::Int(i64::from(i32::from_be_bytes(self.array()?))),
            Marker::I64 => Value::Int(i64::from_be_bytes(self.array()?)),
            Marker::F32 => Value::Float(f64::from(f32::from_be_bytes(self.array()?))),
            Marker::F64 => Value::Float(f64::from_be_bytes(self.array()?)),
            Marker::FixStr(len) => self.text(usize::from(len))?,
            Marker::Str8 => self.len8().and_then(|len| self.text(len))?,
            Marker::Str16 => self.len16().and_then(|len| self.text(len))?,
            Marker::Str32 => self.len32().and_then(|len| self.text(len))?,
            Marker::Bin8 => Value::Bin(self.len8().and_then(|len| self.take(len))?.into()),
            Marker::Bin16 => Value::Bin(self.len16().and_then(|len| self.take(len))?.into()),
            Marker::Bin32 => Value::Bin(self.len32().and_then(|len| self.take(len))?.into()),
            Marker::FixArray(len) => self.items(usize::from(len), depth)?,
            Marker::Array16 => self.len16().and_then(|len| self.items(len, depth))?,
            Marker::Array32 => self.len32().and_then(|len| self.items(len, depth))?,
            Marker::FixMap(len) => self.pairs(usize::from(len), depth)?,
            Marker::Map16 => self.len16().and_then(|len| self.pairs(len, depth))?,
            Marker::Map32 => self.len32().and_then(|len| self.pairs(len, depth))?,
            Marker::FixExt1 => self.ext(1)?,
            Marker::FixExt2 => self.ext(2)?,
            Marker::FixExt4 => self.ext(4)?,
            Marker::FixExt8 => self.ext(8)?,
            Marker::FixExt16 => self.ext(16)?,
            Marker::Ext8 => self.len8().and_then(|len| self.ext(len))?,
            Marker::Ext16 => self.len16().and_then(|len| self.ext(len))?,
            Marker::Ext32 => self.len32().and_then(|len| self.ext(len))?,
            Marker::Reserved => return Err(Error::invalid("0xc1 is no msgpack")),
        })
    }

    /// Text that is not UTF-8 is handed on as bytes: no place for it among other text.
    fn text(&mut self, length: usize) -> Result<Value<'a>> {
        let bytes = self.take(length)?;
        Ok(std::str::from_utf8(bytes).map_or(Value::Bin(bytes.into()), Value::from))
    }

    fn ext(&mut self, length: usize) -> Result<Value<'a>> {
        let kind = i8::from_be_bytes(self.array()?);
        Ok(Value::Ext(kind, self.take(length)?.into()))
    }

    fn items(&mut self, count: usize, depth: usize) -> Result<Value<'a>> {
        // A header may promise more than there is: room is made for no more than the bytes that could fill it.
        let mut items = Vec::with_capacity(count.min(self.rest.len()).min(1024));
        for _ in 0..count {
            items.push(self.value(depth + 1)?);
        }
        Ok(Value::Array(items))
    }

    fn pairs(&mut self, count: usize, depth: usize) -> Result<Value<'a>> {
        let mut pairs = Vec::with_capacity(count.min(self.rest.len()).min(1024));
        for _ in 0..count {
            pairs.push((self.value(depth + 1)?, self.value(depth + 1)?));
        }
        Ok(Value::Map(pairs))
    }

    /// Reads a text for `field`; where it is not UTF-8, its exact bytes go to the attributes afterwards.
    fn text_of(&mut self, field: Field) -> Result<Cow<'a, str>> {
        let bytes = self.bytes_of_text()?;
        Ok(match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => {
                self.not_utf8.push((field.name(), bytes));
                Cow::Owned(String::from_utf8_lossy(bytes).into_owned())
            }
        })
    }

    /// Reads the value of `field` into its place. Nil stands for the default.
    fn field(&mut self, event: &mut Event<'a>, field: Field) -> Result<()> {
        if self.peek()? == Marker::Null {
            self.take(1)?;
            return Ok(());
        }
        match event.get_mut(field) {
            FieldMut::Id(slot) => *slot = Some(self.uuid()?),
            FieldMut::Time(slot) => *slot = Some(self.int()?),
            FieldMut::Int(slot) => *slot = self.int()?,
            FieldMut::Float(slot) => *slot = self.float()?,
            FieldMut::Str(slot) => *slot = self.text_of(field)?,
            FieldMut::OptStr(slot) => *slot = Some(self.text_of(field)?),
            FieldMut::Body(slot) => *slot = Some(self.value(0)?),
            FieldMut::List(slot) => {
                let count = self
                    .array_len()?
                    .ok_or_else(|| Error::invalid("expected a list of texts"))?;
                slot.clear();
                for _ in 0..count {
                    slot.push(self.text_of(field)?);
                }
            }
            FieldMut::StrMap(slot) => {
                let count = self
                    .map_len()?
                    .ok_or_else(|| Error::invalid("expected a map of texts"))?;
                slot.clear();
                for _ in 0..count {
                    slot.push((self.text_of(field)?, self.text_of(field)?));
                }
            }
            FieldMut::Attributes(slot) => {
                let count = self.map_len()?.ok_or_else(|| Error::invalid("expected a map"))?;
                for _ in 0..count {
                    slot.push((self.text_of(field)?, self.value(0)?));
                }
            }
        }
        Ok(())
    }

    /// Reads a UUID, as text or as 16 bytes.
    pub fn uuid(&mut self) -> Result<Uuid> {
        let bytes = self.bytes_of_text()?;
        let parsed = if bytes.len() == 16 {
            Uuid::from_slice(bytes)
        } else {
            Uuid::try_parse_ascii(bytes)
        };
        parsed.map_err(|e| Error::invalid("not a UUID").with_source(e))
    }
}

fn mismatch(expected: &str, found: Marker) -> Error {
    Error::invalid(format!("expected {expected}, found msgpack {found:?}"))
}

fn kind_of(value: &Value<'_>) -> &'static str {
    match value {
        Value::Nil => "nil",
        Value::Bool(_) => "a boolean",
        Value::Int(_) | Value::UInt(_) => "an integer",
        Value::Float(_) => "a float",
        Value::Str(_) => "text",
        Value::Bin(_) => "bytes",
        Value::Array(_) => "a list",
        Value::Map(_) => "a map",
        Value::Ext(..) => "an extension",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(event: &Event<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        encode_event(event, &mut out, |_, _, _| {});
        out
    }

    #[test]
    fn defaults_are_left_out() {
        assert_eq!(encode(&Event::default()), [0x80]);
    }

    #[test]
    fn text_positions_point_at_the_text() {
        let event = Event {
            message: "hello".into(),
            source_type: "sshd".into(),
            ..Event::default()
        };
        let mut out = vec![0xaa; 3];
        let mut seen = Vec::new();
        encode_event(&event, &mut out, |field, at, len| seen.push((field, at, len)));
        let text = |at: usize, len: usize| std::str::from_utf8(&out[at..at + len]).unwrap();
        let seen: Vec<_> = seen
            .into_iter()
            .map(|(field, at, len)| (field, text(at, len)))
            .collect();
        assert_eq!(seen, [(Field::Message, "hello"), (Field::SourceType, "sshd")]);
    }

    #[test]
    fn unknown_keys_become_attributes_and_type_goes() {
        let mut blob = Vec::new();
        put(encode::write_map_len(&mut blob, 3));
        for (key, value) in [("type", "SeerflowEvent"), ("extra", "kept"), ("message", "m")] {
            put(encode::write_str(&mut blob, key));
            put(encode::write_str(&mut blob, value));
        }
        let event = decode_event(&blob).unwrap();
        assert_eq!(event.message, "m");
        assert_eq!(event.attributes, [("extra".into(), Value::from("kept"))]);
    }

    #[test]
    fn a_value_is_measured_without_its_end_only_when_it_is_there() {
        let event = Event {
            message: "m".repeat(300).into(),
            body: Some(Value::Array(vec![
                Value::Float(1.5),
                Value::Ext(7, vec![1, 2, 3].into()),
            ])),
            ..Event::default()
        };
        let blob = encode(&event);
        assert_eq!(value_len(&blob), Some(blob.len()));
        for cut in 0..blob.len() {
            assert_eq!(value_len(&blob[..cut]), None, "cut at {cut}");
            assert!(decode_event(&blob[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn depth_is_bounded_and_named() {
        let mut blob = Vec::new();
        put(encode::write_map_len(&mut blob, 1));
        put(encode::write_str(&mut blob, "body"));
        blob.extend(std::iter::repeat_n(0x91, 100_000));
        blob.push(0xc0);
        assert_eq!(value_len(&blob), Some(blob.len()));
        let error = decode_event(&blob).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert!(error.to_string().starts_with("body: nested"), "{error}");
    }

    #[test]
    fn bytes_that_are_not_text_are_recoverable() {
        let mut blob = Vec::new();
        put(encode::write_map_len(&mut blob, 1));
        put(encode::write_str(&mut blob, "message"));
        blob.extend([0xa3, b'a', 0xff, b'b']);
        let event = decode_event(&blob).unwrap();
        assert_eq!(event.message, "a\u{fffd}b");
        assert_eq!(
            crate::codec::raw_bytes(&event, "message").unwrap(),
            [b'a', 0xff, b'b']
        );
    }

    #[test]
    fn a_field_is_found_without_decoding() {
        let event = Event {
            message: "m".into(),
            severity_id: 4,
            source_id: "web-1".into(),
            ..Event::default()
        };
        let blob = encode(&event);
        assert_eq!(find(&blob, Field::SeverityId).unwrap().int().unwrap(), 4);
        assert_eq!(
            find(&blob, Field::SourceId).unwrap().bytes_of_text().unwrap(),
            b"web-1"
        );
        assert!(find(&blob, Field::Tags).is_none());
    }
}
