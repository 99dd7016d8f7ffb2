//! Reads msgpack values from the start of a slice; text and bytes are borrowed.

use rmp::Marker;
use uuid::Uuid;

use super::nested;
use crate::error::{Error, Result};
use crate::record::{Open, Value};

/// Returns the length of the first value in `bytes`, or `None` if the value is incomplete.
///
/// Does not recurse, so nesting cannot exhaust the stack. Stops as soon as the headers promise more values
/// than the remaining bytes could hold.
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
        if open > (bytes.len() - at) as u64 {
            return None;
        }
    }
    Some(at)
}

/// A reader of msgpack values that borrows from its slice.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Creates a reader at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Returns the bytes not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Skips `length` bytes, which must be present.
    pub(super) fn skip(&mut self, length: usize) {
        self.rest = &self.rest[length..];
    }

    /// Skips the next value.
    pub fn pass(&mut self) -> Result<()> {
        let length = value_len(self.rest).ok_or_else(|| Error::invalid("the msgpack ends too early"))?;
        self.skip(length);
        Ok(())
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8]> {
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

    /// Returns the marker of the next value without consuming it.
    pub fn peek(&self) -> Result<Marker> {
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

    /// Consumes a map's header; `None`, with nothing consumed, if the next value is not a map.
    pub fn map_len(&mut self) -> Result<Option<usize>> {
        let length = match self.peek()? {
            Marker::FixMap(len) => self.take(1).map(|_| usize::from(len))?,
            Marker::Map16 => self.take(1).and_then(|_| self.len16())?,
            Marker::Map32 => self.take(1).and_then(|_| self.len32())?,
            _ => return Ok(None),
        };
        Ok(Some(length))
    }

    /// Consumes an array's header; `None`, with nothing consumed, if the next value is not an array.
    pub fn array_len(&mut self) -> Result<Option<usize>> {
        let length = match self.peek()? {
            Marker::FixArray(len) => self.take(1).map(|_| usize::from(len))?,
            Marker::Array16 => self.take(1).and_then(|_| self.len16())?,
            Marker::Array32 => self.take(1).and_then(|_| self.len32())?,
            _ => return Ok(None),
        };
        Ok(Some(length))
    }

    /// Returns whether the next value is a text or a byte string.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.rest.first(), Some(0xa0..=0xbf | 0xc4..=0xc6 | 0xd9..=0xdb))
    }

    /// Reads a text or a byte string and returns its bytes.
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
        // Fast path: most numbers are small.
        if let Some((&byte @ 0..0x80, rest)) = self.rest.split_first() {
            self.rest = rest;
            return Ok(byte.into());
        }
        match self.flat()? {
            Value::Int(number) => Ok(number),
            Value::UInt(number) => Err(Error::invalid(format!(
                "{number} is outside signed 64-bit integers"
            ))),
            other => Err(Error::invalid(format!(
                "expected an integer, found {}",
                other.kind()
            ))),
        }
    }

    /// Reads a float. An integer is accepted too.
    pub fn float(&mut self) -> Result<f64> {
        match self.flat()? {
            Value::Float(number) => Ok(number),
            Value::Int(number) => Ok(number as f64),
            Value::UInt(number) => Ok(number as f64),
            other => Err(Error::invalid(format!(
                "expected a number, found {}",
                other.kind()
            ))),
        }
    }

    /// Decodes any value.
    pub fn value(&mut self) -> Result<Value<'a>> {
        if self.opens() {
            nested::read(self)
        } else {
            self.flat()
        }
    }

    /// Returns whether the next value is a list or a map.
    pub(super) fn opens(&self) -> bool {
        matches!(self.rest.first(), Some(0x80..=0x9f | 0xdc..=0xdf))
    }

    /// Consumes the header of the list or map that comes next.
    pub(super) fn open(&mut self) -> Result<Open<'a>> {
        if let Some(count) = self.array_len()? {
            return Ok(Open::list(count, self.room(count)));
        }
        let count = self.map_len()?.unwrap_or_default();
        Ok(Open::map(count, self.room(count)))
    }

    /// Limits the capacity reserved for a count: the header may promise more than the bytes can hold.
    fn room(&self, count: usize) -> usize {
        count.min(self.rest.len()).min(1024)
    }

    /// Decodes a value that is not a list or a map.
    ///
    /// Of a list or a map, only the header is consumed, and an empty list or map is returned. Callers that
    /// expect neither thereby spend no time on a long one.
    pub fn flat(&mut self) -> Result<Value<'a>> {
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
            Marker::FixArray(_) => Value::Array(Vec::new()),
            Marker::Array16 => self.len16().map(|_| Value::Array(Vec::new()))?,
            Marker::Array32 => self.len32().map(|_| Value::Array(Vec::new()))?,
            Marker::FixMap(_) => Value::Map(Vec::new()),
            Marker::Map16 => self.len16().map(|_| Value::Map(Vec::new()))?,
            Marker::Map32 => self.len32().map(|_| Value::Map(Vec::new()))?,
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

    /// Text that is not UTF-8 is returned as bytes.
    fn text(&mut self, length: usize) -> Result<Value<'a>> {
        let bytes = self.take(length)?;
        Ok(std::str::from_utf8(bytes).map_or(Value::Bin(bytes.into()), Value::from))
    }

    fn ext(&mut self, length: usize) -> Result<Value<'a>> {
        let kind = i8::from_be_bytes(self.array()?);
        Ok(Value::Ext(kind, self.take(length)?.into()))
    }

    /// Reads a UUID written as text or as 16 bytes.
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
