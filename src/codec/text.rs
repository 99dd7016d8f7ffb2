//! Text that is not UTF-8: accepted, and its bytes recoverable.
//!
//! msgpack strings, JSON and SQL text must be UTF-8 for other programs to read them. A field that is not gets U+FFFD for
//! each bad sequence, and its exact bytes stand, in base64, in the attribute `seerflow.raw.<field>`.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::record::{Event, Value};

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

/// Keeps a field's exact bytes among the attributes.
pub fn keep_raw(attributes: &mut Vec<(Cow<'_, str>, Value<'_>)>, field: &str, bytes: &[u8]) {
    let key = format!("{RAW_PREFIX}{field}");
    attributes.retain(|(existing, _)| *existing != key);
    attributes.push((key.into(), Value::from(STANDARD.encode(bytes))));
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
