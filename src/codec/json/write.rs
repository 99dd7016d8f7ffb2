//! Writes events and values as JSON.

use std::collections::HashSet;
use std::io::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use uuid::Uuid;

use super::{FEW_KEYS, nested};
use crate::record::{Event, Field, FieldRef, Value};

/// Appends an event to `out` as one JSON object, without a newline.
///
/// Fields at their default are omitted. The other fields appear in the order of [`Field::ALL`].
pub fn encode_event(event: &Event<'_>, out: &mut Vec<u8>) {
    out.push(b'{');
    let mut comma = Comma::default();
    for &field in Field::ALL {
        let value = event.get(field);
        if !value.is_default(field) {
            comma.before_next(out);
            // A field name needs no escapes.
            out.push(b'"');
            out.extend_from_slice(field.name().as_bytes());
            out.extend_from_slice(b"\":");
            write_field(value, out);
        }
    }
    out.push(b'}');
}

fn write_field(value: FieldRef<'_, '_>, out: &mut Vec<u8>) {
    match value {
        FieldRef::Id(Some(id)) => write_uuid(id, out),
        FieldRef::Time(Some(number)) | FieldRef::Int(number) => write_int(number, out),
        FieldRef::Float(number) => write_float(number, out),
        FieldRef::Str(text) | FieldRef::OptStr(Some(text)) => write_text(text, out),
        FieldRef::Body(Some(value)) => write_value(value, out),
        FieldRef::Id(None) | FieldRef::Time(None) | FieldRef::OptStr(None) | FieldRef::Body(None) => {
            out.extend_from_slice(b"null");
        }
        FieldRef::List(items) => {
            out.push(b'[');
            let mut comma = Comma::default();
            for item in items {
                comma.before_next(out);
                write_text(item, out);
            }
            out.push(b']');
        }
        FieldRef::StrMap(pairs) => {
            write_text_map(
                pairs,
                |(key, _)| key,
                |(_, value), out| write_text(value, out),
                out,
            );
        }
        FieldRef::Attributes(pairs) => {
            write_text_map(
                pairs,
                |(key, _)| key,
                |(_, value), out| write_value(value, out),
                out,
            );
        }
    }
}

/// Appends a value as JSON, in a form that decodes to an equal value.
pub fn write_value(value: &Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Nil => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Int(number) => write_int(*number, out),
        Value::UInt(number) => write_uint(*number, out),
        Value::Float(number) => write_float(*number, out),
        Value::Str(text) => write_text(text, out),
        Value::Bin(bytes) => {
            out.extend_from_slice(br#"{"$bin":"#);
            write_base64(bytes, out);
            out.push(b'}');
        }
        Value::Ext(kind, bytes) => {
            out.extend_from_slice(br#"{"$ext":["#);
            write_int(i64::from(*kind), out);
            out.push(b',');
            write_base64(bytes, out);
            out.extend_from_slice(b"]}");
        }
        Value::Array(_) | Value::Map(_) => nested::write(value, out),
    }
}

/// Writes a map whose keys are all text.
fn write_text_map<P>(
    pairs: &[P],
    key: impl Fn(&P) -> &str,
    write: impl Fn(&P, &mut Vec<u8>),
    out: &mut Vec<u8>,
) {
    let form = MapForm::of_texts(pairs, &key);
    out.extend_from_slice(form.open());
    let mut comma = Comma::default();
    for pair in pairs {
        comma.before_next(out);
        out.extend_from_slice(form.before_key());
        write_text(key(pair), out);
        out.extend_from_slice(form.after_key());
        write(pair, out);
        out.extend_from_slice(form.after_value());
    }
    out.extend_from_slice(form.close());
}

/// The JSON form of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MapForm {
    /// As an object.
    Object,
    /// `{"$map": [[key, value], ...]}`, because an object would not decode to an equal map.
    Spelled,
}

