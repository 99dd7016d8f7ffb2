//! Messages that contain a record of their own: a JSON object, or a line with a header.
//!
//! Docker, Kubernetes and Fluent wrap each line that a program printed into such a message.

use std::borrow::Cow;

use super::LineOptions;
use super::{Facts, Given, Keys, keys, own};
use crate::codec::json;
use crate::record::{Event, Field, Value};

/// The facts in a line's header and its message, and the remaining attributes.
#[derive(Debug, Default)]
pub(crate) struct Line<'a> {
    pub(crate) facts: Facts<'a>,
    pub(crate) attributes: Keys<'a>,
    /// Whether the message has been read as keys and values.
    pub(crate) is_keyed: bool,
    /// Whether the attributes' names have the same meaning as the keys of a JSON record.
    pub(crate) by_name: bool,
}

/// A function that reads the header of a line into an empty [`Line`].
///
/// Returns false, and leaves the `Line` empty, if the text has no known header.
pub(crate) type ReadLine = for<'t> fn(&mut Line<'t>, &'t str, &LineOptions) -> bool;

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
    let mut line = Line::default();
    if !is_object(message) && read_line(&mut line, message, read, options) {
        *message = line.facts.message.take().unwrap_or_default();
        facts.append(&mut line.facts);
        line.attributes.append(attributes);
        *attributes = line.attributes;
    }
    open_object(event, given, facts, attributes, options);
}

/// Interprets the JSON object inside a message. Returns false if the message contains no object.
#[inline(never)]
pub(super) fn open_object<'a>(
    event: &mut Event<'a>,
    given: &mut Given,
    facts: &mut Facts<'a>,
    attributes: &mut Keys<'a>,
    options: &LineOptions,
) -> bool {
    let message = facts.message.as_ref().unwrap_or(&event.message);
    let Some(members) = is_object(message).then(|| read_object(message)).flatten() else {
        return false;
    };
    // If the object has a message of its own, that message replaces the text.
    let text = facts.message.take();
    let is_given = given.has(Field::Message);
    given.clear(Field::Message);
    let mut inner = put_members(members.into_iter(), event, given);
    let mut found = Facts::default();
    keys::take(&mut inner, *given, options, &mut found);
    facts.append(&mut found);
    if facts.message.is_none() && !given.has(Field::Message) {
        facts.message = text;
        if is_given {
            given.set(Field::Message);
        }
    }
    // If two attributes have the same name, the last one is stored: the one of the outer record.
    inner.append(attributes);
    *attributes = inner;
    true
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

/// Returns whether a text has the braces of a JSON object, optionally after the cookie `@cee:` of syslog senders.
pub(crate) fn is_object(text: &str) -> bool {
    let text = without_cookie(text.trim_ascii());
    text.starts_with('{') && text.ends_with('}')
}

fn without_cookie(text: &str) -> &str {
    text.strip_prefix("@cee:").map_or(text, str::trim_ascii_start)
}

/// Returns the members of the JSON object in a text.
#[inline(never)]
pub(super) fn read_object<'a>(text: &Cow<'a, str>) -> Option<Keys<'a>> {
    match text {
        Cow::Borrowed(text) => json::members(without_cookie(text.trim_ascii())),
        Cow::Owned(text) => json::members(without_cookie(text.trim_ascii())).map(owned_keys),
    }
}

/// Reads the header of the line in a text. Returns false if it has no header.
#[inline(never)]
#[expect(clippy::ptr_arg, reason = "a borrowed text outlives the reference to it")]
fn read_line<'a>(line: &mut Line<'a>, text: &Cow<'a, str>, read: ReadLine, options: &LineOptions) -> bool {
    match text {
        Cow::Borrowed(text) => read(line, text, options),
        Cow::Owned(text) => {
            // On the heap: a write has little stack left here.
            let mut inner = Box::<Line<'_>>::default();
            let is_found = read(&mut inner, text, options);
            set_owned(line, *inner);
            is_found
        }
    }
}

#[inline(never)]
fn set_owned(line: &mut Line<'_>, inner: Line<'_>) {
    line.facts = inner.facts.into_owned();
    line.attributes = owned_keys(inner.attributes);
}

fn owned_keys(keys: Keys<'_>) -> Keys<'static> {
    let owned = |(key, value): (Cow<'_, str>, Value<'_>)| (key.into_owned().into(), value.into_owned());
    keys.into_iter().map(owned).collect()
}
