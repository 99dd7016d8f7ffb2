//! Text that is not UTF-8: accepted, and its bytes recoverable.
//!
//! msgpack strings, JSON and SQL text must be UTF-8 for other programs to read them. A field that is not gets U+FFFD for
//! each bad sequence, and its exact bytes stand, in base64, in the attribute `seerflow.raw.<field>`. Of a field with many texts
//! (a list, a map) the attribute is a list: for each text that is not UTF-8 its place among the field's texts, from 0, and
//! its bytes. In a map, keys and values take turns.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::record::{Event, Field, FieldRef, Value};

/// What the name of an attribute begins with that holds a field's exact bytes.
pub const RAW_PREFIX: &str = "seerflow.raw.";

/// Turns bytes into text; when they are not UTF-8 the exact bytes are kept in `event`'s attributes.
pub fn accept_text<'a>(event: &mut Event<'a>, field: &str, bytes: &'a [u8]) -> Cow<'a, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            keep_raw(&mut event.attributes, field, bytes);
            Cow::Owned(String::from_utf8_lossy(bytes).into_owned())
        }
    }
}

/// Bounds what an error quotes from its input.
pub(super) fn excerpt(text: &str) -> &str {
    text.char_indices().nth(40).map_or(text, |(end, _)| &text[..end])
}

/// Keeps a field's exact bytes among the attributes.
pub fn keep_raw<'a>(attributes: &mut Vec<(Cow<'a, str>, Value<'a>)>, field: &str, bytes: &[u8]) {
    keep_value(attributes, field, Value::from(STANDARD.encode(bytes)));
}

fn keep_value<'a>(attributes: &mut Vec<(Cow<'a, str>, Value<'a>)>, field: &str, value: Value<'a>) {
    let key = format!("{RAW_PREFIX}{field}");
    attributes.retain(|(existing, _)| *existing != key);
    attributes.push((key.into(), value));
}

/// The texts of an event's fields that are not UTF-8, collected while it is read and kept all at once, so that their number
/// does not multiply with that of the attributes.
#[derive(Debug, Default)]
pub(crate) struct NotUtf8<'a> {
    fields: Vec<(Field, Texts<'a>)>,
}

/// The places of texts among a field's, and their exact bytes.
type Texts<'a> = Vec<(usize, &'a [u8])>;

impl<'a> NotUtf8<'a> {
    /// Turns bytes into the text at `place` in a field.
    pub(crate) fn accept(&mut self, field: Field, place: usize, bytes: &'a [u8]) -> Cow<'a, str> {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Cow::Borrowed(text);
        }
        match self.of(field) {
            Some(texts) => texts.push((place, bytes)),
            None => self.fields.push((field, vec![(place, bytes)])),
        }
        Cow::Owned(String::from_utf8_lossy(bytes).into_owned())
    }

    /// Forgets the texts of a field, which is read anew.
    pub(crate) fn forget(&mut self, field: Field) {
        if let Some(texts) = self.of(field) {
            texts.clear();
        }
    }

    fn of(&mut self, field: Field) -> Option<&mut Texts<'a>> {
        let mut fields = self.fields.iter_mut();
        fields.find_map(|(known, texts)| (*known == field).then_some(texts))
    }

    /// Keeps the exact bytes among the event's attributes.
    pub(crate) fn keep(self, event: &mut Event<'_>) {
        for (field, texts) in self.fields {
            let is_one = matches!(event.get(field), FieldRef::Str(_) | FieldRef::OptStr(_));
            let value = match texts.as_slice() {
                [] => continue,
                [(_, bytes)] if is_one => Value::from(STANDARD.encode(bytes)),
                texts => Value::Array(texts.iter().map(placed).collect()),
            };
            keep_value(&mut event.attributes, field.name(), value);
        }
    }
}

fn placed(&(place, bytes): &(usize, &[u8])) -> Value<'static> {
    Value::Array(vec![
        Value::Int(place as i64),
        Value::from(STANDARD.encode(bytes)),
    ])
}

/// Returns a field's exact bytes where they were not UTF-8, `None` where the field's text is already exact.
pub fn raw_bytes(event: &Event<'_>, field: &str) -> Option<Vec<u8>> {
    let value = event
        .attributes
        .iter()
        .find_map(|(key, value)| (key.strip_prefix(RAW_PREFIX) == Some(field)).then_some(value))?;
    match value {
        Value::Str(encoded) => STANDARD.decode(encoded.as_bytes()).ok(),
        _ => None,
    }
}
