//! The kinds of values that events are counted by, and their counts: in memory, and packed in a row.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash, Hasher};

use rmp::{Marker, encode};
use uuid::Uuid;

use crate::codec::msgpack::{self, Reader};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Field;
use crate::store::sql::Row;

/// Numbers of events by value.
pub type Counts<V> = HashMap<V, i64, Folding>;

/// Hashes by folded multiplication from a random start. A day may have a million entities to add up, and the standard hash would take
/// most of the time.
#[derive(Clone, Copy, Debug)]
pub struct Folding(u64, u64);

impl Default for Folding {
    fn default() -> Self {
        let random = RandomState::new();
        Self(random.hash_one(0), random.hash_one(1) | 1)
    }
}

impl BuildHasher for Folding {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        *self
    }
}

impl Folding {
    fn fold(&mut self, part: u64) {
        let product = u128::from(self.0 ^ part) * u128::from(self.1);
        self.0 = product as u64 ^ (product >> 64) as u64;
    }
}

impl Hasher for Folding {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut part = [0; 8];
            part[..chunk.len()].copy_from_slice(chunk);
            self.fold(u64::from_le_bytes(part));
        }
    }

    fn write_i64(&mut self, number: i64) {
        self.fold(number as u64);
    }

    fn write_u128(&mut self, number: u128) {
        self.fold(number as u64);
        self.fold((number >> 64) as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A kind of value that blocks count.
pub trait Value: Clone + Eq + Hash + Ord {
    /// The number of its column in `tallies.sql`.
    const COLUMN: i64;
    /// Calls `each` with the values of an event, each once. They are in column 1, 2 or 3 of the row: text, integer or blob, as in
    /// `tally_rows.sql`.
    fn of_row(row: &dyn Row, each: &mut dyn FnMut(Self)) -> Result<()>;
    /// Appends the value's msgpack.
    fn write(&self, out: &mut Vec<u8>);
    /// Reads what [`Value::write`] wrote.
    fn read(reader: &mut Reader<'_>) -> Result<Self>;
    /// Returns the value as text.
    fn text(&self) -> String;
    /// Returns the memory of the value and its count, in bytes.
    fn bytes(&self) -> usize {
        size_of::<(Self, i64)>()
    }
}

/// A host: the event's `source_id`; or its `source_type`.
impl Value for String {
    const COLUMN: i64 = 1;

    fn of_row(row: &dyn Row, each: &mut dyn FnMut(Self)) -> Result<()> {
        each(row.text(1)?.unwrap_or_default().to_owned());
        Ok(())
    }

    fn write(&self, out: &mut Vec<u8>) {
        infallible(encode::write_str(out, self));
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(String::from_utf8_lossy(reader.bytes_of_text()?).into_owned())
    }

    fn text(&self) -> String {
        self.clone()
    }

    fn bytes(&self) -> usize {
        size_of::<(Self, i64)>() + self.len()
    }
}

/// A template: the event's `template_id`; or its `severity_id`.
impl Value for i64 {
    const COLUMN: i64 = 2;

    fn of_row(row: &dyn Row, each: &mut dyn FnMut(Self)) -> Result<()> {
        if let Some(template) = row.int(2)? {
            each(template);
        }
        Ok(())
    }

    fn write(&self, out: &mut Vec<u8>) {
        infallible(encode::write_sint(out, *self));
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        reader.int()
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

/// An entity: one of the event's `entity_refs`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entity {
    /// An id in canonical form.
    Id(u128),
    /// Any other text.
    Other(String),
}

impl Hash for Entity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Id(id) => state.write_u128(*id),
            Self::Other(text) => text.hash(state),
        }
    }
}

impl Entity {
    /// Classifies a text.
    pub fn new(bytes: &[u8]) -> Self {
        let id = Uuid::try_parse_ascii(bytes).ok().filter(|id| {
            let mut text = [0; 36];
            id.hyphenated().encode_lower(&mut text).as_bytes() == bytes
        });
        match id {
            Some(id) => Self::Id(id.as_u128()),
            None => Self::Other(String::from_utf8_lossy(bytes).into_owned()),
        }
    }
}

impl Value for Entity {
    const COLUMN: i64 = 3;

    fn of_row(row: &dyn Row, each: &mut dyn FnMut(Self)) -> Result<()> {
        // A damaged blob of another program has no entities.
        let mut entities = entities_of_blob(row.blob(3)?.unwrap_or_default()).unwrap_or_default();
        entities.sort_unstable();
        entities.dedup();
        entities.into_iter().for_each(each);
        Ok(())
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Id(id) => infallible(encode::write_bin(out, &id.to_be_bytes())),
            Self::Other(text) => infallible(encode::write_str(out, text)),
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        // A text may have 16 bytes too: only the msgpack type tells it from an id.
        let is_id = matches!(reader.peek()?, Marker::Bin8 | Marker::Bin16 | Marker::Bin32);
        let bytes = reader.bytes_of_text()?;
        if !is_id {
            return Ok(Self::Other(String::from_utf8_lossy(bytes).into_owned()));
        }
        <[u8; 16]>::try_from(bytes)
            .map(|id| Self::Id(u128::from_be_bytes(id)))
            .map_err(|_| Error::invalid("an entity's id has 16 bytes"))
    }

    fn text(&self) -> String {
        match self {
            Self::Id(id) => Uuid::from_u128(*id).to_string(),
            Self::Other(text) => text.clone(),
        }
    }

    fn bytes(&self) -> usize {
        let text = if let Self::Other(text) = self {
            text.len()
        } else {
            0
        };
        size_of::<(Self, i64)>() + text
    }
}

fn entities_of_blob(blob: &[u8]) -> Option<Vec<Entity>> {
    let mut reader = msgpack::find(blob, Field::EntityRefs)?;
    let count = reader.array_len().ok()??;
    (0..count)
        .map(|_| reader.bytes_of_text().ok().map(Entity::new))
        .collect()
}

fn infallible<T, E>(written: std::result::Result<T, E>) {
    debug_assert!(written.is_ok(), "a Vec takes what is written");
}

/// Packs counts as a msgpack map from the value to its number of events; zero counts are left out.
pub fn encoded<V: Value>(counts: &Counts<V>) -> Vec<u8> {
    let mut sorted: Vec<_> = counts.iter().filter(|(_, events)| **events > 0).collect();
    sorted.sort_unstable();
    let mut out = Vec::with_capacity(sorted.len() * 20 + 5);
    infallible(encode::write_map_len(&mut out, sorted.len() as u32));
    for (value, events) in sorted {
        value.write(&mut out);
        infallible(encode::write_uint(&mut out, *events as u64));
    }
    out
}

/// Adds what [`encoded`] wrote to counts.
pub fn add_encoded<V: Value>(counts: &mut Counts<V>, bytes: &[u8]) -> Result<()> {
    let damaged = |e: Error| Error::new(ErrorKind::Corrupt, format!("event_tallies: {e}"));
    let mut reader = Reader::new(bytes);
    let length = reader.map_len().map_err(damaged)?.unwrap_or_default();
    counts.reserve(length.min(bytes.len() / 2).saturating_sub(counts.len()));
    for _ in 0..length {
        let value = V::read(&mut reader).map_err(damaged)?;
        add(counts.entry(value).or_default(), reader.int().map_err(damaged)?).map_err(damaged)?;
    }
    Ok(())
}

/// Adds a stored number of events to a count.
///
/// # Errors
/// [`Corrupt`](ErrorKind::Corrupt) for a negative number, and for one that exceeds the count.
pub fn add(count: &mut i64, events: i64) -> Result<()> {
    let sum = count.checked_add(events).filter(|_| events >= 0);
    *count = sum.ok_or_else(|| {
        let text = format!("{events} is not a number of events to add to {count}");
        Error::new(ErrorKind::Corrupt, text)
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lead_back_and_what_reached_nothing_is_left_out() {
        let id = "ef9df6a4-1012-59be-9067-f1f04204b487";
        let counts = Counts::from_iter([
            (Entity::new(id.as_bytes()), 3),
            (Entity::new(id.to_uppercase().as_bytes()), 70_000),
            (Entity::new(b"none"), 0),
        ]);
        let bytes = encoded(&counts);
        let mut read = Counts::default();
        add_encoded(&mut read, &bytes).unwrap();
        add_encoded(&mut read, &bytes).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[&Entity::new(id.as_bytes())], 6);
        assert_eq!(read[&Entity::Other(id.to_uppercase())], 140_000);
        assert!(add_encoded::<Entity>(&mut read, &bytes[..bytes.len() - 1]).is_err());
    }

    #[test]
    fn numbers_that_are_not_counts_are_damage() {
        for (first, second) in [(i64::MAX, 1), (1, i64::MAX), (-1, 1), (i64::MIN, 0)] {
            let mut count = 0;
            let added = add(&mut count, first).and_then(|()| add(&mut count, second));
            assert_eq!(added.unwrap_err().kind(), ErrorKind::Corrupt, "{first} {second}");
        }
    }

    #[test]
    fn a_text_as_long_as_an_id_stays_text() {
        let counts = Counts::from_iter([(Entity::new(b"host-of-16-bytes"), 2)]);
        let mut read = Counts::<Entity>::default();
        add_encoded(&mut read, &encoded(&counts)).unwrap();
        assert_eq!(read[&Entity::Other("host-of-16-bytes".into())], 2);
    }
}
