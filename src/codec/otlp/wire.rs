//! Decodes the fields of a protobuf message one by one, borrowing from its bytes.
//!
//! The wire format is decoded with prost's functions, but not with its generated messages: they copy all
//! strings, and they reject a whole request if one string is not UTF-8.

use prost::DecodeError;
use prost::encoding::{WireType, decode_key, decode_varint};

use crate::error::{Error, Result};

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wire<'a> {
    /// An integer, a boolean or an enumeration.
    Varint(u64),
    /// 64 bits: a time or a float.
    Fixed64(u64),
    /// 32 bits.
    Fixed32(u32),
    /// Text, bytes or a message.
    Bytes(&'a [u8]),
}

impl<'a> Wire<'a> {
    /// Returns the bytes of a length-delimited field.
    pub(super) fn bytes(self) -> Result<&'a [u8]> {
        match self {
            Wire::Bytes(bytes) => Ok(bytes),
            _ => Err(Error::invalid("expected bytes")),
        }
    }

    /// Returns an integer of any width.
    pub(super) fn number(self) -> Result<u64> {
        match self {
            Wire::Varint(number) | Wire::Fixed64(number) => Ok(number),
            Wire::Fixed32(number) => Ok(u64::from(number)),
            Wire::Bytes(_) => Err(Error::invalid("expected a number")),
        }
    }
}

/// An iterator over the fields of a message. It ends after an error.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// Returns the bytes not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8]> {
        let cut = usize::try_from(length)
            .ok()
            .and_then(|length| self.rest.split_at_checked(length));
        let (taken, rest) = cut.ok_or_else(|| Error::invalid("the protobuf ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N as u64)?);
        Ok(bytes)
    }

    fn key(&mut self) -> Result<(u32, WireType)> {
        decode_key(&mut self.rest).map_err(broken)
    }

    fn varint(&mut self) -> Result<u64> {
        decode_varint(&mut self.rest).map_err(broken)
    }

    /// Reads a field; `None` for a group, which is skipped because OTLP has no groups.
    fn field(&mut self) -> Result<Option<(u32, Wire<'a>)>> {
        let (tag, kind) = self.key()?;
        if kind == WireType::StartGroup {
            self.skip_group(tag)?;
            return Ok(None);
        }
        Ok(Some((tag, self.value(kind)?)))
    }

    fn value(&mut self, kind: WireType) -> Result<Wire<'a>> {
        Ok(match kind {
            WireType::Varint => Wire::Varint(self.varint()?),
            WireType::SixtyFourBit => Wire::Fixed64(u64::from_le_bytes(self.array()?)),
            WireType::ThirtyTwoBit => Wire::Fixed32(u32::from_le_bytes(self.array()?)),
            WireType::LengthDelimited => {
                let length = self.varint()?;
                Wire::Bytes(self.take(length)?)
            }
            WireType::StartGroup | WireType::EndGroup => {
                return Err(Error::invalid("a protobuf group ends that was not begun"));
            }
        })
    }

    /// Skips a group and the groups nested in it, without recursion.
    fn skip_group(&mut self, tag: u32) -> Result<()> {
        let mut open = vec![tag];
        while let Some(&innermost) = open.last() {
            match self.key()? {
                (tag, WireType::StartGroup) => open.push(tag),
                (tag, WireType::EndGroup) if tag == innermost => drop(open.pop()),
                (_, kind) => drop(self.value(kind)?),
            }
        }
        Ok(())
    }
}

fn broken(error: DecodeError) -> Error {
    Error::invalid("not a protobuf message").with_source(error)
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Wire<'a>)>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        // Fast path: nearly all fields are bytes, with a tag and a length of one byte each.
        if let [key @ 0x08..0x80, length @ 0..0x80, rest @ ..] = self.rest
            && key & 7 == WireType::LengthDelimited as u8
            && let Some((bytes, rest)) = rest.split_at_checked(usize::from(*length))
        {
            self.rest = rest;
            return Some(Ok((u32::from(key >> 3), Wire::Bytes(bytes))));
        }
        self.any()
    }
}

impl<'a> Fields<'a> {
    #[inline(never)]
    fn any(&mut self) -> Option<Result<(u32, Wire<'a>)>> {
        while !self.rest.is_empty() {
            let start = self.rest;
            match self.field() {
                Ok(Some(field)) => return Some(Ok(field)),
                Ok(None) => {}
                Err(error) => {
                    self.rest = &start[start.len()..];
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_borrowed_in_their_order() {
        let message = [
            0x08, 0x96, 0x01, // 1: 150
            0x12, 0x02, b'h', b'i', // 2: "hi"
            0x19, 1, 0, 0, 0, 0, 0, 0, 0, // 3: fixed64
            0x25, 2, 0, 0, 0, // 4: fixed32
        ];
        let fields: Vec<_> = Fields::new(&message).map(Result::unwrap).collect();
        let wanted = [
            (1, Wire::Varint(150)),
            (2, Wire::Bytes(b"hi")),
            (3, Wire::Fixed64(1)),
            (4, Wire::Fixed32(2)),
        ];
        assert_eq!(fields, wanted);
    }

    #[test]
    fn groups_are_skipped_however_deep_they_are() {
        let deep = [vec![0x0b; 100_000], vec![0x0c; 100_000], vec![0x10, 0x05]].concat();
        for message in [&[0x0b, 0x08, 0x01, 0x0c, 0x10, 0x05][..], &deep] {
            let fields: Vec<_> = Fields::new(message).map(Result::unwrap).collect();
            assert_eq!(fields, [(2, Wire::Varint(5))]);
        }
        for message in [&[0x0b; 100_000][..], &[0x0b, 0x14], &[0x0c]] {
            assert!(Fields::new(message).next().unwrap().is_err());
        }
    }

    #[test]
    fn damage_is_an_error_and_the_end() {
        for message in [
            &[0x12, 0x05, b'h'][..],
            &[0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            &[0x19, 1, 2],
            &[0x00],
            &[0x0c],
            &[0x08],
        ] {
            let mut fields = Fields::new(message);
            assert!(fields.next().unwrap().is_err(), "{message:x?}");
            assert!(fields.next().is_none());
        }
    }
}
