//! Encodes events as blobs.

use rmp::{Marker, encode};

use super::{key_of, nested};
use crate::record::{Event, Field, FieldRef, Value};

/// Appends an event's blob to `out`.
///
/// Calls `text_at` for each text field, and for each item of a list of texts, with the offset and the length
/// of its bytes in `out`.
pub fn encode_event(event: &Event<'_>, out: &mut Vec<u8>, mut text_at: impl FnMut(Field, usize, usize)) {
    // One bit for each field that is written.
    let written = Field::ALL.iter().rev().fold(0_u64, |bits, &field| {
        bits << 1 | u64::from(!event.get(field).is_default(field))
    });
    put(encode::write_map_len(out, written.count_ones()));
    for (place, &field) in Field::ALL.iter().enumerate() {
        if written >> place & 1 == 0 {
            continue;
        }
        put(encode::write_str(out, key_of(field)));
        write_field(out, event.get(field), |at, len| text_at(field, at, len));
    }
}

fn write_field(out: &mut Vec<u8>, value: FieldRef<'_, '_>, mut text_at: impl FnMut(usize, usize)) {
    match value {
        FieldRef::Id(id) => put(encode::write_bin(out, id.unwrap_or_default().as_bytes())),
        FieldRef::Time(time) => put(encode::write_sint(out, time.unwrap_or_default())),
        FieldRef::Int(number) => put(encode::write_sint(out, number)),
        FieldRef::Float(number) => put(encode::write_f64(out, number)),
        FieldRef::Str(text) => {
            put(encode::write_str(out, text));
            text_at(out.len() - text.len(), text.len());
        }
        FieldRef::OptStr(Some(text)) => put(encode::write_str(out, text)),
        FieldRef::Body(Some(value)) => write_value(out, value),
        FieldRef::OptStr(None) | FieldRef::Body(None) => out.push(Marker::Null.to_u8()),
        FieldRef::List(items) => {
            put(encode::write_array_len(out, items.len() as u32));
            for item in items {
                put(encode::write_str(out, item));
                text_at(out.len() - item.len(), item.len());
            }
        }
        FieldRef::StrMap(pairs) => {
            put(encode::write_map_len(out, pairs.len() as u32));
            for (key, value) in pairs {
                put(encode::write_str(out, key));
                put(encode::write_str(out, value));
            }
        }
        FieldRef::Attributes(pairs) => {
            put(encode::write_map_len(out, pairs.len() as u32));
            for (key, value) in pairs {
                put(encode::write_str(out, key));
                write_value(out, value);
            }
        }
    }
}

/// Appends any value.
pub fn write_value(out: &mut Vec<u8>, value: &Value<'_>) {
    write_header(out, value);
    if matches!(value, Value::Array(_) | Value::Map(_)) {
        nested::write(out, value);
    }
}

/// Appends a scalar, or the header of a list or a map.
pub(super) fn write_header(out: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Nil => out.push(Marker::Null.to_u8()),
        Value::Bool(v) => out.push(if *v { Marker::True } else { Marker::False }.to_u8()),
        Value::Int(v) => put(encode::write_sint(out, *v)),
        Value::UInt(v) => put(encode::write_uint(out, *v)),
        Value::Float(v) => put(encode::write_f64(out, *v)),
        Value::Str(v) => put(encode::write_str(out, v)),
        Value::Bin(v) => put(encode::write_bin(out, v)),
        Value::Array(items) => put(encode::write_array_len(out, items.len() as u32)),
        Value::Map(pairs) => put(encode::write_map_len(out, pairs.len() as u32)),
        Value::Ext(kind, bytes) => {
            put(encode::write_ext_meta(out, bytes.len() as u32, *kind));
            out.extend_from_slice(bytes);
        }
    }
}

/// Drops the result of a write to a `Vec`, which cannot fail.
pub(super) fn put<T, E>(written: std::result::Result<T, E>) {
    debug_assert!(written.is_ok());
}
