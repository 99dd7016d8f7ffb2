//! Splits a buffer into pieces that can be read on their own: a record, a message or a group.

use std::borrow::Cow;

use super::opentelemetry::Group;
use super::parts::{Mark, mark};
use super::record::{Context, read_record};
use super::{FluentOptions, UNPACKED};
use crate::codec::msgpack::{Reader, value_len};
use crate::codec::otlp::Shared;
use crate::codec::share::Allowance;
use crate::codec::text::lossy;
use crate::codec::unpack::{Compression, unpack};
use crate::codec::{AWAITED, Sink, bounded};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Event;

/// The pieces of a buffer.
///
/// An incomplete last piece stays with the caller, unless the input is complete or the piece is longer than
/// its limit: 64 MiB, or 256 MiB for a packed message.
#[derive(Debug)]
pub struct Pieces<'a> {
    input: &'a [u8],
    at: usize,
    complete: bool,
    longest: usize,
}

/// One piece of a buffer and its end offset.
#[derive(Debug)]
pub struct Piece<'a> {
    /// The piece's bytes.
    pub bytes: &'a [u8],
    /// The offset in the input just after the piece.
    pub end: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Adjacent records: a single one, or a group with its start and end marks.
    Records,
    /// An array whose first item is a tag.
    Message,
    /// The start of a group whose end is missing. The records after it are read as if they were ungrouped.
    Unended,
    /// The rest of the input, starting with a value that is not any of these.
    Garbage,
}

impl<'a> Pieces<'a> {
    /// Creates an iterator at the first byte of `input`.
    pub fn new(input: &'a [u8], complete: bool, longest: usize) -> Self {
        Self {
            input,
            at: 0,
            complete,
            longest,
        }
    }

    fn cut(&self, rest: &[u8]) -> Option<(usize, Kind)> {
        let is_array = matches!(rest[0], 0x90..=0x9f | 0xdc | 0xdd);
        let is_map = matches!(rest[0], 0x80..=0x8f | 0xde | 0xdf);
        match value_len(rest) {
            None if (is_array || is_map) && !self.complete && rest.len() <= awaited(rest, self.longest) => {
                None
            }
            Some(length) if is_map => Some((length, Kind::Records)),
            Some(length) if is_array && begins_with_text(rest) => Some((length, Kind::Message)),
            Some(length) if is_array && mark(&rest[..length]) == Mark::Start => {
                match group_len(rest, length) {
                    Ok(end) => Some((end, Kind::Records)),
                    Err(_) if self.complete => Some((rest.len(), Kind::Records)),
                    Err(_) if rest.len() <= AWAITED => None,
                    Err(whole) => Some((whole, Kind::Unended)),
                }
            }
            Some(length) if is_array => Some((length, Kind::Records)),
            _ => Some((rest.len(), Kind::Garbage)),
        }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let rest = &self.input[self.at..];
        if rest.is_empty() {
            return None;
        }
        let (length, kind) = self.cut(rest)?;
        self.at += length;
        Some(Piece {
            bytes: &rest[..length],
            end: self.at,
            kind,
        })
    }
}

/// Returns the length of a group up to its end mark, or up to the next group's start mark.
///
/// If both are missing, returns the end of its last complete record as an error.
fn group_len(rest: &[u8], first: usize) -> std::result::Result<usize, usize> {
    let mut at = first;
    while at < rest.len() {
        let length = value_len(&rest[at..]).ok_or(at)?;
        match mark(&rest[at..at + length]) {
            Mark::End => return Ok(at + length),
            Mark::Start => return Ok(at),
            Mark::None => at += length,
        }
    }
    Err(at)
}

/// Returns the most bytes of an incomplete record or message that wait for more input.
///
/// The size of a packed message is taken from its header alone, so that repeated calls cost little.
fn awaited(rest: &[u8], longest: usize) -> usize {
    const PACKED: usize = 256 << 20;
    let mut reader = Reader::new(rest);
    let has_tag = matches!(reader.array_len(), Ok(Some(1..))) && reader.bytes_of_text().is_ok();
    match reader.rest().first() {
        Some(0xc4..=0xc6 | 0xd9..=0xdb) if has_tag => PACKED,
        _ => AWAITED.max(longest),
    }
}

