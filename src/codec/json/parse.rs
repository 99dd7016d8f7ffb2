//! A JSON parser that borrows strings without escapes from its input.
//!
//! General parsers limit the nesting of the JSON text. This one limits the nesting of the value it stands
//! for: a map written as `{"$map": [[...]]}` takes three levels of JSON for each level of the value.

use std::borrow::Cow;

use super::open::{Inside, Open};
use super::value::{Members, bound, last_wins, pairs_of, text_keys, too_deep};
use crate::codec::MAX_DEPTH;
use crate::error::{Error, Result};
use crate::record::Value;

/// The deepest JSON that can express a permitted value.
///
/// A map takes three levels, an innermost extension takes two, and attributes whose keys need `$map` take
/// two.
const MAX_JSON_DEPTH: usize = 3 * MAX_DEPTH + 4;

/// Returns the value at the start of `bytes` without decoding it. Reads no byte after it.
pub(crate) fn cut(bytes: &[u8]) -> Result<&[u8]> {
    Parser::of(bytes, None).raw()
}

/// Decodes a JSON object's members; `None` if the text is not one JSON object.
pub(crate) fn members(text: &str) -> Option<Members<'_>> {
    let mut parser = Parser::new(text.as_bytes());
    let (mut members, mut first) = (Vec::new(), true);
    parser.open().ok()?;
    while let Some(key) = parser.next_key(&mut first).ok()? {
        members.push((key, parser.value().ok()?));
    }
    parser.end().ok()?;
    Some(last_wins(members))
}

