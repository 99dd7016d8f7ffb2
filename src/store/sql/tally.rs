//! Events counted by hosts, templates and entities: block by block of arrival, for values too many to have a row each.
//!
//! A block is closed once as many events follow each other, whoever wrote them. Only pruning changes it. A window of time is
//! the sum of the blocks that lie in it whole, and of the events in the blocks that it cuts through and after the last
//! one, which are read from the table: the answer is exact at any moment, and its price hardly depends on the window's edges.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash, Hasher};

use rmp::{Marker, encode};
use uuid::Uuid;

use super::{Conn, Param, Row, Type, query_int};
use crate::codec::msgpack::{self, Reader};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Field, Window};

/// Events a block.
pub const BLOCK: i64 = 8_192;

/// The most blocks closed in one transaction above what it added: a database of another program is caught up with in small steps.
const BLOCKS_AT_ONCE: i64 = 4;

/// Numbers of events by value.
pub type Counts<V> = HashMap<V, i64, Folding>;

/// Hashes by folded multiplication from a random start: a day may have a million entries to add up, and the standard hash is
/// most of what that costs.
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
    /// The number of its column, as `tallies.sql` has it.
    const COLUMN: i64;
    /// Calls `each` with the values of an event, each once. The row is one of `tally_rows.sql`.
    fn of_row(row: &dyn Row, each: &mut dyn FnMut(Self)) -> Result<()>;
    /// Appends the value's msgpack.
    fn write(&self, out: &mut Vec<u8>);
    /// Reads what [`Value::write`] wrote.
    fn read(reader: &mut Reader<'_>) -> Result<Self>;
    /// Spells the value.
    fn text(&self) -> String;
}

/// A host: the event's `source_id`.
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
}

