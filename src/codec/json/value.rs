//! What parsed JSON means: objects that spell a value, keys that are repeated, how deep a value is.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::FEW_KEYS;
use crate::codec::MAX_DEPTH;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Value;

/// An object's members in their order, no key twice.
pub(super) type Members<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

/// Keeps the last value of each key, in the first one's place.
pub(crate) fn last_wins(mut members: Members<'_>) -> Members<'_> {
    if members.len() > FEW_KEYS {
        return last_wins_of_many(members);
    }
    let mut at = 1;
    while at < members.len() {
        let earlier = members[..at].iter().position(|(key, _)| *key == members[at].0);
        match earlier {
            Some(earlier) => members[earlier].1 = members.remove(at).1,
            None => at += 1,
        }
    }
    members
}

fn last_wins_of_many(members: Members<'_>) -> Members<'_> {
    let distinct = members.iter().map(|(key, _)| key).collect::<HashSet<_>>().len();
    if distinct == members.len() {
        return members;
    }
    let mut places = HashMap::with_capacity(distinct);
    let mut kept: Members<'_> = Vec::with_capacity(distinct);
    for (key, value) in members {
        match places.get(&key) {
            Some(&place) => kept[place] = (key, value),
            None => {
                places.insert(key.clone(), kept.len());
                kept.push((key, value));
            }
        }
    }
    kept
}

/// Turns an object into the value that it is or spells; what only looks like a spelling stays an object.
pub(super) fn unspell(members: Members<'_>) -> Value<'_> {
    let mut members = members;
    if let [(key, value)] = members.as_mut_slice()
        && key.starts_with('$')
    {
        let spelled = match key.as_ref() {
            "$bin" => base64_of(value).map(Value::Bin),
            "$ext" => ext_of(value),
            "$float" => float_of(value),
            "$map" => match pairs_of(std::mem::replace(value, Value::Nil)) {
                Ok(pairs) => Some(Value::Map(pairs)),
                Err(other) => {
                    *value = other;
                    None
                }
            },
            _ => None,
        };
        if let Some(value) = spelled {
            return value;
        }
    }
    Value::Map(
        members
            .into_iter()
            .map(|(key, value)| (Value::Str(key), value))
            .collect(),
    )
}

fn base64_of<'a>(value: &Value<'_>) -> Option<Cow<'a, [u8]>> {
    let Value::Str(text) = value else { return None };
    STANDARD.decode(text.as_bytes()).ok().map(Cow::Owned)
}

fn ext_of<'a>(value: &Value<'_>) -> Option<Value<'a>> {
    let Value::Array(items) = value else { return None };
    let [Value::Int(kind), bytes] = items.as_slice() else {
        return None;
    };
    Some(Value::Ext(i8::try_from(*kind).ok()?, base64_of(bytes)?))
}

fn float_of<'a>(value: &Value<'_>) -> Option<Value<'a>> {
    let Value::Str(text) = value else { return None };
    match text.as_ref() {
        "nan" => Some(Value::Float(f64::NAN)),
        "inf" => Some(Value::Float(f64::INFINITY)),
        "-inf" => Some(Value::Float(f64::NEG_INFINITY)),
        _ => None,
    }
}

/// Takes a list of pairs apart, or gives the value back when it is none.
pub(super) fn pairs_of(value: Value<'_>) -> std::result::Result<Vec<(Value<'_>, Value<'_>)>, Value<'_>> {
    match value {
        Value::Array(items)
            if items
                .iter()
                .all(|item| matches!(item, Value::Array(pair) if pair.len() == 2)) =>
        {
            let pair = |item| match item {
                Value::Array(pair) => {
                    let mut halves = pair.into_iter();
                    halves.next().zip(halves.next())
                }
                _ => None,
            };
            Ok(items.into_iter().filter_map(pair).collect())
        }
        other => Err(other),
    }
}

/// Takes pairs whose keys must be text; `name` is the field's, for errors.
pub(super) fn text_keys<'a>(pairs: Vec<(Value<'a>, Value<'a>)>, name: &str) -> Result<Members<'a>> {
    let text = |(key, value)| match key {
        Value::Str(key) => Ok((key, value)),
        other => Err(Error::invalid(format!(
            "{name}: expected text as key, found {}",
            kind_of(&other)
        ))),
    };
    pairs.into_iter().map(text).collect()
}

/// Checks that a value is nested no deeper than [`MAX_DEPTH`].
pub(super) fn bound(value: &Value<'_>, depth: usize) -> Result<()> {
    if depth > MAX_DEPTH {
        return Err(too_deep());
    }
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| bound(item, depth + 1)),
        Value::Map(pairs) => pairs
            .iter()
            .try_for_each(|(key, value)| bound(key, depth + 1).and_then(|()| bound(value, depth + 1))),
        _ => Ok(()),
    }
}

pub(super) fn too_deep() -> Error {
    Error::new(ErrorKind::Limit, format!("nested deeper than {MAX_DEPTH}"))
}

/// Names what a value is, for errors.
pub(super) fn kind_of(value: &Value<'_>) -> &'static str {
    match value {
        Value::Nil => "null",
        Value::Bool(_) => "a boolean",
        Value::Int(_) | Value::UInt(_) => "an integer",
        Value::Float(_) => "a float",
        Value::Str(_) => "text",
        Value::Bin(_) => "bytes",
        Value::Array(_) => "a list",
        Value::Map(_) => "an object",
        Value::Ext(..) => "an extension",
    }
}