/// A parser at some position of a line.
pub(crate) struct Parser<'a> {
    pub(super) bytes: &'a [u8],
    /// The line as text, if it is UTF-8.
    pub(super) text: Option<&'a str>,
    pub(super) at: usize,
    /// Whether some text was not Unicode, as bytes or as escapes, and now contains U+FFFD.
    pub(super) inexact: bool,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self::of(bytes, std::str::from_utf8(bytes).ok())
    }

    fn of(bytes: &'a [u8], text: Option<&'a str>) -> Self {
        Self {
            bytes,
            text,
            at: if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 },
            inexact: false,
        }
    }

    /// Returns the whole line if it is UTF-8.
    pub(super) fn line(&self) -> Option<&'a str> {
        self.text
    }

    /// Consumes the opening brace of the line's object.
    pub(crate) fn open(&mut self) -> Result<()> {
        self.skip_space();
        self.expect(b'{', "expected {")
    }

    /// Consumes an object's next key and colon; `None` at the closing brace.
    ///
    /// `first` is true before the first member, which no comma precedes; this sets it to false.
    pub(crate) fn next_key(&mut self, first: &mut bool) -> Result<Option<Cow<'a, str>>> {
        self.skip_space();
        if self.take(b'}') {
            return Ok(None);
        }
        if !std::mem::take(first) {
            self.expect(b',', "expected , or }")?;
            self.skip_space();
        }
        let key = self.string()?;
        self.skip_space();
        self.expect(b':', "expected :")?;
        Ok(Some(key))
    }

    /// Consumes the opening bracket of an array.
    pub(crate) fn open_array(&mut self) -> Result<()> {
        self.skip_space();
        self.expect(b'[', "expected [")
    }

    /// Consumes a colon and the opening bracket of an array, if they come next.
    pub(super) fn colon_and_array(&mut self) -> Option<()> {
        self.skip_space();
        self.expect(b':', "expected :").ok()?;
        self.open_array().ok()
    }

    /// Moves to an array's next element; consumes the closing bracket and returns false at the end.
    ///
    /// `first` is true before the first element, which no comma precedes; this sets it to false.
    pub(crate) fn next_item(&mut self, first: &mut bool) -> Result<bool> {
        self.skip_space();
        if self.take(b']') {
            return Ok(false);
        }
        if !std::mem::take(first) {
            self.expect(b',', "expected , or ]")?;
        }
        Ok(true)
    }

    /// Consumes an array's next element and returns its JSON text; `None` at the closing bracket.
    pub(crate) fn next_element(&mut self, first: &mut bool) -> Result<Option<&'a [u8]>> {
        self.next_item(first)?.then(|| self.raw()).transpose()
    }

    /// Consumes the next value and returns its JSON text without decoding it.
    ///
    /// Brackets are counted but their kinds are not compared. Does not recurse.
    pub(crate) fn raw(&mut self) -> Result<&'a [u8]> {
        self.skip_space();
        let start = self.at;
        let mut open = 0_usize;
        loop {
            match self.peek() {
                Some(b'"') => self.skip_string()?,
                Some(b'{' | b'[') => {
                    self.at += 1;
                    open += 1;
                }
                Some(b'}' | b']') if open > 0 => {
                    self.at += 1;
                    open -= 1;
                }
                Some(_) if open > 0 => self.at += 1,
                Some(b'+' | b'-' | b'0'..=b'9' | b'a'..=b'z') => self.skip_scalar(),
                _ => return Err(self.error("expected a value")),
            }
            if open == 0 {
                return Ok(&self.bytes[start..self.at]);
            }
        }
    }

    fn skip_scalar(&mut self) {
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        self.at += self.bytes[self.at..].iter().take_while(is_part).count();
    }

    fn skip_string(&mut self) -> Result<()> {
        self.at += 1;
        loop {
            let found = memchr::memchr2(b'"', b'\\', &self.bytes[self.at..]);
            let Some(length) = found else {
                self.at = self.bytes.len();
                return Err(self.error("the text has no end"));
            };
            self.at += length + 1;
            if self.bytes[self.at - 1] == b'"' {
                return Ok(());
            }
            self.at = (self.at + 1).min(self.bytes.len());
        }
    }

    /// Returns the bytes not read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    /// Returns an error if anything but white space follows.
    pub(crate) fn end(&mut self) -> Result<()> {
        self.skip_space();
        if self.at < self.bytes.len() {
            Err(self.error("something follows the object"))
        } else {
            Ok(())
        }
    }

    /// Returns the next byte after white space, without consuming it.
    pub(crate) fn look(&mut self) -> Option<u8> {
        self.skip_space();
        self.peek()
    }

    /// Decodes a value nested no deeper than [`MAX_DEPTH`].
    pub(crate) fn value(&mut self) -> Result<Value<'a>> {
        let (value, height) = self.any()?;
        bound(height)?;
        Ok(value)
    }

    /// Decodes an object whose values are each nested no deeper than [`MAX_DEPTH`].
    ///
    /// Returns `None`, and consumes nothing, if the next value is not an object. Errors mention `name`, the
    /// field's name.
    pub(super) fn members(&mut self, name: &str) -> Result<Option<Members<'a>>> {
        if self.look() != Some(b'{') {
            return Ok(None);
        }
        self.open()?;
        let (mut members, mut highest) = (Vec::new(), 0);
        let mut first = true;
        while let Some(key) = self.next_key(&mut first)? {
            let (value, height) = self.any()?;
            highest = highest.max(height);
            members.push((key, value));
        }
        let mut members = last_wins(members);
        if let [(key, value)] = members.as_mut_slice()
            && key == "$map"
        {
            match pairs_of(std::mem::replace(value, Value::Nil)) {
                Ok(pairs) => {
                    members = text_keys(pairs, name)?;
                    highest = highest.saturating_sub(2);
                }
                Err(other) => *value = other,
            }
        }
        bound(highest)?;
        Ok(Some(members))
    }

    /// Decodes a value, and returns it with the depth of nesting in it.
    fn any(&mut self) -> Result<(Value<'a>, usize)> {
        match self.look() {
            Some(b'[') => self.nested(Open::list()),
            Some(b'{') => self.nested(Open::object()),
            _ => Ok((self.scalar()?, 0)),
        }
    }

    /// Decodes the list or object that comes next, without recursion.
    #[inline(never)]
    fn nested(&mut self, mut open: Open<'a>) -> Result<(Value<'a>, usize)> {
        self.at += 1;
        let mut around = Vec::new();
        loop {
            while self.has_next(&mut open)? {
                if around.len() == MAX_JSON_DEPTH {
                    return Err(too_deep());
                }
                let inner = match self.look() {
                    Some(b'[') => Open::list(),
                    Some(b'{') => Open::object(),
                    _ => {
                        open.add(self.scalar()?, 1);
                        continue;
                    }
                };
                self.at += 1;
                around.push(std::mem::replace(&mut open, inner));
            }
            let (value, height) = open.close()?;
            match around.pop() {
                Some(outer) => open = outer,
                None => return Ok((value, height)),
            }
            open.add(value, height + 1);
        }
    }

    /// Consumes the separator before the next value, or the closing bracket. Returns false at the end.
    fn has_next(&mut self, open: &mut Open<'a>) -> Result<bool> {
        match &mut open.inside {
            Inside::List(items) => self.next_item(&mut items.is_empty()),
            Inside::Object(members, key) => {
                let next = self.next_key(&mut members.is_empty())?;
                let is_there = next.is_some();
                *key = next.unwrap_or_default();
                Ok(is_there)
            }
        }
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    pub(super) fn expect(&mut self, byte: u8, why: &str) -> Result<()> {
        if self.take(byte) {
            Ok(())
        } else {
            Err(self.error(why))
        }
    }

    pub(super) fn error(&self, why: &str) -> Error {
        let why = if self.at >= self.bytes.len() {
            "the line ends too early"
        } else {
            why
        };
        Error::invalid(format!(
            "not a JSON object at byte {}: {why}",
            self.at.min(self.bytes.len())
        ))
    }
}
