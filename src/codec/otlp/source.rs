//! What the records of a resource and a scope have in common.

use std::borrow::Cow;
use std::rc::Rc;

use crate::codec::lines::PLAIN;
use crate::codec::model::{self, Entities, Given, json_text};
use crate::codec::share::{Allowance, short};
use crate::record::Value;

/// What emitted records, made ready once for all of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin<'a> {
    pub(super) pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    pub(super) source_type: Cow<'a, str>,
    pub(super) source_id: Cow<'a, str>,
    /// The host of that name, which is an entity; a place may be another thing.
    pub(super) host: Option<Cow<'a, str>>,
    pub(super) entities: Entities<'a>,
    /// About how many bytes of this each event repeats.
    weight: usize,
}

/// The part of a program that emitted records.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) version: Cow<'a, str>,
    pub(crate) attributes: Vec<(Cow<'a, str>, Value<'a>)>,
}

/// Where a record comes from: its origin and its scope, or what is left of them where they are repeated too often.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source<'a> {
    pub(super) origin: Rc<Origin<'a>>,
    pub(super) scope: Scope<'a>,
    /// How many attributes of the two are left out.
    pub(super) omitted: usize,
}

/// The least that an attribute takes beside its key and its value, in memory rather than in the blob.
const ATTRIBUTE: usize = 16;

/// The least that an entity takes beside its name: its id in the blob, and its row.
const ENTITY: usize = 128;

impl<'a> Source<'a> {
    /// Joins an origin and a scope.
    pub(crate) fn new(origin: Rc<Origin<'a>>, scope: Scope<'a>) -> Self {
        Self {
            origin,
            scope,
            omitted: 0,
        }
    }

    /// Returns about how many bytes each event repeats of it.
    pub(crate) fn weight(&self) -> usize {
        let pair = |(key, value): &(Cow<'_, str>, Value<'_>)| ATTRIBUTE + key.len() + json_text(value).len();
        let attributes: usize = self.scope.attributes.iter().map(pair).sum();
        self.origin.weight + self.scope.name.len() + self.scope.version.len() + attributes
    }

    /// Returns what is left of it for events that have to go without.
    pub(crate) fn short(&self) -> Self {
        let Self { origin, scope, .. } = self;
        let names = [&scope.name, &scope.version];
        let named = names.into_iter().filter(|name| !name.is_empty()).count();
        let kept = |name: &Cow<'a, str>| Cow::Owned(short(name).to_owned());
        Self {
            origin: Rc::new(Origin {
                source_type: kept(&origin.source_type),
                source_id: kept(&origin.source_id),
                ..Origin::default()
            }),
            scope: Scope::default(),
            omitted: origin.pairs.len() + scope.attributes.len() + named,
        }
    }
}

/// An origin and a scope as the records that come from them have it: whole, until there is too much of it.
#[derive(Debug)]
pub(crate) struct Shared<'a> {
    whole: Source<'a>,
    short: Source<'a>,
    weight: usize,
}

impl<'a> Shared<'a> {
    /// Measures a source.
    pub(crate) fn new(whole: Source<'a>) -> Self {
        Self {
            short: whole.short(),
            weight: whole.weight(),
            whole,
        }
    }

    /// Returns what the next record has of it.
    pub(crate) fn for_next(&self, allowance: &mut Allowance) -> &Source<'a> {
        if allowance.take(self.weight) {
            &self.whole
        } else {
            &self.short
        }
    }
}

/// Attributes of a resource that tell where it is, the best first.
const PLACES: [&str; 7] = [
    "host.name",
    "k8s.pod.name",
    "container.name",
    "service.instance.id",
    "host.id",
    "container.id",
    "k8s.node.name",
];

impl<'a> Origin<'a> {
    /// Takes a resource's attributes.
    pub(crate) fn new(attributes: Vec<(Cow<'a, str>, Value<'a>)>) -> Self {
        let text_of = |name: &str| {
            attributes.iter().find_map(|(key, value)| match value {
                Value::Str(text) if key == name && !text.is_empty() => Some(text.clone()),
                _ => None,
            })
        };
        let facts = model::of_pairs(&attributes, Given::default(), &PLAIN);
        let source_type = text_of("service.name").unwrap_or_default();
        let source_id = PLACES.into_iter().find_map(text_of).unwrap_or_default();
        let text = |(key, value)| (key, text_of_value(value));
        let pairs: Vec<(Cow<'a, str>, Cow<'a, str>)> = attributes.into_iter().map(text).collect();
        let bytes = pairs.iter().map(|(key, text)| ATTRIBUTE + key.len() + text.len());
        let host = facts.host.as_ref().map_or(0, |host| host.len() + ENTITY);
        let named = source_type.len() + source_id.len() + host + facts.entities.weight(ENTITY);
        Self {
            weight: bytes.sum::<usize>() + named,
            source_type,
            source_id,
            host: facts.host,
            entities: facts.entities,
            pairs,
        }
    }
}

fn text_of_value(value: Value<'_>) -> Cow<'_, str> {
    match value {
        Value::Str(text) => text,
        other => json_text(&other).into(),
    }
}
