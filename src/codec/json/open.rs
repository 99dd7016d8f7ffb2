//! Lists and objects that are being read.

use std::borrow::Cow;

use super::value::{MAX_HEIGHT, Members, last_wins, too_deep, unspell};
use crate::error::Result;
use crate::record::Value;

/// A list or an object whose end is not read yet.
#[derive(Debug)]
pub(super) struct Open<'a> {
    pub(super) inside: Inside<'a>,
    /// How deep values are nested in it: 0 if it is empty.
    height: usize,
}

/// The values of a list or an object so far.
#[derive(Debug)]
pub(super) enum Inside<'a> {
    /// A list's items.
    List(Vec<Value<'a>>),
    /// An object's members, and the key of the next one.
    Object(Members<'a>, Cow<'a, str>),
}

impl<'a> Open<'a> {
    pub(super) fn list() -> Self {
        Self {
            inside: Inside::List(Vec::new()),
            height: 0,
        }
    }

    pub(super) fn object() -> Self {
        Self {
            inside: Inside::Object(Vec::new(), Cow::Borrowed("")),
            height: 0,
        }
    }

    /// Adds the next value, nested `height` deep in this one.
    pub(super) fn add(&mut self, value: Value<'a>, height: usize) {
        self.height = self.height.max(height);
        match &mut self.inside {
            Inside::List(items) => items.push(value),
            Inside::Object(members, key) => members.push((std::mem::take(key), value)),
        }
    }

    /// Returns the value that the JSON means, and how deep others are nested in it.
    pub(super) fn close(self) -> Result<(Value<'a>, usize)> {
        let (value, height) = match self.inside {
            Inside::List(items) => (Value::Array(items), self.height),
            Inside::Object(members, _) => unspell(last_wins(members), self.height),
        };
        // Dropping it would take as much stack as it is high.
        if height > MAX_HEIGHT {
            return Err(too_deep());
        }
        Ok((value, height))
    }
}
