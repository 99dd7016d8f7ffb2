//! Random events for property tests: every field, nested values, extreme texts and numbers.
//!
//! NaN is excluded because it does not equal itself, and a nil body because no format distinguishes it from a missing body.

use std::borrow::Cow;

use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;

use super::{Event, Field, FieldKind, FieldMut, Value};

type Text = Cow<'static, str>;

/// Generates events with about a third of their fields set.
pub(crate) fn event() -> impl Strategy<Value = Event<'static>> {
    let fields: Vec<_> = Field::ALL
        .iter()
        .map(|field| prop::option::weighted(0.3, content(field.kind())))
        .collect();
    fields.prop_map(|contents| {
        let mut event = Event::default();
        for (&field, content) in Field::ALL.iter().zip(contents) {
            if let Some(content) = content {
                content.put(event.get_mut(field));
            }
        }
        event
    })
}

/// Generates values nested a few levels deep.
pub(crate) fn value() -> impl Strategy<Value = Value<'static>> {
    let scalar = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::Bool),
        integer().prop_map(Value::Int),
        (i64::MAX as u64 + 1..=u64::MAX).prop_map(Value::UInt),
        float().prop_map(Value::Float),
        text().prop_map(Value::Str),
        vec(any::<u8>(), 0..20).prop_map(|bytes| Value::Bin(bytes.into())),
        (any::<i8>(), vec(any::<u8>(), 0..20)).prop_map(|(kind, bytes)| Value::Ext(kind, bytes.into())),
    ];
    scalar.prop_recursive(5, 40, 5, |inner| {
        let text_key = text().prop_map(Value::Str);
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::Array),
            vec((text_key, inner.clone()), 0..5).prop_map(Value::Map),
            vec((inner.clone(), inner), 0..5).prop_map(Value::Map),
        ]
    })
}

/// Generates text: arbitrary characters, characters that formats escape, and words that are special in some format.
pub(crate) fn text() -> impl Strategy<Value = Text> {
    let words = [
        "",
        "$map",
        "$bin",
        "$ext",
        "$float",
        "$",
        "type",
        "SeerflowEvent",
        "message",
        "level",
        "msg",
        "time",
        "nan",
        "null",
        "aGVsbG8=",
        "-1",
        "2026-03-14T01:02:03Z",
    ];
    let special = vec!['"', '\\', '/', '\u{7f}', '\u{2028}', '\u{fffd}', '\u{10ffff}'];
    let control = prop::char::range('\0', '\u{1f}');
    let character = prop_oneof![any::<char>(), control, prop::sample::select(special)];
    prop_oneof![
        vec(character, 0..12).prop_map(|characters| Text::from(String::from_iter(characters))),
        prop::sample::select(words.to_vec()).prop_map(Text::from),
    ]
}

fn integer() -> impl Strategy<Value = i64> {
    let edges = vec![
        i64::MIN,
        i64::MIN + 1,
        -129,
        -128,
        -33,
        -32,
        -1,
        0,
        1,
        127,
        128,
        255,
        256,
        65_536,
        i64::MAX,
    ];
    prop_oneof![any::<i64>(), prop::sample::select(edges)]
}

fn float() -> impl Strategy<Value = f64> {
    let edges = vec![
        0.0,
        -0.0,
        1.0,
        -1.5,
        0.1,
        1e16,
        1e-7,
        f64::MIN_POSITIVE,
        5e-324,
        f64::MAX,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ];
    prop_oneof![
        any::<f64>().prop_filter("NaN equals nothing", |number| !number.is_nan()),
        prop::sample::select(edges)
    ]
}

