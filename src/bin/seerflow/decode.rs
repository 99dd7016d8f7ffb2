//! Converts text in UTF-16, with a byte order mark, or with bare carriage returns, to UTF-8 lines.

use std::io::{self, Read};

/// A text encoding, detected from a byte order mark or from NULs between the first letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, or data that is not text, after a byte order mark of this many bytes.
    Bytes(usize),
    /// UTF-16 after a byte order mark of `mark` bytes.
    Utf16 { big_endian: bool, mark: usize },
}

impl Encoding {
    /// Detects the encoding from the first bytes.
    pub fn of(head: &[u8]) -> Self {
        let utf16 = |big_endian, mark| Self::Utf16 { big_endian, mark };
        let is_letter = |byte: &u8| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\r' | b'\n' | b'\t');
        match head {
            [0xef, 0xbb, 0xbf, ..] => Self::Bytes(3),
            [0xff, 0xfe, ..] => utf16(false, 2),
            [0xfe, 0xff, ..] => utf16(true, 2),
            [a, 0, b, 0, c, 0, ..] if [a, b, c].into_iter().all(is_letter) => utf16(false, 0),
            [0, a, 0, b, 0, c, ..] if [a, b, c].into_iter().all(is_letter) => utf16(true, 0),
            _ => Self::Bytes(0),
        }
    }
}

/// A reader that converts UTF-16 to UTF-8.
///
/// A lone surrogate or an odd last byte becomes U+FFFD.
pub struct Utf16<R> {
    inner: R,
    big_endian: bool,
    /// Bytes not decoded yet: half a unit, or a high surrogate.
    pending: Vec<u8>,
    /// Text that did not fit into the caller's buffer.
    ready: Vec<u8>,
    given: usize,
    is_over: bool,
}

impl<R: Read> Utf16<R> {
    /// Creates a reader. `inner` must be positioned after the byte order mark.
    pub fn new(inner: R, big_endian: bool) -> Self {
        Self {
            inner,
            big_endian,
            pending: Vec::new(),
            ready: Vec::new(),
            given: 0,
            is_over: false,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        let start = self.pending.len();
        self.pending.resize(start + (16 << 10), 0);
        let length = match self.inner.read(&mut self.pending[start..]) {
            Ok(length) => length,
            Err(error) => {
                self.pending.truncate(start);
                return Err(error);
            }
        };
        self.pending.truncate(start + length);
        self.is_over = length == 0;
        let unit = |pair: &[u8]| match self.big_endian {
            true => u16::from_be_bytes([pair[0], pair[1]]),
            false => u16::from_le_bytes([pair[0], pair[1]]),
        };
        let units: Vec<u16> = self.pending.chunks_exact(2).map(unit).collect();
        // Keep a high surrogate until its low surrogate has been read.
        let is_half = !self.is_over && matches!(units.last(), Some(0xd800..=0xdbff));
        let whole = units.len() - usize::from(is_half);
        let mut text: String = char::decode_utf16(units[..whole].iter().copied())
            .map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        self.pending.drain(..2 * whole);
        if self.is_over && !self.pending.is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
            self.pending.clear();
        }
        self.ready = text.into_bytes();
        self.given = 0;
        Ok(())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() && !self.is_over {
            self.fill()?;
        }
        let rest = &self.ready[self.given..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.given += length;
        Ok(length)
    }
}

/// Returns whether the lines of a text end in carriage returns alone, judged by its first bytes.
pub fn has_bare_returns(head: &[u8]) -> bool {
    let is_text = |byte: &u8| !matches!(byte, 0..=8 | 10 | 11 | 14..=26 | 28..=31 | 127);
    let inner = head.strip_suffix(b"\r").unwrap_or(head);
    inner.contains(&b'\r') && head.iter().all(is_text)
}

/// A reader that replaces carriage returns with newlines.
pub struct BareReturns<R>(pub R);

impl<R: Read> Read for BareReturns<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.0.read(buffer)?;
        for byte in &mut buffer[..length] {
            if *byte == b'\r' {
                *byte = b'\n';
            }
        }
        Ok(length)
    }
}