fn begins_with_text(array: &[u8]) -> bool {
    let mut reader = Reader::new(array);
    matches!(reader.array_len(), Ok(Some(1..))) && reader.is_text()
}

impl Piece<'_> {
    /// Returns whether the end of the piece could not be found. It then contains the rest of the input.
    pub fn is_garbage(&self) -> bool {
        self.kind == Kind::Garbage
    }

    /// Decodes the piece's records and passes each to `with`.
    ///
    /// # Errors
    /// An error that `with` returns ends the iteration and is returned.
    pub fn each(&self, options: FluentOptions<'_>, with: &mut Sink<'_>) -> Result<()> {
        match self.kind {
            Kind::Records => each_record(self.bytes, None, self.bytes.len(), options, with),
            Kind::Unended => {
                each_record(self.bytes, None, self.bytes.len(), options, with)?;
                let length = value_len(self.bytes).unwrap_or(self.bytes.len());
                let reason = format!("the group has no end within {AWAITED} bytes");
                refuse(Error::new(ErrorKind::Limit, reason), &self.bytes[..length], with)
            }
            Kind::Message => match Message::read(self.bytes) {
                Ok(message) => message.each(options, with),
                Err(error) => refuse(error, self.bytes, with),
            },
            Kind::Garbage => refuse(
                Error::invalid("neither a record nor a message of Fluent Forward, or one without an end"),
                self.bytes,
                with,
            ),
        }
    }
}

/// Decodes adjacent records. `sent` is the size that limits the copies of shared attributes.
fn each_record(
    bytes: &[u8],
    tag: Option<&str>,
    sent: usize,
    options: FluentOptions<'_>,
    with: &mut Sink<'_>,
) -> Result<()> {
    let mut context = Context {
        tag,
        options: options.records,
        group: None,
        allowance: Allowance::of(sent),
    };
    let mut bad_group = None;
    let mut rest = bytes;
    while !rest.is_empty() {
        let Some(length) = value_len(rest) else {
            return refuse(Error::invalid("the msgpack ends too early"), rest, with);
        };
        let (record, behind) = rest.split_at(length);
        match mark(record) {
            Mark::Start => {
                let group = bounded("record", length, options.longest)
                    .and_then(|()| Group::read(record, options.records));
                (context.group, bad_group) = apart(group);
            }
            Mark::End => (context.group, bad_group) = (None, None),
            Mark::None => {
                // After a value that cannot be a record, the rest is not searched for more records.
                let is_garbage = !matches!(record[0], 0x80..=0x9f | 0xdc..=0xdf);
                let bytes = if is_garbage { rest } else { record };
                match &bad_group {
                    None => take(record, bytes, options.longest, &mut context, with)?,
                    Some(error) => {
                        let error = Error::new(error.kind(), error.to_string());
                        refuse(error.within("group"), bytes, with)?;
                    }
                }
                if is_garbage {
                    return Ok(());
                }
            }
        }
        rest = behind;
    }
    Ok(())
}

/// Decodes a record and passes it to `with`, together with `bytes`, the payload of a dead letter.
#[inline(never)]
fn take<'a>(
    record: &'a [u8],
    bytes: &[u8],
    longest: usize,
    context: &mut Context<'a>,
    with: &mut Sink<'_>,
) -> Result<()> {
    let mut event = Event::default();
    match bounded("record", record.len(), longest).and_then(|()| read_record(&mut event, record, context)) {
        Ok(()) => with(&mut Ok(event), bytes),
        Err(error) => refuse(error, bytes, with),
    }
}