/// A generated value for one field.
#[derive(Clone, Debug)]
enum Content {
    Id(Uuid),
    Int(i64),
    Float(f64),
    Text(Text),
    List(Vec<Text>),
    StrMap(Vec<(Text, Text)>),
    Attributes(Vec<(Text, Value<'static>)>),
    Value(Value<'static>),
}

fn content(kind: FieldKind) -> BoxedStrategy<Content> {
    match kind {
        FieldKind::Id => any::<u128>()
            .prop_map(|id| Content::Id(Uuid::from_u128(id)))
            .boxed(),
        FieldKind::Time | FieldKind::Int => integer().prop_map(Content::Int).boxed(),
        FieldKind::Float => float().prop_map(Content::Float).boxed(),
        FieldKind::Str | FieldKind::OptStr => text().prop_map(Content::Text).boxed(),
        FieldKind::List => vec(text(), 0..4).prop_map(Content::List).boxed(),
        FieldKind::StrMap => vec((text(), text()), 0..4).prop_map(Content::StrMap).boxed(),
        FieldKind::Attributes => vec((text(), value()), 0..4).prop_map(Content::Attributes).boxed(),
        FieldKind::Body => value()
            .prop_filter("a nil body equals a missing one", |value| *value != Value::Nil)
            .prop_map(Content::Value)
            .boxed(),
    }
}

impl Content {
    fn put(self, place: FieldMut<'_, 'static>) {
        match (place, self) {
            (FieldMut::Id(slot), Content::Id(id)) => *slot = Some(id),
            (FieldMut::Time(slot), Content::Int(number)) => *slot = Some(number),
            (FieldMut::Int(slot), Content::Int(number)) => *slot = number,
            (FieldMut::Float(slot), Content::Float(number)) => *slot = number,
            (FieldMut::Str(slot), Content::Text(text)) => *slot = text,
            (FieldMut::OptStr(slot), Content::Text(text)) => *slot = Some(text),
            (FieldMut::List(slot), Content::List(items)) => *slot = items,
            (FieldMut::StrMap(slot), Content::StrMap(pairs)) => *slot = pairs,
            (FieldMut::Attributes(slot), Content::Attributes(pairs)) => *slot = pairs,
            (FieldMut::Body(slot), Content::Value(value)) => *slot = Some(value),
            (place, content) => unreachable!("{content:?} for {place:?}"),
        }
    }
}

/// Generates a reproducible series of damaged variants of an input: bytes changed, and runs removed, repeated or moved.
pub(crate) struct Mutator {
    seed: Vec<u8>,
    bytes: Vec<u8>,
    state: u64,
}

impl Mutator {
    pub(crate) fn new(seed: &[u8]) -> Self {
        Self {
            seed: seed.to_vec(),
            bytes: Vec::new(),
            state: 0x9e37_79b9_7f4a_7c15,
        }
    }

    /// Returns the number of variants that a test tries; larger when `SEERFLOW_TORTURE=long`.
    pub(crate) fn rounds() -> usize {
        if std::env::var("SEERFLOW_TORTURE").is_ok_and(|form| form == "long") {
            2_000_000
        } else {
            5_000
        }
    }

    /// Returns the next variant.
    pub(crate) fn next(&mut self) -> &[u8] {
        // Damage accumulates over several variants, which produces rare combinations.
        if self.bytes.is_empty() || self.below(8) == 0 {
            self.bytes.clone_from(&self.seed);
        }
        for _ in 0..=self.below(4) {
            self.damage();
        }
        &self.bytes
    }

    fn damage(&mut self) {
        let length = self.bytes.len();
        if length == 0 || length > 8 * self.seed.len() {
            self.bytes.clone_from(&self.seed);
            return;
        }
        let (at, run) = (self.below(length), self.below(16) + 1);
        let end = (at + run).min(length);
        match self.below(6) {
            0 => self.bytes[at] = self.below(256) as u8,
            1 => self.bytes[at] ^= 1 << self.below(8),
            2 => drop(self.bytes.drain(at..end)),
            3 => {
                let copy = self.bytes[at..end].to_vec();
                let to = self.below(length);
                self.bytes.splice(to..to, copy);
            }
            4 => self.bytes.truncate(at),
            _ => {
                let extreme = [0x00, 0x7f, 0x80, 0xff][self.below(4)];
                self.bytes[at..end].fill(extreme);
            }
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state % bound as u64) as usize
    }
}