/// A template: the event's `template_id`.
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
    /// An id as this library and Seerflow spell it.
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
    fn new(bytes: &[u8]) -> Self {
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
        // A blob that another program damaged has no entities.
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
        // A text may have 16 bytes too: what is an id tells its type alone.
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

fn encoded<V: Value>(counts: &Counts<V>) -> Vec<u8> {
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
fn add_encoded<V: Value>(counts: &mut Counts<V>, bytes: &[u8]) -> Result<()> {
    let damaged = |e: Error| Error::new(ErrorKind::Corrupt, format!("event_tallies: {e}"));
    let mut reader = Reader::new(bytes);
    let length = reader.map_len().map_err(damaged)?.unwrap_or_default();
    counts.reserve(length.min(bytes.len() / 2).saturating_sub(counts.len()));
    for _ in 0..length {
        let value = V::read(&mut reader).map_err(damaged)?;
        *counts.entry(value).or_default() += reader.int().map_err(damaged)?;
    }
    Ok(())
}

/// What the events of a block, or of what is left of it, are counted by.
#[derive(Debug, Default)]
struct Tally {
    events: i64,
    times: Option<(i64, i64)>,
    hosts: Counts<String>,
    templates: Counts<i64>,
    entities: Counts<Entity>,
}

impl Tally {
    fn add(&mut self, row: &dyn Row) -> Result<()> {
        let time = row.int(0)?.unwrap_or_default();
        self.events += 1;
        self.times = Some(
            self.times
                .map_or((time, time), |(min, max)| (min.min(time), max.max(time))),
        );
        String::of_row(row, &mut |host| *self.hosts.entry(host).or_default() += 1)?;
        i64::of_row(row, &mut |template| {
            *self.templates.entry(template).or_default() += 1
        })?;
        Entity::of_row(row, &mut |entity| *self.entities.entry(entity).or_default() += 1)
    }
}

/// Returns up to which arrival number events are in blocks.
pub fn watermark(conn: &dyn Conn) -> Result<i64> {
    query_int(conn, &conn.statements().tally_watermark, &[])
}

/// Returns how many events there are, by the blocks and the events after them.
pub fn total(conn: &dyn Conn) -> Result<u64> {
    let after = watermark(conn)?;
    Ok(query_int(conn, &conn.statements().tally_total, &[after.into()])?.max(0) as u64)
}

/// Closes the blocks that are full; see [`super::summary::close_ranges`].
pub fn close_blocks(conn: &dyn Conn, last_seq: i64, added: i64) -> Result<bool> {
    let mut first = watermark(conn)? + 1;
    for _ in 0..BLOCKS_AT_ONCE + added / BLOCK {
        let last = first + BLOCK - 1;
        if last > last_seq {
            return Ok(false);
        }
        close_block(conn, first, last)?;
        first = last + 1;
    }
    Ok(first + BLOCK - 1 <= last_seq)
}

/// Closes one block up to a number that no event before it has reached yet; see [`super::summary::skip`].
pub fn skip(conn: &dyn Conn, last: i64) -> Result<()> {
    close_block(conn, watermark(conn)? + 1, last)
}

/// Closes one block, of any length; to be called in a write transaction.
pub fn close_block(conn: &dyn Conn, first: i64, last: i64) -> Result<()> {
    let mut tally = Tally::default();
    let params: [Param<'_>; 5] = [
        first.into(),
        last.into(),
        i64::MIN.into(),
        i64::MAX.into(),
        Param::Null(Type::Int),
    ];
    conn.query(&conn.statements().tally_rows, &params, &mut |row| {
        tally.add(row).map(|()| true)
    })?;
    let (min_ns, max_ns) = tally.times.unwrap_or((i64::MAX, i64::MIN));
    let (hosts, templates, entities) = (
        encoded(&tally.hosts),
        encoded(&tally.templates),
        encoded(&tally.entities),
    );
    let params: [Param<'_>; 8] = [
        first.into(),
        last.into(),
        min_ns.into(),
        max_ns.into(),
        tally.events.into(),
        hosts.as_slice().into(),
        templates.as_slice().into(),
        entities.as_slice().into(),
    ];
    conn.execute(&conn.statements().insert_tally, &params).map(|_| ())
}

/// Counts the events of a window by one kind of value.
pub fn count<V: Value>(conn: &dyn Conn, window: Window, control: &Control) -> Result<Counts<V>> {
    let statements = conn.statements();
    let mut counts = Counts::default();
    let mut spans: Vec<(i64, i64)> = Vec::new();
    let params = [window.from_ns.into(), window.to_ns.into(), V::COLUMN.into()];
    conn.query(&statements.tallies, &params, &mut |row| {
        control.check()?;
        match row.blob(2)? {
            Some(whole) => add_encoded(&mut counts, whole)?,
            None => push_span(
                &mut spans,
                (row.int(0)?.unwrap_or_default(), row.int(1)?.unwrap_or_default()),
            ),
        }
        Ok(true)
    })?;
    push_span(&mut spans, (watermark(conn)? + 1, i64::MAX));
    for (first, last) in spans {
        let params = [
            first.into(),
            last.into(),
            window.from_ns.into(),
            window.to_ns.into(),
            V::COLUMN.into(),
        ];
        conn.query(&statements.tally_rows, &params, &mut |row| {
            V::of_row(row, &mut |value| *counts.entry(value).or_default() += 1).map(|()| true)
        })?;
    }
    Ok(counts)
}

/// Appends a span, joining it with the one before when they touch.
fn push_span(spans: &mut Vec<(i64, i64)>, span: (i64, i64)) {
    match spans.last_mut() {
        Some(last) if last.1.saturating_add(1) == span.0 => last.1 = span.1,
        _ => spans.push(span),
    }
}

/// An event that goes, and what it was counted by.
#[derive(Clone, Debug)]
pub struct Gone {
    /// Its arrival number.
    pub seq: i64,
    /// Its host.
    pub host: String,
    /// Its template.
    pub template: Option<i64>,
    /// Its entities, as its blob spells them.
    pub entities: Vec<String>,
}

/// Takes events out of their blocks; to be called in the write transaction that removes them.
pub fn uncount(conn: &dyn Conn, mut gone: Vec<Gone>) -> Result<()> {
    let watermark = watermark(conn)?;
    gone.retain(|event| event.seq <= watermark);
    gone.sort_unstable_by_key(|event| event.seq);
    let mut rest = gone.as_slice();
    while let Some(event) = rest.first() {
        let Some((first, last, mut tally)) = block_of(conn, event.seq)? else {
            rest = &rest[1..];
            continue;
        };
        // An event between two blocks would be one of a block that was forgotten.
        let here = rest.partition_point(|event| event.seq <= last).max(1);
        for event in rest[..here].iter().filter(|event| event.seq <= last) {
            take_out(&mut tally, event);
        }
        rest = &rest[here..];
        let (hosts, templates, entities) = (
            encoded(&tally.hosts),
            encoded(&tally.templates),
            encoded(&tally.entities),
        );
        let params: [Param<'_>; 5] = [
            first.into(),
            tally.events.into(),
            hosts.as_slice().into(),
            templates.as_slice().into(),
            entities.as_slice().into(),
        ];
        conn.execute(&conn.statements().update_tally, &params)?;
    }
    conn.execute(&conn.statements().drop_dead_tallies, &[])
        .map(|_| ())
}

fn take_out(tally: &mut Tally, event: &Gone) {
    tally.events -= 1;
    if let Some(events) = tally.hosts.get_mut(&event.host) {
        *events -= 1;
    }
    if let Some(events) = event.template.and_then(|id| tally.templates.get_mut(&id)) {
        *events -= 1;
    }
    let mut entities: Vec<Entity> = event
        .entities
        .iter()
        .map(|id| Entity::new(id.as_bytes()))
        .collect();
    entities.sort_unstable();
    entities.dedup();
    for entity in entities {
        if let Some(events) = tally.entities.get_mut(&entity) {
            *events -= 1;
        }
    }
}

fn block_of(conn: &dyn Conn, seq: i64) -> Result<Option<(i64, i64, Tally)>> {
    let mut found = None;
    conn.query(&conn.statements().tally_of_event, &[seq.into()], &mut |row| {
        let mut tally = Tally {
            events: row.int(2)?.unwrap_or_default(),
            ..Tally::default()
        };
        add_encoded(&mut tally.hosts, row.blob(3)?.unwrap_or_default())?;
        add_encoded(&mut tally.templates, row.blob(4)?.unwrap_or_default())?;
        add_encoded(&mut tally.entities, row.blob(5)?.unwrap_or_default())?;
        let (first, last) = (row.int(0)?.unwrap_or_default(), row.int(1)?.unwrap_or_default());
        found = (seq <= last).then_some((first, last, tally));
        Ok(false)
    })?;
    Ok(found)
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
    fn a_text_as_long_as_an_id_stays_text() {
        let counts = Counts::from_iter([(Entity::new(b"host-of-16-bytes"), 2)]);
        let mut read = Counts::<Entity>::default();
        add_encoded(&mut read, &encoded(&counts)).unwrap();
        assert_eq!(read[&Entity::Other("host-of-16-bytes".into())], 2);
    }

    #[test]
    fn spans_that_touch_are_one() {
        let mut spans = Vec::new();
        for span in [(1, 2), (3, 4), (9, 10), (11, i64::MAX)] {
            push_span(&mut spans, span);
        }
        assert_eq!(spans, [(1, 4), (9, i64::MAX)]);
    }
}
