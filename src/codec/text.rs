//! Text that is not UTF-8: it is accepted, and its exact bytes can be recovered.
//!
//! Other programs can read msgpack strings, JSON and SQL text only if they are UTF-8. In a field that is not
//! UTF-8, each invalid sequence is replaced by U+FFFD. The attribute `seerflow.raw.<field>` holds the exact
//! bytes in base64. For a field with several texts (a list or a map), the attribute is a list. It has two
//! items for each text that is not UTF-8: its position among the field's texts, from 0, and its bytes. In a
//! map, positions count keys and values alternately.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::record::{Event, Field, FieldRef, Value};

/// The prefix of the names of attributes that hold a field's exact bytes.
pub const RAW_PREFIX: &str = "seerflow.raw.";

/// Decodes bytes as text; U+FFFD replaces each invalid sequence of UTF-8.
pub(super) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    // `from_utf8_lossy` alone takes longer for the usual, valid text.
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Shortens input text that an error message quotes.
pub(super) fn excerpt(text: &str) -> &str {
    text.char_indices().nth(40).map_or(text, |(end, _)| &text[..end])
}

/// Adds an attribute with a field's exact bytes.
pub fn keep_raw<'a>(attributes: &mut Vec<(Cow<'a, str>, Value<'a>)>, field: &str, bytes: &[u8]) {
    keep_value(attributes, field, Value::from(STANDARD.encode(bytes)));
}

fn keep_value<'a>(attributes: &mut Vec<(Cow<'a, str>, Value<'a>)>, field: &str, value: Value<'a>) {
    let key = format!("{RAW_PREFIX}{field}");
    attributes.retain(|(existing, _)| *existing != key);
    attributes.push((key.into(), value));
}

/// The texts of an event's fields that are not UTF-8, collected while the event is read.
///
/// They are added to the attributes once, at the end. Adding each one at once would take time proportional to
/// the number of such texts times the number of attributes.
#[derive(Debug, Default)]
pub(crate) struct NotUtf8<'a> {
    fields: Vec<(Field, Texts<'a>)>,
}

/// Exact bytes, each with the position of its text within the field.
type Texts<'a> = Vec<(usize, &'a [u8])>;

impl<'a> NotUtf8<'a> {
    /// Decodes the bytes of the text at position `place` in a field.
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

    /// Discards the texts collected for a field. Called when the field is repeated and is read again.
    pub(crate) fn forget(&mut self, field: Field) {
        if let Some(texts) = self.of(field) {
            texts.clear();
        }
    }

    fn of(&mut self, field: Field) -> Option<&mut Texts<'a>> {
        let mut fields = self.fields.iter_mut();
        fields.find_map(|(known, texts)| (*known == field).then_some(texts))
    }

    /// Adds the exact bytes to the event's attributes.
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

/// Returns a field's exact bytes, or `None` if the field's text was UTF-8.
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
