//! The attributes that the records of a resource and a scope share.

use std::borrow::Cow;
use std::rc::Rc;

use crate::codec::lines::PLAIN;
use crate::codec::model::{self, Entities, Facts, Given, json_text};
use crate::codec::share::{Allowance, short};
use crate::record::Value;

/// The resource that emitted records, converted once for all its records.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin<'a> {
    pub(super) pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    pub(super) source_type: Cow<'a, str>,
    pub(super) source_id: Cow<'a, str>,
    /// The host name, which becomes an entity. `source_id` may name something other than a host.
    pub(super) host: Option<Cow<'a, str>>,
    pub(super) entities: Entities<'a>,
    /// The approximate number of bytes of this resource that are copied to each event.
    weight: usize,
}

/// The instrumentation scope that emitted records.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) version: Cow<'a, str>,
    pub(crate) schema_url: Cow<'a, str>,
    pub(crate) attributes: Vec<(Cow<'a, str>, Value<'a>)>,
}

/// The resource and scope of a record, or their shortened form if copies take too much space.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source<'a> {
    pub(super) origin: Rc<Origin<'a>>,
    pub(super) scope: Scope<'a>,
    /// The number of attributes of resource and scope that are left out.
    pub(super) omitted: usize,
}

/// The resource attribute that holds the schema URL of the resource.
pub(crate) const SCHEMA_URL: &str = "schema_url";

/// The memory that an attribute takes in addition to its key and value, at least.
const ATTRIBUTE: usize = 16;

/// The bytes that an entity takes in addition to its name, at least: its id in the blob, and its row.
const ENTITY: usize = 128;

impl<'a> Source<'a> {
    /// Combines a resource and a scope.
    pub(crate) fn new(origin: Rc<Origin<'a>>, scope: Scope<'a>) -> Self {
        Self {
            origin,
            scope,
            omitted: 0,
        }
    }

    /// Returns the approximate number of bytes that are copied to each event.
    pub(crate) fn weight(&self) -> usize {
        let pair = |(key, value): &(Cow<'_, str>, Value<'_>)| ATTRIBUTE + key.len() + json_text(value).len();
        let attributes: usize = self.scope.attributes.iter().map(pair).sum();
        let names = [&self.scope.name, &self.scope.version, &self.scope.schema_url];
        self.origin.weight + names.map(|name| name.len()).iter().sum::<usize>() + attributes
    }

    /// Returns the shortened form: only the source type and id, if they are short.
    pub(crate) fn short(&self) -> Self {
        let Self { origin, scope, .. } = self;
        let names = [&scope.name, &scope.version, &scope.schema_url];
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

/// A resource and scope in full and in shortened form.
#[derive(Debug)]
pub(crate) struct Shared<'a> {
    whole: Source<'a>,
    short: Source<'a>,
    weight: usize,
}

impl<'a> Shared<'a> {
    /// Measures a source and creates its shortened form.
    pub(crate) fn new(whole: Source<'a>) -> Self {
        Self {
            short: whole.short(),
            weight: whole.weight(),
            whole,
        }
    }

    /// Returns the full form for the next record, or the shortened form if the allowance is used up.
    pub(crate) fn for_next(&self, allowance: &mut Allowance) -> &Source<'a> {
        if allowance.take(self.weight) {
            &self.whole
        } else {
            &self.short
        }
    }
}

/// The resource attributes that can set `source_id`, in order of preference.
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
    /// Converts a resource's attributes.
    pub(crate) fn new(attributes: Vec<(Cow<'a, str>, Value<'a>)>) -> Self {
        let text_of = |name: &str| {
            attributes.iter().find_map(|(key, value)| match value {
                Value::Str(text) if key == name && !text.is_empty() => Some(text.clone()),
                _ => None,
            })
        };
        let mut facts = Facts::default();
        model::of_pairs(&attributes, Given::default(), &PLAIN, &mut facts);
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
