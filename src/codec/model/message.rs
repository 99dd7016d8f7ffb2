//! Messages that contain a record of their own: a JSON object, or a line with a header.
//!
//! Docker, Kubernetes and Fluent wrap each line that a program printed into such a message.

use std::borrow::Cow;

use super::LineOptions;
use super::{Facts, Given, Keys, keys, own};
use crate::codec::json;
use crate::record::{Event, Field, Value};

/// The facts in a line's header and its message, and the remaining attributes.
pub(crate) struct Line<'a> {
    pub(crate) facts: Facts<'a>,
    pub(crate) attributes: Keys<'a>,
}

impl Line<'_> {
    /// Converts borrowed text to owned text.
    pub(crate) fn into_owned(self) -> Line<'static> {
        let attributes = self.attributes.into_iter();
        Line {
            facts: self.facts.into_owned(),
            attributes: attributes
                .map(|(key, value)| (key.into_owned().into(), value.into_owned()))
                .collect(),
        }
    }
}

/// A function that reads the header of a line.
pub(crate) type ReadLine = for<'t> fn(&'t str, &LineOptions) -> Option<Line<'t>>;

/// Interprets the record inside a message. Facts of the outer record take precedence.
#[inline(never)]
pub(super) fn open<'a>(
    event: &mut Event<'a>,
    given: &mut Given,
    facts: &mut Facts<'a>,
    attributes: &mut Keys<'a>,
    (read, options): (ReadLine, &LineOptions),
) {
    let message = match &mut facts.message {
        Some(message) => message,
        None if given.has(Field::Message) => &mut event.message,
        None => return,
    };
    if !is_object(message)
        && let Some(mut line) = read_line(message, read, options)
    {
        *message = line.facts.message.take().unwrap_or_default();
        facts.append(line.facts);
        line.attributes.append(attributes);
        *attributes = line.attributes;
    }
    open_object(event, given, facts, attributes, options);
}

/// Interprets the JSON object inside a message.
#[inline(never)]
pub(super) fn open_object<'a>(
    event: &mut Event<'a>,
    given: &mut Given,
    facts: &mut Facts<'a>,
    attributes: &mut Keys<'a>,
    options: &LineOptions,
) {
    let message = facts.message.as_ref().unwrap_or(&event.message);
    let Some(members) = is_object(message).then(|| read_object(message)).flatten() else {
        return;
    };
    // If the object has a message of its own, that message replaces the text.
    let text = facts.message.take();
    let is_given = given.has(Field::Message);
    given.clear(Field::Message);
    let mut inner = put_members(members.into_iter(), event, given);
    facts.append(keys::take(&mut inner, *given, options));
    if facts.message.is_none() && !given.has(Field::Message) {
        facts.message = text;
        if is_given {
            given.set(Field::Message);
        }
    }
    // If two attributes have the same name, the last one is stored: the one of the outer record.
    inner.append(attributes);
    *attributes = inner;
}

/// Sets the fields that members name, except those that are given. Returns the other members.
pub(super) fn put_members<'a>(
    members: impl Iterator<Item = (Cow<'a, str>, Value<'a>)>,
    event: &mut Event<'a>,
    given: &mut Given,
) -> Keys<'a> {
    let mut others = Keys::new();
    for (key, value) in members {
        match Field::from_name(&key) {
            Some(field) if !given.has(field) && value != Value::Nil => match own::put(event, field, value) {
                Ok(()) => given.set(field),
                Err(value) => others.push((key, value)),
            },
            _ => others.push((key, value)),
        }
    }
    others
}

fn is_object(text: &str) -> bool {
    let text = text.trim_ascii();
    text.starts_with('{') && text.ends_with('}')
}

/// Returns the members of the JSON object in a text.
#[inline(never)]
pub(super) fn read_object<'a>(text: &Cow<'a, str>) -> Option<Keys<'a>> {
    match text {
        Cow::Borrowed(text) => json::members(text),
        Cow::Owned(text) => {
            let members = json::members(text)?.into_iter();
            let owned = members.map(|(key, value)| (key.into_owned().into(), value.into_owned()));
            Some(owned.collect())
        }
    }
}

/// Reads the header of the line in a text; `None` if it has no header.
#[inline(never)]
fn read_line<'a>(text: &Cow<'a, str>, read: ReadLine, options: &LineOptions) -> Option<Line<'a>> {
    match text {
        Cow::Borrowed(text) => read(text, options),
        Cow::Owned(text) => read(text, options).map(Line::into_owned),
    }
}
