//! The list fields and the map fields of a `seerflow_event`.

use super::error::seerflow_error;
use super::event::{FieldNumber, View, corrupt, field_of, seerflow_event};
use super::guard::call_for;
use super::out::Out;
use super::status::seerflow_status;
use super::text::seerflow_str;
use super::value::{seerflow_attribute, seerflow_value};
use crate::codec::msgpack::{Reader, value_len};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Field, FieldKind, Value};

impl View {
    /// Returns a reader at the first pair of a map field, and the number of pairs.
    fn pairs(&self, number: FieldNumber) -> Result<(Reader<'static>, usize)> {
        let field = field_of(number, &[FieldKind::Attributes, FieldKind::StrMap])?;
        let Some(mut reader) = self.find(field) else {
            return Ok((Reader::new(&[]), 0));
        };
        let count = reader.map_len().map_err(corrupt(field))?;
        count
            .map(|count| (reader, count))
            .ok_or_else(|| corrupt(field)(Error::invalid("not a map")))
    }

    /// Returns a reader at the first item of a list field, and the number of items.
    fn items(&self, number: FieldNumber) -> Result<(Field, Reader<'static>, usize)> {
        let field = field_of(number, &[FieldKind::List])?;
        let Some(mut reader) = self.find(field) else {
            return Ok((field, Reader::new(&[]), 0));
        };
        let count = reader.array_len().map_err(corrupt(field))?;
        count
            .map(|count| (field, reader, count))
            .ok_or_else(|| corrupt(field)(Error::invalid("not a list")))
    }
}

fn check_index(index: usize, count: usize) -> Result<()> {
    if index < count {
        Ok(())
    } else {
        Err(Error::new(
            ErrorKind::NotFound,
            format!("index {index} is out of range: the field has {count} items"),
        ))
    }
}

/// Returns a reader after the next value.
fn skip<'a>(reader: &Reader<'a>) -> Result<Reader<'a>> {
    let rest = reader.rest();
    let damaged = || Error::new(ErrorKind::Corrupt, "the event is truncated");
    Ok(Reader::new(&rest[value_len(rest).ok_or_else(damaged)?..]))
}

/// Returns the number of texts in a list field.
///
/// Threads: any number at once. Blocking: never. Errors: SEERFLOW_STATUS_INVALID if the field has another type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_get_list_count(
    event: *const seerflow_event,
    field: FieldNumber,
    count: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires an event of a live list and a valid pointer.
    unsafe {
        call_for(event, Out::new(count, "count"), error, |view| {
            Ok(view.items(field)?.2)
        })
    }
}

/// Reads the text at `index` of a list field. Indexes start at 0.
///
/// Threads: any number at once. Blocking: never. Ownership: the text belongs to the list of the event; it is not
/// NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last text; SEERFLOW_STATUS_INVALID if the
/// field has another type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_get_list_at(
    event: *const seerflow_event,
    field: FieldNumber,
    index: usize,
    value: *mut seerflow_str,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires an event of a live list and a valid pointer.
    unsafe {
        call_for(event, Out::new(value, "value"), error, |view| {
            let (field, mut reader, count) = view.items(field)?;
            check_index(index, count)?;
            for _ in 0..index {
                reader = skip(&reader)?;
            }
            let text = reader.bytes_of_text().map_err(corrupt(field))?;
            Ok(seerflow_str::lend(text))
        })
    }
}

/// Returns the number of pairs in SEERFLOW_FIELD_ATTRIBUTES or SEERFLOW_FIELD_RESOURCE_ATTRS.
///
/// Threads: any number at once. Blocking: never. Errors: SEERFLOW_STATUS_INVALID for another field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_get_map_count(
    event: *const seerflow_event,
    field: FieldNumber,
    count: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires an event of a live list and a valid pointer.
    unsafe {
        call_for(event, Out::new(count, "count"), error, |view| {
            Ok(view.pairs(field)?.1)
        })
    }
}

/// Reads the pair at `index` of SEERFLOW_FIELD_ATTRIBUTES or SEERFLOW_FIELD_RESOURCE_ATTRS.
///
/// Indexes start at 0.
///
/// Threads: any number at once. Blocking: never. Ownership: the key and the value belong to the list of the event;
/// they are not NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last pair;
/// SEERFLOW_STATUS_INVALID for another field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_get_map_at(
    event: *const seerflow_event,
    field: FieldNumber,
    index: usize,
    attribute: *mut seerflow_attribute,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires an event of a live list and a valid pointer.
    unsafe {
        call_for(event, Out::new(attribute, "attribute"), error, |view| {
            let (mut reader, count) = view.pairs(field)?;
            check_index(index, count)?;
            for _ in 0..2 * index {
                reader = skip(&reader)?;
            }
            attribute_at(reader).map_err(|e| Error::new(ErrorKind::Corrupt, e.to_string()))
        })
    }
}

/// Reads one key and one value. Both point into the blob.
fn attribute_at(mut reader: Reader<'static>) -> Result<seerflow_attribute> {
    let key = seerflow_str::lend(reader.bytes_of_text()?);
    let rest = reader.rest();
    let encoded = value_len(rest)
        .map(|length| seerflow_str::lend(&rest[..length]))
        .unwrap_or_default();
    let mut attribute = seerflow_attribute {
        key,
        ..seerflow_attribute::default()
    };
    let kind = match reader.value()? {
        Value::Str(_) => {
            attribute.s = seerflow_str::lend(Reader::new(rest).bytes_of_text()?);
            seerflow_value::Text
        }
        Value::Int(number) => {
            attribute.i = number;
            seerflow_value::Int
        }
        Value::Bool(yes) => {
            attribute.i = yes.into();
            seerflow_value::Bool
        }
        Value::Float(number) => {
            attribute.d = number;
            seerflow_value::Float
        }
        Value::Nil => seerflow_value::Null,
        Value::UInt(_) | Value::Bin(_) | Value::Array(_) | Value::Map(_) | Value::Ext(..) => {
            attribute.s = encoded;
            seerflow_value::Msgpack
        }
    };
    attribute.r#type = kind as u32;
    Ok(attribute)
}
