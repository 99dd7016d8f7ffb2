//! Lists and objects whose end has not been read yet.

use std::borrow::Cow;

use super::value::{MAX_HEIGHT, Members, last_wins, too_deep, unspell};
use crate::error::Result;
use crate::record::Value;

/// A list or an object whose end has not been read yet.
#[derive(Debug)]
pub(super) struct Open<'a> {
    pub(super) inside: Inside<'a>,
    /// The depth of nesting of the values read so far; 0 if there are none.
    height: usize,
}

/// The values read so far of a list or an object.
#[derive(Debug)]
pub(super) enum Inside<'a> {
    /// The items of a list.
    List(Vec<Value<'a>>),
    /// The members of an object, and the key of the next member.
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

    /// Adds the next value, which itself has values nested `height` deep.
    pub(super) fn add(&mut self, value: Value<'a>, height: usize) {
        self.height = self.height.max(height);
        match &mut self.inside {
            Inside::List(items) => items.push(value),
            Inside::Object(members, key) => members.push((std::mem::take(key), value)),
        }
    }

    /// Returns the value that the JSON stands for, and the depth of nesting in it.
    pub(super) fn close(self) -> Result<(Value<'a>, usize)> {
        let (value, height) = match self.inside {
            Inside::List(items) => (Value::Array(items), self.height),
            Inside::Object(members, _) => unspell(last_wins(members), self.height),
        };
        // Refuse it here: dropping a deeply nested value would recurse and exhaust the stack.
        if height > MAX_HEIGHT {
            return Err(too_deep());
        }
        Ok((value, height))
    }
}