impl MapForm {
    /// Selects the form of a map whose keys are all text.
    pub(super) fn of_texts<P>(pairs: &[P], key: impl Fn(&P) -> &str) -> Self {
        let looks_spelled = matches!(pairs, [only] if key(only).starts_with('$'));
        if looks_spelled || has_repeated_key(pairs, key) {
            Self::Spelled
        } else {
            Self::Object
        }
    }

    pub(super) fn open(self) -> &'static [u8] {
        match self {
            Self::Object => b"{",
            Self::Spelled => br#"{"$map":["#,
        }
    }

    pub(super) fn before_key(self) -> &'static [u8] {
        match self {
            Self::Object => b"",
            Self::Spelled => b"[",
        }
    }

    pub(super) fn after_key(self) -> &'static [u8] {
        match self {
            Self::Object => b":",
            Self::Spelled => b",",
        }
    }

    pub(super) fn after_value(self) -> &'static [u8] {
        match self {
            Self::Object => b"",
            Self::Spelled => b"]",
        }
    }

    pub(super) fn close(self) -> &'static [u8] {
        match self {
            Self::Object => b"}",
            Self::Spelled => b"]}",
        }
    }
}

fn has_repeated_key<P>(pairs: &[P], key: impl Fn(&P) -> &str) -> bool {
    if pairs.len() <= FEW_KEYS {
        return pairs
            .iter()
            .enumerate()
            .any(|(index, pair)| pairs[..index].iter().any(|p| key(p) == key(pair)));
    }
    let mut seen = HashSet::with_capacity(pairs.len());
    !pairs.iter().all(|pair| seen.insert(key(pair)))
}

/// Writes a comma before every item except the first.
#[derive(Debug, Default)]
pub(super) struct Comma(bool);

impl Comma {
    pub(super) fn before_next(&mut self, out: &mut Vec<u8>) {
        if self.0 {
            out.push(b',');
        }
        self.0 = true;
    }
}

fn write_uuid(id: Uuid, out: &mut Vec<u8>) {
    let mut spelling = Uuid::encode_buffer();
    out.push(b'"');
    out.extend_from_slice(id.hyphenated().encode_lower(&mut spelling).as_bytes());
    out.push(b'"');
}

fn write_int(number: i64, out: &mut Vec<u8>) {
    if number < 0 {
        out.push(b'-');
    }
    write_uint(number.unsigned_abs(), out);
}

/// Writes digits from the last to the first, several times faster than the standard library.
fn write_uint(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 || first == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[first..]);
}

/// Writes a float as the shortest digits that decode to it, with a point or an exponent.
fn write_float(number: f64, out: &mut Vec<u8>) {
    let special: &[u8] = if number.is_nan() {
        br#"{"$float":"nan"}"#
    } else if number == f64::INFINITY {
        br#"{"$float":"inf"}"#
    } else if number == f64::NEG_INFINITY {
        br#"{"$float":"-inf"}"#
    } else {
        // Writing to a `Vec` cannot fail.
        let _ = write!(out, "{number:?}");
        return;
    };
    out.extend_from_slice(special);
}

fn write_base64(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(STANDARD.encode(bytes).as_bytes());
    out.push(b'"');
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for chunk in text.as_bytes().chunks(32) {
        // Checking a whole chunk without branches takes a few instructions; most chunks need no escapes.
        let escapes = chunk
            .iter()
            .fold(false, |found, byte| found | needs_escape(*byte));
        if escapes {
            write_escaped(chunk, out)
        } else {
            out.extend_from_slice(chunk)
        }
    }
    out.push(b'"');
}

fn needs_escape(byte: u8) -> bool {
    (byte < b' ') | (byte == b'"') | (byte == b'\\')
}

fn write_escaped(bytes: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for &byte in bytes {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..b' ' => {
                let [high, low] = [byte >> 4, byte & 15].map(|digit| HEX[usize::from(digit)]);
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
            }
            other => out.push(other),
        }
    }
}
