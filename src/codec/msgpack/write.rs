//! Events into blobs.

use rmp::{Marker, encode};

use super::{key_of, nested};
use crate::record::{Event, Field, FieldRef, Value};

/// Appends an event's blob to `out`.
///
/// `text_at` is told, for each text field and each item of a list that is written, where its bytes stand in `out`.
pub fn encode_event(event: &Event<'_>, out: &mut Vec<u8>, mut text_at: impl FnMut(Field, usize, usize)) {
    let written = |field: &&Field| !event.get(**field).is_default(**field);
    let count = Field::ALL.iter().filter(written).count();
    put(encode::write_map_len(out, count as u32));
    for &field in Field::ALL.iter().filter(written) {
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

/// Appends a value that holds no others; of a list or a map, what stands before its first value.
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

/// Drops a result that cannot be an error: a `Vec` takes every write.
pub(super) fn put<T, E>(written: std::result::Result<T, E>) {
    debug_assert!(written.is_ok());
}
