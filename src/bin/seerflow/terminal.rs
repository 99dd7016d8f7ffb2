//! The rule for text on a terminal: characters that act on it are escaped as in JSON (`\u001b`), whatever the format.
//!
//! [`Escaping`] applies it to everything that a command prints. In a file or a pipe its bytes are unchanged.

use std::borrow::Cow;
use std::io::{self, Write};

use seerflow::record::is_invisible;

/// The style of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    #[default]
    Plain,
    Faint,
    Cyan,
    Yellow,
    Red,
    BoldRed,
}

impl Style {
    /// Returns the style for a severity.
    pub fn of_severity(severity: i64) -> Self {
        match severity {
            0 => Style::Faint,
            2 => Style::Cyan,
            3 => Style::Yellow,
            4 => Style::Red,
            5.. => Style::BoldRed,
            _ => Style::Plain,
        }
    }

    /// Returns the ANSI escape sequence that switches the style on.
    pub fn ansi(self) -> &'static str {
        match self {
            Style::Plain => "",
            Style::Faint => "\x1b[2m",
            Style::Cyan => "\x1b[36m",
            Style::Yellow => "\x1b[33m",
            Style::Red => "\x1b[31m",
            Style::BoldRed => "\x1b[1;31m",
        }
    }

    /// Returns a text between the sequences that switch the style on and off.
    pub fn paint(self, text: &str) -> String {
        match self.ansi() {
            "" => text.to_owned(),
            on => format!("{on}{text}\x1b[0m"),
        }
    }
}

/// Escapes a text for one line: line ends and tabs too.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_invisible) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            c => push_escaped(c, &mut escaped),
        }
    }
    Cow::Owned(escaped)
}

/// Appends a character, as JSON escapes it if it would act on a terminal.
fn push_escaped(c: char, out: &mut String) {
    if !is_invisible(c) {
        return out.push(c);
    }
    for unit in c.encode_utf16(&mut [0; 2]) {
        *out += &format!("\\u{unit:04x}");
    }
}

/// A writer that escapes text if it leads to a terminal. Line ends and tabs are kept, as the structure of the output. The escapes are
/// those of JSON: an escaped JSON text has the same value.
pub struct Escaping<W> {
    writer: W,
    is_terminal: bool,
    /// The beginning of a character whose other bytes are not written yet.
    begun: Vec<u8>,
}

impl<W: Write> Escaping<W> {
    /// Wraps a writer.
    pub fn new(writer: W, is_terminal: bool) -> Self {
        Self {
            writer,
            is_terminal,
            begun: Vec::new(),
        }
    }

    /// Writes text that acts on a terminal on purpose: colours.
    pub fn write_acting(&mut self, text: &str) -> io::Result<()> {
        self.writer.write_all(text.as_bytes())
    }
}

impl<W: Write> Write for Escaping<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_terminal {
            return self.writer.write(bytes);
        }
        let all = [&std::mem::take(&mut self.begun)[..], bytes].concat();
        let mut escaped = String::with_capacity(all.len());
        let mut chunks = all.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            for c in chunk.valid().chars() {
                match c {
                    '\n' | '\t' => escaped.push(c),
                    c => push_escaped(c, &mut escaped),
                }
            }
            let invalid = chunk.invalid();
            let is_begun = chunks.peek().is_none()
                && std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
            if is_begun {
                self.begun = invalid.to_vec();
            } else if !invalid.is_empty() {
                escaped.push(char::REPLACEMENT_CHARACTER);
            }
        }
        self.writer.write_all(escaped.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(parts: &[&[u8]]) -> String {
        let mut out = Escaping::new(Vec::new(), true);
        for part in parts {
            out.write_all(part).unwrap();
        }
        String::from_utf8(out.writer).unwrap()
    }

    #[test]
    fn characters_that_act_are_escaped_as_in_json() {
        assert_eq!(escape("plain, ünïcode 東京 👩🏽"), "plain, ünïcode 東京 👩🏽");
        assert_eq!(
            escape("a\x1b[31mb\n\t\x7f\u{9b}c"),
            "a\\u001b[31mb\\n\\t\\u007f\\u009bc"
        );
        assert_eq!(escape("user\u{202e}gpj.exe"), "user\\u202egpj.exe");
        assert_eq!(escape("\u{e0041}"), "\\udb40\\udc41");
    }

    #[test]
    fn a_terminal_gets_no_acting_character_however_the_bytes_are_split() {
        let text = "a\t\x1b]0;t\x07\r\n é\u{9b}東\u{200b}\u{e0041}x".as_bytes();
        let whole = written(&[text]);
        assert_eq!(
            whole,
            "a\t\\u001b]0;t\\u0007\\u000d\n é\\u009b東\\u200b\\udb40\\udc41x"
        );
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(written(&bytes), whole);
        assert_eq!(written(&[b"a\x9bb\xe2\x80"]), "a\u{fffd}b");
        assert_eq!(written(&[b"\xe2\x80", b"x"]), "\u{fffd}x");
    }

    #[test]
    fn a_pipe_gets_the_same_bytes() {
        let mut out = Escaping::new(Vec::new(), false);
        out.write_all(b"\x1b\x9b\x00").unwrap();
        assert_eq!(out.writer, b"\x1b\x9b\x00");
    }
}
