//! Interprets parsed JSON: objects that stand for other values, repeated keys, and nesting depth.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::FEW_KEYS;
use crate::codec::MAX_DEPTH;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Value;

/// The deepest nesting accepted before the meaning of the JSON is known.
///
/// `{"$map": [[key, value]]}` takes two levels more than the map that it stands for.
pub(super) const MAX_HEIGHT: usize = MAX_DEPTH + 2;

/// The members of an object in their order, without repeated keys.
pub(super) type Members<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

/// Removes repeated keys: the last value wins, at the position of the first.
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

/// Converts an object to the value that it stands for, and returns the depth of nesting in it.
///
/// An object that only resembles such a form stays an object. `height` is the depth of nesting in the object.
pub(super) fn unspell(members: Members<'_>, height: usize) -> (Value<'_>, usize) {
    let mut members = members;
    if let [(key, value)] = members.as_mut_slice()
        && key.starts_with('$')
    {
        let scalar = match key.as_ref() {
            "$bin" => base64_of(value).map(Value::Bin),
            "$ext" => ext_of(value),
            "$float" => float_of(value),
            "$map" => match pairs_of(std::mem::replace(value, Value::Nil)) {
                // The list of pairs, and each pair, do not count as levels of the value.
                Ok(pairs) => return (Value::Map(pairs), height.saturating_sub(2)),
                Err(other) => {
                    *value = other;
                    None
                }
            },
            _ => None,
        };
        if let Some(value) = scalar {
            return (value, 0);
        }
    }
    let pairs = members.into_iter().map(|(key, value)| (Value::Str(key), value));
    (Value::Map(pairs.collect()), height)
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

/// Converts a list of pairs to the pairs; returns the value unchanged if it is not such a list.
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

/// Returns an error unless all keys are text. The error mentions `name`, the field's name.
pub(super) fn text_keys<'a>(pairs: Vec<(Value<'a>, Value<'a>)>, name: &str) -> Result<Members<'a>> {
    let text = |(key, value)| match key {
        Value::Str(key) => Ok((key, value)),
        other => Err(Error::invalid(format!(
            "{name}: expected text as key, found {}",
            other.kind()
        ))),
    };
    pairs.into_iter().map(text).collect()
}

/// Returns an error if values are nested deeper than permitted.
pub(super) fn bound(height: usize) -> Result<()> {
    if height > MAX_DEPTH {
        return Err(too_deep());
    }
    Ok(())
}

pub(super) fn too_deep() -> Error {
    Error::new(ErrorKind::Limit, format!("nested deeper than {MAX_DEPTH}"))
}
