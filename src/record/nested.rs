//! Lists and maps, built and walked without recursion: nesting uses no stack.

use super::Value;
use crate::error::Result;
use crate::memory;

/// A list or map under construction.
#[derive(Debug)]
pub(crate) enum Open<'a> {
    /// The items so far, and the number still missing.
    List { items: Vec<Value<'a>>, left: usize },
    /// The pairs so far, the next pair's key if it was read, and the number of pairs still missing.
    Map {
        pairs: Vec<(Value<'a>, Value<'a>)>,
        key: Option<Value<'a>>,
        left: usize,
    },
}

impl<'a> Open<'a> {
    /// Starts a list of `count` items and reserves space for `room` of them.
    pub(crate) fn list(count: usize, room: usize) -> Self {
        Open::List {
            items: Vec::with_capacity(room),
            left: count,
        }
    }

    /// Starts a map of `count` pairs and reserves space for `room` of them.
    pub(crate) fn map(count: usize, room: usize) -> Self {
        Open::Map {
            pairs: Vec::with_capacity(room),
            key: None,
            left: count,
        }
    }

    /// Returns true if nothing is missing.
    pub(crate) fn is_complete(&self) -> bool {
        let (Open::List { left, .. } | Open::Map { left, .. }) = self;
        *left == 0
    }

    /// Adds the next item, key or value.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) if there is not enough memory.
    pub(crate) fn add(&mut self, value: Value<'a>) -> Result<()> {
        match self {
            Open::List { items, left } => {
                memory::push(items, value)?;
                *left -= 1;
            }
            Open::Map { pairs, key, left } => match key.take() {
                None => *key = Some(value),
                Some(key) => {
                    memory::push(pairs, (key, value))?;
                    *left -= 1;
                }
            },
        }
        Ok(())
    }

    /// Returns the finished list or map.
    pub(crate) fn close(self) -> Value<'a> {
        match self {
            Open::List { items, .. } => Value::Array(items),
            Open::Map { pairs, .. } => Value::Map(pairs),
        }
    }
}

/// The values of a list or map that an iteration has not visited yet.
pub(crate) enum Rest<'v, 'a> {
    List(std::slice::Iter<'v, Value<'a>>),
    /// The value of the pair whose key was visited, and the remaining pairs.
    Map(
        Option<&'v Value<'a>>,
        std::slice::Iter<'v, (Value<'a>, Value<'a>)>,
    ),
}

impl<'v, 'a> Rest<'v, 'a> {
    /// Returns the values inside a value, or `None` for a scalar.
    pub(crate) fn of(value: &'v Value<'a>) -> Option<Self> {
        match value {
            Value::Array(items) => Some(Rest::List(items.iter())),
            Value::Map(pairs) => Some(Rest::Map(None, pairs.iter())),
            _ => None,
        }
    }

    /// Returns the next item, key or value.
    pub(crate) fn next(&mut self) -> Option<&'v Value<'a>> {
        match self {
            Rest::List(items) => items.next(),
            Rest::Map(value, pairs) => value.take().or_else(|| {
                let pair = pairs.next()?;
                *value = Some(&pair.1);
                Some(&pair.0)
            }),
        }
    }
}

/// Copies a list or map; `scalar` copies the values that contain no others.
#[inline(never)]
pub(super) fn copy<'a, 'c>(value: &Value<'a>, scalar: fn(&Value<'a>) -> Value<'c>) -> Value<'c> {
    let start = |value: &Value<'a>| match value {
        Value::Array(items) => Open::list(items.len(), items.len()),
        Value::Map(pairs) => Open::map(pairs.len(), pairs.len()),
        // Unreachable: other values contain nothing.
        _ => Open::list(0, 0),
    };
    let mut around = Vec::new();
    let Some(mut rest) = Rest::of(value) else {
        return Value::Nil;
    };
    let mut open = start(value);
    loop {
        if let Some(value) = rest.next() {
            match Rest::of(value) {
                Some(inner) => around.push((
                    std::mem::replace(&mut rest, inner),
                    std::mem::replace(&mut open, start(value)),
                )),
                // Cannot fail: the copy was started with sufficient capacity.
                None => drop(open.add(scalar(value))),
            }
            continue;
        }
        let whole = open.close();
        match around.pop() {
            Some(outer) => (rest, open) = outer,
            None => return whole,
        }
        drop(open.add(whole));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_equals_the_original() {
        let mut value = Value::from("innermost");
        for depth in 0..64 {
            value = match depth % 3 {
                0 => Value::Array(vec![Value::Int(depth), value, Value::Array(Vec::new())]),
                1 => Value::Map(vec![("k".into(), value), (Value::Map(Vec::new()), Value::Nil)]),
                _ => Value::Map(vec![(value, Value::Bool(true))]),
            };
        }
        assert_eq!(value.clone(), value);
        assert_eq!(value.clone().into_owned(), value);
    }

    #[test]
    fn iteration_visits_keys_and_values() {
        let map = Value::Map(vec![("a".into(), Value::Int(1)), ("b".into(), Value::Int(2))]);
        let mut rest = Rest::of(&map).unwrap();
        let seen: Vec<_> = std::iter::from_fn(|| rest.next()).collect();
        assert_eq!(seen, [&"a".into(), &Value::Int(1), &"b".into(), &Value::Int(2)]);
        assert!(Rest::of(&Value::Nil).is_none());
    }
}