/// Passes an invalid record to `with`.
///
/// A function of its own because an event is large: no other frame on the stack has to hold one.
#[inline(never)]
fn refuse(error: Error, bytes: &[u8], with: &mut Sink<'_>) -> Result<()> {
    with(&mut Err(error), bytes)
}

fn apart(group: Result<Box<Shared<'_>>>) -> (Option<Box<Shared<'_>>>, Option<Error>) {
    match group {
        Ok(group) => (Some(group), None),
        Err(error) => (None, Some(error)),
    }
}

/// A message of one of Forward's modes.
struct Message<'a> {
    tag: Cow<'a, str>,
    /// The message's adjacent records, or in Message mode the whole array unchanged.
    records: Cow<'a, [u8]>,
    is_single: bool,
    /// The size in bytes that limits the copies of shared attributes.
    sent: usize,
}

impl<'a> Message<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let count = reader.array_len()?.unwrap_or_default();
        let tag = lossy(reader.bytes_of_text()?);
        let start = reader.rest();
        let mut message = Self {
            tag,
            records: Cow::Borrowed(bytes),
            is_single: false,
            sent: bytes.len(),
        };
        match start.first() {
            Some(0x90..=0x9f | 0xdc | 0xdd) if count <= 3 => {
                let length = value_len(start).unwrap_or(start.len());
                let mut entries = Reader::new(&start[..length]);
                entries.array_len()?;
                message.records = Cow::Borrowed(entries.rest());
            }
            // A text that cannot start a record is a time.
            Some(0xa0..=0xbf | 0xd9..=0xdb) if is_time(&reader) => message.is_single = true,
            Some(0xa0..=0xbf | 0xd9..=0xdb | 0xc4..=0xc6) => {
                let packed = reader.bytes_of_text()?;
                let compression = if count > 2 {
                    compression(&mut reader)?
                } else {
                    None
                };
                message.records = match compression {
                    Some(compression) => {
                        let unpacked = unpack(packed, compression, UNPACKED)?;
                        // Data that compresses far better than logs must not raise the limit.
                        message.sent = unpacked.len().min(packed.len().saturating_mul(16));
                        Cow::Owned(unpacked)
                    }
                    None => Cow::Borrowed(packed),
                };
            }
            _ if count >= 3 => message.is_single = true,
            // A map directly after the tag: a record without a time.
            Some(0x80..=0x8f | 0xde | 0xdf) => message.records = Cow::Borrowed(start),
            _ => return Err(Error::invalid("a message has a tag, a time and a record")),
        }
        Ok(message)
    }

    fn each(&self, options: FluentOptions<'_>, with: &mut Sink<'_>) -> Result<()> {
        let tag = Some(self.tag.as_ref());
        if !self.is_single {
            return each_record(&self.records, tag, self.sent, options, with);
        }
        let mut context = Context {
            tag,
            options: options.records,
            group: None,
            allowance: Allowance::of(self.sent),
        };
        take(&self.records, &self.records, options.longest, &mut context, with)
    }
}

/// Returns whether the next text is a time, which some clients write as text, and not packed records.
fn is_time(message: &Reader<'_>) -> bool {
    let text = message.clone().bytes_of_text().unwrap_or_default();
    // A packed record starts with a byte outside ASCII.
    matches!(text.first(), Some(0x20..=0x7f)) && std::str::from_utf8(text).is_ok()
}

/// Reads the compression from a message's options. Other options are skipped.
fn compression(options: &mut Reader<'_>) -> Result<Option<Compression>> {
    for _ in 0..options.map_len()?.unwrap_or_default() {
        let mut text = || -> Result<Option<&[u8]>> {
            let found = options.clone().bytes_of_text().ok();
            options.pass()?;
            Ok(found)
        };
        match (text()?, text()?) {
            (Some(b"compressed"), Some(b"gzip")) => return Ok(Some(Compression::Gzip)),
            (Some(b"compressed"), Some(b"zstd")) => return Ok(Some(Compression::Zstd)),
            _ => {}
        }
    }
    Ok(None)
}
