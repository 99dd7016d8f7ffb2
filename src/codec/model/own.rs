//! Sets the fields of an event from decoded values.

use std::borrow::Cow;

use jiff::Timestamp;
use uuid::Uuid;

use crate::record::{Event, Field, FieldMut, Value};

/// Stores a value in a field, or returns it if it does not fit the field's type.
///
/// Times are nanoseconds (a number or its digits as text) or RFC 3339 text. A float without a fraction is
/// accepted as an integer. Bytes that are UTF-8 are accepted as text.
pub(crate) fn put<'a>(
    event: &mut Event<'a>,
    field: Field,
    value: Value<'a>,
) -> std::result::Result<(), Value<'a>> {
    match event.get_mut(field) {
        FieldMut::Str(slot) => *slot = text(value)?,
        FieldMut::OptStr(slot) => *slot = Some(text(value)?),
        FieldMut::Id(slot) => *slot = Some(id(value)?),
        FieldMut::Time(slot) => *slot = Some(time(value)?),
        FieldMut::Int(slot) => *slot = int(value)?,
        FieldMut::Float(slot) => *slot = float(value)?,
        FieldMut::Body(slot) => *slot = Some(value),
        FieldMut::List(slot) => match value {
            Value::Array(items) if items.iter().all(is_text) => {
                *slot = items.into_iter().filter_map(|item| text(item).ok()).collect();
            }
            other => return Err(other),
        },
        FieldMut::StrMap(slot) => match value {
            Value::Map(pairs) if pairs.iter().all(|(key, value)| is_text(key) && is_text(value)) => {
                let pairs = pairs.into_iter();
                let texts = pairs.filter_map(|(key, value)| Some((text(key).ok()?, text(value).ok()?)));
                *slot = texts.collect();
            }
            other => return Err(other),
        },
        FieldMut::Attributes(slot) => match value {
            Value::Map(pairs) if pairs.iter().all(|(key, _)| is_text(key)) => {
                let pairs = pairs.into_iter();
                slot.extend(pairs.filter_map(|(key, value)| Some((text(key).ok()?, value))));
            }
            other => return Err(other),
        },
    }
    Ok(())
}

/// Resets a field to its default.
pub(crate) fn reset(event: &mut Event<'_>, field: Field) {
    match event.get_mut(field) {
        FieldMut::Id(slot) => *slot = None,
        FieldMut::Time(slot) => *slot = None,
        FieldMut::Int(slot) => *slot = field.default_int(),
        FieldMut::Float(slot) => *slot = field.default_float(),
        FieldMut::Str(slot) => *slot = Cow::Borrowed(field.default_str()),
        FieldMut::OptStr(slot) => *slot = None,
        FieldMut::List(slot) => slot.clear(),
        FieldMut::StrMap(slot) => slot.clear(),
        FieldMut::Attributes(slot) => slot.clear(),
        FieldMut::Body(slot) => *slot = None,
    }
}

type Fit<'a, T> = std::result::Result<T, Value<'a>>;

fn is_text(value: &Value<'_>) -> bool {
    match value {
        Value::Str(_) => true,
        Value::Bin(bytes) => std::str::from_utf8(bytes).is_ok(),
        _ => false,
    }
}

fn text(value: Value<'_>) -> Fit<'_, Cow<'_, str>> {
    match value {
        Value::Str(text) => Ok(text),
        Value::Bin(Cow::Borrowed(bytes)) => std::str::from_utf8(bytes)
            .map(Cow::Borrowed)
            .map_err(|_| Value::Bin(bytes.into())),
        Value::Bin(Cow::Owned(bytes)) => String::from_utf8(bytes)
            .map(Cow::Owned)
            .map_err(|error| Value::Bin(error.into_bytes().into())),
        other => Err(other),
    }
}

fn id(value: Value<'_>) -> Fit<'_, Uuid> {
    let id = match &value {
        Value::Str(text) => Uuid::try_parse(text).ok(),
        Value::Bin(bytes) => Uuid::from_slice(bytes).ok(),
        _ => None,
    };
    id.ok_or(value)
}

fn int(value: Value<'_>) -> Fit<'_, i64> {
    match value {
        Value::Int(number) => Ok(number),
        // Above 2^53, several integers map to the same float.
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Ok(number as i64),
        other => Err(other),
    }
}

fn time(value: Value<'_>) -> Fit<'_, i64> {
    let Value::Str(text) = &value else {
        return int(value);
    };
    let time = || {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().ok();
        }
        i64::try_from(text.parse::<Timestamp>().ok()?.as_nanosecond()).ok()
    };
    time().ok_or(value)
}

fn float(value: Value<'_>) -> Fit<'_, f64> {
    match value {
        Value::Float(number) => Ok(number),
        Value::Int(number) => Ok(number as f64),
        Value::UInt(number) => Ok(number as f64),
        other => Err(other),
    }
}