/// Returns the kind of a file that has no records in it, detected from its first bytes.
pub fn binary(head: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 20] = [
        (b"BZh", "bzip2 data"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"PK\x05\x06", "a ZIP archive"),
        (b"\x1f\x8b", "gzip data inside the compressed data"),
        (b"\x1f\x9d", "compress data"),
        (b"\x28\xb5\x2f\xfd", "Zstandard data inside the compressed data"),
        (b"\xfd7zXZ\0", "xz data inside the compressed data"),
        (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
        (b"Rar!\x1a\x07", "a RAR archive"),
        (b"\x04\x22\x4d\x18", "LZ4 data"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"\xff\xd8\xff", "a JPEG image"),
        (b"GIF8", "a GIF image"),
        (b"%PDF-", "a PDF document"),
        (b"\x7fELF", "an ELF program"),
        (b"SQLite format 3\0", "a SQLite database"),
        (b"LPKSHHRH", "a journal of systemd (use `journalctl -o json`)"),
        (b"ElfFile\0", "a Windows event log (.evtx)"),
        (b"\xd4\xc3\xb2\xa1", "a packet capture"),
        (b"\x0a\x0d\x0d\x0a", "a packet capture"),
    ];
    let known = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
    if head.get(257..262) == Some(b"ustar") {
        return Some("a tar archive");
    }
    known.map(|(_, name)| *name)
}

/// Returns whether bytes are not text in any encoding.
///
/// The criterion: more than a tenth of them are control characters that do not occur in logs.
pub fn is_no_text(head: &[u8]) -> bool {
    // A file that was truncated while it was being written starts with a run of NUL bytes.
    let hole = head.iter().take_while(|byte| **byte == 0).count();
    let head = &head[hole..];
    let is_control = |byte: &&u8| matches!(byte, 0..=6 | 14..=26 | 28..=31 | 127);
    !head.is_empty() && head.iter().filter(is_control).count() * 10 > head.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> String {
        let (big_endian, mark) = match Encoding::of(bytes) {
            Encoding::Utf16 { big_endian, mark } => (big_endian, mark),
            Encoding::Bytes(mark) => return String::from_utf8_lossy(&bytes[mark..]).into_owned(),
        };
        let mut text = String::new();
        Utf16::new(&bytes[mark..], big_endian)
            .read_to_string(&mut text)
            .unwrap();
        text
    }

    #[test]
    fn utf16_is_read_as_utf8() {
        let text = "ERROR caf\u{e9} \u{1f600}\r\nnext\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            [&b"\xff\xfe"[..], &little].concat(),
            [&b"\xfe\xff"[..], &big].concat(),
            [&b"\xef\xbb\xbf"[..], text.as_bytes()].concat(),
            little.clone(),
            big,
        ] {
            assert_eq!(decoded(&bytes), text);
        }
        let long = "\u{1f600}".repeat(20_001);
        let bytes: Vec<u8> = format!("a{long}")
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(decoded(&[&b"\xff\xfe"[..], &bytes].concat()), format!("a{long}"));
        assert_eq!(decoded(b"\xff\xfea\0\0\xd8b\0x"), "a\u{fffd}b\u{fffd}");
    }

    #[test]
    fn carriage_returns_alone_are_line_ends() {
        assert!(has_bare_returns(b"one\rtwo\r"));
        for head in [&b"one\r\ntwo\r\n"[..], b"one\r", b"one", b"\x81\xa1a\r\xa1b\x01"] {
            assert!(!has_bare_returns(head), "{head:?}");
        }
        let mut text = String::new();
        BareReturns(&b"one\rtwo\r"[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, "one\ntwo\n");
    }

    #[test]
    fn binary_files_are_known() {
        assert_eq!(binary(b"BZh91AY&SY"), Some("bzip2 data"));
        assert_eq!(binary(b"Mar 14 01:02:03 h a: x"), None);
        assert!(is_no_text(&[1, 2, 3, 255, 0, 7]));
        assert!(!is_no_text(b"\0\0\0\0Mar 14 01:02:03 h a: \x1b[31mx\x1b[0m\t"));
        assert!(!is_no_text("caf\u{e9} \u{65e5}".as_bytes()));
    }
}
