//! Text in UTF-16, with a byte order mark, or with carriage returns as line ends: read as UTF-8 with newlines.

use std::io::{self, Read};

/// The encodings that a byte order mark, or the NULs between the letters of the first words, tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, or anything that is no text. The mark of so many bytes is not a part of it.
    Bytes(usize),
    /// UTF-16, after a mark of so many bytes.
    Utf16 { big_endian: bool, mark: usize },
}

impl Encoding {
    /// Tells the encoding by the first bytes.
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

/// Reads UTF-16 as UTF-8. A lone surrogate and an odd last byte are U+FFFD.
pub struct Utf16<R> {
    inner: R,
    big_endian: bool,
    /// Bytes that are not decoded: half a unit, or a high surrogate.
    pending: Vec<u8>,
    /// Text that did not fit into the caller's buffer.
    ready: Vec<u8>,
    given: usize,
    is_over: bool,
}

impl<R: Read> Utf16<R> {
    /// Starts after the mark.
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
        // Half a pair of surrogates waits for the other half.
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

/// Returns whether the lines of a text end in carriage returns alone, judging by its first bytes.
pub fn has_bare_returns(head: &[u8]) -> bool {
    let is_text = |byte: &u8| !matches!(byte, 0..=8 | 10 | 11 | 14..=26 | 28..=31 | 127);
    let inner = head.strip_suffix(b"\r").unwrap_or(head);
    inner.contains(&b'\r') && head.iter().all(is_text)
}

/// Replaces carriage returns with newlines.
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

/// Names what a file is that has no records in it, by its first bytes.
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

/// Tells whether bytes are no text in any encoding: every tenth is a control character that no log has.
pub fn is_no_text(head: &[u8]) -> bool {
    // A file that was truncated under its writer begins with a hole.
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
