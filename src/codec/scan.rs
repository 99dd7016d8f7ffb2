//! A scanner that reads text from its front, one token at a time.

/// Splits a text at the first of this ASCII byte.
///
/// For short texts this takes a fraction of the time of `str::split_once`.
pub(crate) fn split_at_byte(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = memchr::memchr(byte, text.as_bytes())?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Splits a text at the last of this ASCII byte.
pub(crate) fn split_at_last_byte(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = memchr::memrchr(byte, text.as_bytes())?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// A scanner over text. After a method fails, the position is unspecified and the caller starts over.
///
/// The position is always next to an ASCII byte, and therefore on a character boundary.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Returns the remaining text.
    pub(crate) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    /// Returns the byte `ahead` positions after the next byte.
    pub(crate) fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    /// Consumes this ASCII byte and returns true if it is next.
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// Consumes this ASCII byte; returns `None` if another byte is next.
    pub(crate) fn expect(&mut self, byte: u8) -> Option<()> {
        self.eat(byte).then_some(())
    }

    pub(crate) fn skip(&mut self, byte: u8) {
        while self.eat(byte) {}
    }

    pub(crate) fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Consumes exactly `count` digits (at most nine) and returns them as a number.
    pub(crate) fn digits(&mut self, count: usize) -> Option<u32> {
        let mut number = 0;
        for _ in 0..count {
            let digit = self.peek().filter(u8::is_ascii_digit)?;
            number = number * 10 + u32::from(digit - b'0');
            self.at += 1;
        }
        Some(number)
    }

    /// Consumes a run of one to `most` digits and returns it as text; fails if the run has another length.
    pub(crate) fn digit_run(&mut self, most: usize) -> Option<&'a str> {
        let count = self
            .rest()
            .bytes()
            .take(most + 1)
            .take_while(u8::is_ascii_digit)
            .count();
        if count == 0 || count > most {
            None
        } else {
            self.take(count)
        }
    }

    /// Consumes text up to a space or the end; fails if that text is empty.
    pub(crate) fn word(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let length = memchr::memchr(b' ', rest.as_bytes()).unwrap_or(rest.len());
        if length == 0 { None } else { self.take(length) }
    }

    /// Consumes text up to this ASCII byte, and the byte itself. Returns the text.
    pub(crate) fn until(&mut self, byte: u8) -> Option<&'a str> {
        let length = memchr::memchr(byte, self.rest().as_bytes())?;
        let taken = self.take(length);
        self.at += 1;
        taken
    }

    /// Consumes `length` bytes. Their end must be next to an ASCII byte.
    pub(crate) fn take(&mut self, length: usize) -> Option<&'a str> {
        let taken = self.text.get(self.at..self.at + length)?;
        self.at += length;
        Some(taken)
    }
}
