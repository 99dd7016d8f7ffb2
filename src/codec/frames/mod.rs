//! Splits an input buffer into records. An incomplete last record stays with the caller.

mod joined;

use memchr::memchr;

pub use joined::{Multiline, Record, Records};

use super::AWAITED;
use super::msgpack::{Reader, value_len};

/// One record of an input and its end offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The record's bytes, without the line end.
    pub payload: &'a [u8],
    /// The offset in the input just after the record and its line end.
    pub end: usize,
}

/// Splits input at line ends. If `complete`, the bytes after the last line end are a line too.
///
/// If an incomplete line is already longer than `longest`, an empty frame skips its first bytes. Slightly
/// more than `longest` bytes remain with the caller, who passes them again together with more input. The
/// caller's buffer is thereby bounded. The remainder is still too long, and is rejected as one overlong line,
/// no matter where the input was split.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    input: &'a [u8],
    at: usize,
    complete: bool,
    longest: usize,
}

impl<'a> Lines<'a> {
    /// Creates an iterator at the first byte of `input`.
    pub fn new(input: &'a [u8], complete: bool, longest: usize) -> Self {
        Self {
            input,
            at: 0,
            complete,
            longest,
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        let rest = &self.input[self.at..];
        // A file that is truncated while it is being written has a run of NUL bytes: skip it.
        let hole = rest.iter().take_while(|byte| **byte == 0).count();
        if hole > 0 {
            self.at += hole;
            return Some(Frame {
                payload: &rest[..0],
                end: self.at,
            });
        }
        if let Some((payload, length)) = counted(rest) {
            self.at += length;
            return Some(Frame {
                payload,
                end: self.at,
            });
        }
        // The bytes that stay are too long for a line, even if a carriage return is removed from the end.
        let stays = self.longest.saturating_add(2);
        let (payload, length) = match memchr(b'\n', rest) {
            Some(length) => (&rest[..length], length + 1),
            None if self.complete && !rest.is_empty() => (rest, rest.len()),
            None if !self.complete && rest.len() > stays => (&rest[..0], rest.len() - stays),
            None => return None,
        };
        self.at += length;
        // A form feed is the page break of a printed log.
        let payload = payload.strip_prefix(b"\x0c").unwrap_or(payload);
        Some(Frame {
            payload: payload.strip_suffix(b"\r").unwrap_or(payload),
            end: self.at,
        })
    }
}

/// Reads a syslog message that is preceded by its length in octets (RFC 6587).
///
/// Such a message may contain line ends and need not end with one. The number is taken for a length only if a
/// line end, another such message, or the end of the input follows. Returns the message and the number of
/// octets to skip.
fn counted(rest: &[u8]) -> Option<(&[u8], usize)> {
    let digits = |text: &[u8]| {
        text.iter()
            .take(7)
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let begins = |text: &[u8]| {
        let count = digits(text);
        (count > 0 && text[0] != b'0' && text.get(count) == Some(&b' ') && text.get(count + 1) == Some(&b'<'))
            .then_some(count)
    };
    let count = begins(rest)?;
    let octets: usize = std::str::from_utf8(&rest[..count]).ok()?.parse().ok()?;
    let end = count + 1 + octets;
    let message = rest.get(count + 1..end)?;
    let after = &rest[end..];
    let is_end = after.is_empty() || after[0] == b'\n' || message.ends_with(b"\n") || begins(after).is_some();
    let message = message.trim_ascii_end();
    is_end.then_some((message, end))
}

/// Splits msgpack input into values: a sequence of maps, or one array of maps.
///
/// A value that is not a map is a record of its own if a map or the end of the input follows it. Otherwise
/// the rest of the input becomes one record, because there is no way to find where the next map starts. A map
/// without an end is treated the same way if the input is complete, or if more than 64 MiB of the map are there.
#[derive(Clone, Debug)]
pub struct Values<'a> {
    input: &'a [u8],
    at: usize,
    complete: bool,
    awaited: usize,
}

impl<'a> Values<'a> {
    /// Creates an iterator at the first value, after the header of an enclosing array.
    pub fn new(input: &'a [u8], complete: bool, longest: usize) -> Self {
        let mut reader = Reader::new(input);
        let at = match reader.array_len() {
            Ok(Some(_)) => input.len() - reader.rest().len(),
            // The array header itself is incomplete.
            Err(_) if !complete => input.len(),
            _ => 0,
        };
        Self {
            input,
            at,
            complete,
            awaited: AWAITED.max(longest),
        }
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        let rest = &self.input[self.at..];
        if rest.is_empty() {
            return None;
        }
        let begins_map = |at: usize| matches!(rest.get(at), Some(0x80..=0x8f | 0xde | 0xdf));
        let is_map = begins_map(0);
        let length = match value_len(rest) {
            Some(length) if is_map || begins_map(length) => length,
            // An overlong map is awaited too: the records after it start at its end.
            None if is_map && !self.complete && rest.len() <= self.awaited => return None,
            _ => rest.len(),
        };
        self.at += length;
        Some(Frame {
            payload: &rest[..length],
            end: self.at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(input: &[u8], complete: bool) -> Vec<(&[u8], usize)> {
        Lines::new(input, complete, 8)
            .map(|frame| (frame.payload, frame.end))
            .collect()
    }

    #[test]
    fn an_incomplete_line_stays() {
        assert_eq!(lines(b"a\r\n\nb", false), [(&b"a"[..], 3), (b"", 4)]);
        assert_eq!(lines(b"a\nb", true), [(&b"a"[..], 2), (b"b", 3)]);
        assert_eq!(lines(b"1234567890", false), []);
    }

    /// A caller may split the input anywhere, and passes again the bytes that a call did not consume.
    #[test]
    fn an_overlong_line_in_pieces_is_one_overlong_line() {
        let forged = b"forged";
        for pad in 0..40 {
            for end in [&b"\n"[..], b"\r\n", b""] {
                let input = [b"one\n", &vec![b'x'; pad][..], forged, end].concat();
                for piece in 1..input.len() {
                    let (mut found, mut pending) = (Vec::new(), Vec::new());
                    for bytes in input.chunks(piece) {
                        pending.extend_from_slice(bytes);
                        let used = take(&pending, false, &mut found);
                        pending.drain(..used);
                        assert!(pending.len() <= 10, "{pending:?} stays");
                    }
                    take(&pending, true, &mut found);
                    let is_overlong = pad + forged.len() > 8;
                    assert_eq!(found.len(), 2, "{input:?} in pieces of {piece}: {found:?}");
                    assert_eq!(found[1].len() > 8, is_overlong, "{input:?} in pieces of {piece}");
                }
            }
        }
    }

    fn take(input: &[u8], complete: bool, found: &mut Vec<Vec<u8>>) -> usize {
        let frames: Vec<_> = Lines::new(input, complete, 8).collect();
        let records = frames.iter().map(|frame| frame.payload.to_vec());
        found.extend(records.filter(|record| !record.is_empty()));
        frames.last().map_or(0, |frame| frame.end)
    }

    #[test]
    fn a_map_without_an_end_is_waited_for_up_to_64_mib() {
        let mut endless = vec![0x80, 0x81, 0xa1, b'k', 0xdb, 0xff, 0xff, 0xff, 0xff];
        endless.resize(AWAITED + 1, 0x01);
        let ends = |input: &[u8]| Values::new(input, false, 8).map(|f| f.end).collect::<Vec<_>>();
        assert_eq!(ends(&endless), [1]);
        endless.push(0x01);
        assert_eq!(ends(&endless), [1, AWAITED + 2]);
        // A complete value is returned whatever its length.
        assert_eq!(
            ends(&[&[0x81, 0xaf][..], &[b'k'; 15], &[1, 0x80]].concat()),
            [18, 19]
        );
    }

    #[test]
    fn an_incomplete_map_stays() {
        let ends =
            |input: &[u8], complete| Values::new(input, complete, 8).map(|f| f.end).collect::<Vec<_>>();
        assert_eq!(ends(&[0x80, 0x81, 0xa1, b'k', 1, 0x81, 0xa1], false), [1, 5]);
        assert_eq!(ends(&[0x80, 0x81, 0xa1], true), [1, 3]);
        assert_eq!(ends(&[0x92, 0x80, 0x80], false), [2, 3]);
        assert_eq!(ends(&[0x80, 0x01, 0x02], false), [1, 3]);
        assert_eq!(
            ends(&[0x80, 0xc0, 0x80, 0x92, 1, 2, 0x80, 0xc0], false),
            [1, 2, 3, 6, 7, 8]
        );
        assert_eq!(ends(&[], true), [] as [usize; 0]);
        assert_eq!(ends(&[0xdd, 0, 0], false), [] as [usize; 0]);
        assert_eq!(ends(&[0xdd, 0, 0], true), [3]);
    }
}
