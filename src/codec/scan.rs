//! A scanner that reads text from its front, one token at a time.

/// Splits a text at the first of this ASCII byte, which is near its start.
///
/// For short texts this takes a fraction of the time of `str::split_once`, and less than `memchr`.
pub(crate) fn split_at_byte(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|other| other == byte)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Splits a text at the last of this ASCII byte, which is near its end.
pub(crate) fn split_at_last_byte(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = text.bytes().rposition(|other| other == byte)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// A set of bytes.
pub(crate) struct ByteSet([bool; 256]);

impl ByteSet {
    /// Returns the set of these bytes.
    pub(crate) const fn of(bytes: &[u8]) -> Self {
        let mut set = [false; 256];
        let mut at = 0;
        while at < bytes.len() {
            set[bytes[at] as usize] = true;
            at += 1;
        }
        Self(set)
    }

    /// Returns the set of these bytes and of ASCII letters and digits.
    pub(crate) const fn alphanumeric_and(bytes: &[u8]) -> Self {
        let Self(mut set) = Self::of(bytes);
        let mut byte = 0_u8;
        while byte < 128 {
            set[byte as usize] |= byte.is_ascii_alphanumeric();
            byte += 1;
        }
        Self(set)
    }

    pub(crate) fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte)]
    }

    /// Returns the number of bytes of this set at the start of a text, at most `most`.
    pub(crate) fn run(&self, text: &str, most: usize) -> usize {
        text.bytes().take(most).take_while(|byte| self.has(*byte)).count()
    }
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
        let length = rest.bytes().position(|byte| byte == b' ').unwrap_or(rest.len());
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
