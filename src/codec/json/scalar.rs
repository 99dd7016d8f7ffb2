//! Parses strings, numbers, booleans and null.

use std::borrow::Cow;

use super::parse::Parser;
use crate::error::Result;
use crate::record::Value;

impl<'a> Parser<'a> {
    /// Decodes a string, number, boolean or null.
    pub(super) fn scalar(&mut self) -> Result<Value<'a>> {
        match self.peek() {
            Some(b'"') => self.string().map(Value::Str),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Nil),
            _ => Err(self.error("expected a value")),
        }
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.error("expected a value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<Value<'a>> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        let mut integral = true;
        if self.take(b'.') {
            integral = false;
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            integral = false;
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        let digits = std::str::from_utf8(&self.bytes[start..self.at]).unwrap_or_default();
        // Integers have no negative zero, so `-0` stays a float.
        if integral && digits != "-0" {
            if let Ok(number) = digits.parse() {
                return Ok(Value::Int(number));
            }
            if let Ok(number) = digits.parse() {
                return Ok(Value::UInt(number));
            }
        }
        match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Float(number)),
            _ => Err(self.error("the number before is too large")),
        }
    }

    fn digits(&mut self) -> Result<()> {
        let count = self.bytes[self.at..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        self.at += count;
        if count == 0 {
            Err(self.error("expected a digit"))
        } else {
            Ok(())
        }
    }

    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>> {
        self.expect(b'"', "expected \"")?;
        let mut text = self.plain();
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let owned = text.to_mut();
                    self.escape(owned)?;
                    owned.push_str(&self.plain());
                }
                Some(_) => return Err(self.error("a control character in text")),
                None => return Err(self.error("the text has no end")),
            }
        }
        self.at += 1;
        Ok(text)
    }

    /// Consumes text up to a quote, a backslash or a control character.
    fn plain(&mut self) -> Cow<'a, str> {
        let start = self.at;
        let rest = &self.bytes[start..];
        let length = rest
            .iter()
            .position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f))
            .unwrap_or(rest.len());
        self.at += length;
        match self.text {
            // Both ends are next to ASCII bytes, so they are character boundaries.
            Some(text) => Cow::Borrowed(text.get(start..self.at).unwrap_or_default()),
            None => {
                let text = String::from_utf8_lossy(&rest[..length]);
                self.inexact |= matches!(text, Cow::Owned(_));
                text
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Result<()> {
        self.at += 1;
        let escaped = self.peek();
        self.at += 1;
        text.push(match escaped {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => self.unicode()?,
            _ => {
                self.at -= 1;
                return Err(self.error("no such escape"));
            }
        });
        Ok(())
    }

    /// Reads the four hex digits after `\u`, and the second escape of a surrogate pair if needed.
    fn unicode(&mut self) -> Result<char> {
        let unit = self
            .hex4(self.at)
            .ok_or_else(|| self.error("expected four hex digits"))?;
        self.at += 4;
        let follows = self.bytes[self.at..].starts_with(b"\\u");
        let mut code = unit;
        if (0xd800..0xdc00).contains(&unit)
            && follows
            && let Some(low @ 0xdc00..0xe000) = self.hex4(self.at + 2)
        {
            self.at += 6;
            code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        }
        Ok(char::from_u32(code).unwrap_or_else(|| {
            self.inexact = true;
            char::REPLACEMENT_CHARACTER
        }))
    }

    fn hex4(&self, at: usize) -> Option<u32> {
        let digits = self.bytes.get(at..at + 4)?;
        digits
            .iter()
            .try_fold(0, |sum, &byte| Some(sum << 4 | char::from(byte).to_digit(16)?))
    }
}
