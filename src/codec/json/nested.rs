//! Writes lists and maps as JSON without recursion, and therefore with bounded stack use.

use super::write::{Comma, MapForm, write_value};
use crate::record::Value;

/// A list or a map that is partly written.
enum Open<'v, 'a> {
    List(std::slice::Iter<'v, Value<'a>>, Comma),
    Map {
        form: MapForm,
        comma: Comma,
        /// The value of the pair whose key has been written.
        value: Option<&'v Value<'a>>,
        pairs: std::slice::Iter<'v, (Value<'a>, Value<'a>)>,
        /// Whether a pair has been started and not yet closed.
        is_in_pair: bool,
    },
}

impl<'v, 'a> Open<'v, 'a> {
    /// Writes the opening of a list or map. Returns `None`, and writes nothing, for a scalar.
    fn begin(value: &'v Value<'a>, out: &mut Vec<u8>) -> Option<Self> {
        match value {
            Value::Array(items) => {
                out.push(b'[');
                Some(Open::List(items.iter(), Comma::default()))
            }
            Value::Map(pairs) => {
                let form = form_of(pairs);
                out.extend_from_slice(form.open());
                Some(Open::Map {
                    form,
                    comma: Comma::default(),
                    value: None,
                    pairs: pairs.iter(),
                    is_in_pair: false,
                })
            }
            _ => None,
        }
    }

    /// Writes the separator before the next value and returns that value.
    ///
    /// After the last value, writes the closing bracket and returns `None`.
    fn next(&mut self, out: &mut Vec<u8>) -> Option<&'v Value<'a>> {
        match self {
            Open::List(items, comma) => match items.next() {
                Some(item) => {
                    comma.before_next(out);
                    Some(item)
                }
                None => {
                    out.push(b']');
                    None
                }
            },
            Open::Map {
                form,
                comma,
                value,
                pairs,
                is_in_pair,
            } => {
                if let Some(value) = value.take() {
                    out.extend_from_slice(form.after_key());
                    return Some(value);
                }
                if std::mem::take(is_in_pair) {
                    out.extend_from_slice(form.after_value());
                }
                let Some((key, next)) = pairs.next() else {
                    out.extend_from_slice(form.close());
                    return None;
                };
                comma.before_next(out);
                out.extend_from_slice(form.before_key());
                *value = Some(next);
                *is_in_pair = true;
                Some(key)
            }
        }
    }
}

fn form_of(pairs: &[(Value<'_>, Value<'_>)]) -> MapForm {
    fn text<'p>(pair: &'p (Value<'_>, Value<'_>)) -> &'p str {
        if let Value::Str(key) = &pair.0 { key } else { "" }
    }
    if pairs.iter().all(|(key, _)| matches!(key, Value::Str(_))) {
        MapForm::of_texts(pairs, text)
    } else {
        MapForm::Spelled
    }
}

/// Appends a list or a map as JSON.
#[inline(never)]
pub(super) fn write(value: &Value<'_>, out: &mut Vec<u8>) {
    let mut around = Vec::new();
    let mut open = Open::begin(value, out);
    while let Some(now) = &mut open {
        match now.next(out) {
            Some(value) => match Open::begin(value, out) {
                Some(inner) => around.extend(open.replace(inner)),
                None => write_value(value, out),
            },
            None => open = around.pop(),
        }
    }
}
