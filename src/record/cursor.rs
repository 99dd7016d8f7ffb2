//! Cursors: positions in sorted lists from which a query continues. A cursor's text form is an opaque token, valid across
//! processes and while records are added or removed; its first letter names the kind of list.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use crate::error::{Error, Result};

/// Characters of an invalid token that an error message quotes.
const QUOTED: usize = 40;

/// A position in the list of events: after the event with this time and arrival number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// The event's `timestamp_ns`.
    pub timestamp_ns: i64,
    /// The event's `ingest_seq`, its arrival number.
    pub ingest_seq: i64,
}

impl Cursor {
    /// Returns the cursor as a token of 33 characters.
    pub fn token(&self) -> String {
        write_numbers('c', [self.timestamp_ns, self.ingest_seq])
    }

    /// Parses a token made by [`Cursor::token`].
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) for any other text.
    pub fn parse(token: &str) -> Result<Self> {
        let [timestamp_ns, ingest_seq] = numbers('c', token).ok_or_else(|| bad(token, "events"))?;
        Ok(Self {
            timestamp_ns,
            ingest_seq,
        })
    }
}

/// A position in the list of alerts: after the alert with this time and id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertCursor {
    /// The alert's `timestamp_ns`.
    pub timestamp_ns: i64,
    /// The alert's id.
    pub alert_id: String,
}

impl AlertCursor {
    /// Returns the cursor as a token.
    pub fn token(&self) -> String {
        write_numbers('a', [self.timestamp_ns]) + &self.alert_id
    }

    /// Parses a token made by [`AlertCursor::token`].
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) for any other text.
    pub fn parse(token: &str) -> Result<Self> {
        let parsed = token.split_at_checked(1 + DIGITS).and_then(|(time, id)| {
            let [timestamp_ns] = numbers('a', time)?;
            (!id.is_empty()).then(|| Self {
                timestamp_ns,
                alert_id: id.to_owned(),
            })
        });
        parsed.ok_or_else(|| bad(token, "alerts"))
    }
}

/// A position in the list of edges: after the edge with this source, target and relation.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct EdgeCursor {
    /// The edge's `source_id`.
    pub source_id: String,
    /// The edge's `target_id`.
    pub target_id: String,
    /// The edge's `rel_type`.
    pub rel_type: String,
}

impl EdgeCursor {
    /// Returns the cursor as a token of ASCII letters, digits, `-` and `_`.
    pub fn token(&self) -> String {
        let mut bytes = Vec::new();
        for text in [&self.source_id, &self.target_id] {
            bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes.extend_from_slice(self.rel_type.as_bytes());
        format!("e{}", BASE64.encode(bytes))
    }

    /// Parses a token made by [`EdgeCursor::token`].
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) for any other text.
    pub fn parse(token: &str) -> Result<Self> {
        let parsed = || {
            let bytes = BASE64.decode(token.strip_prefix('e')?).ok()?;
            let (source_id, rest) = split_text(&bytes)?;
            let (target_id, rest) = split_text(rest)?;
            Some(Self {
                source_id,
                target_id,
                rel_type: String::from_utf8(rest.to_vec()).ok()?,
            })
        };
        parsed().ok_or_else(|| bad(token, "edges"))
    }
}

/// A position in the list of dead letters, newest first: after the one with this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadLetterCursor {
    /// The dead letter's `id`.
    pub id: i64,
}

impl DeadLetterCursor {
    /// Returns the cursor as a token of 17 characters.
    pub fn token(&self) -> String {
        write_numbers('d', [self.id])
    }

    /// Parses a token made by [`DeadLetterCursor::token`].
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) for any other text.
    pub fn parse(token: &str) -> Result<Self> {
        let [id] = numbers('d', token).ok_or_else(|| bad(token, "dead letters"))?;
        Ok(Self { id })
    }
}

/// A position in the audit trail of verdicts, newest first: after the verdict with this time and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedbackCursor {
    /// The verdict's `submitted_at_ns`.
    pub submitted_at_ns: i64,
    /// The verdict's `id`.
    pub id: i64,
}

impl FeedbackCursor {
    /// Returns the cursor as a token of 33 characters.
    pub fn token(&self) -> String {
        write_numbers('f', [self.submitted_at_ns, self.id])
    }

    /// Parses a token made by [`FeedbackCursor::token`].
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) for any other text.
    pub fn parse(token: &str) -> Result<Self> {
        let [submitted_at_ns, id] = numbers('f', token).ok_or_else(|| bad(token, "verdicts"))?;
        Ok(Self { submitted_at_ns, id })
    }
}

fn bad(token: &str, list: &str) -> Error {
    let shown: String = token.chars().take(QUOTED).collect();
    Error::invalid(format!("cursor {shown:?} is not a cursor of {list}"))
}

/// Hexadecimal digits of one number.
const DIGITS: usize = 16;

fn write_numbers<const N: usize>(kind: char, numbers: [i64; N]) -> String {
    let digits = numbers.map(|number| format!("{:016x}", number as u64));
    format!("{kind}{}", digits.concat())
}

fn numbers<const N: usize>(kind: char, token: &str) -> Option<[i64; N]> {
    let digits = token.strip_prefix(kind)?.as_bytes();
    let is_whole = digits.len() == N * DIGITS && digits.iter().all(u8::is_ascii_hexdigit);
    is_whole.then_some(())?;
    let mut numbers = [0; N];
    for (number, digits) in numbers.iter_mut().zip(digits.chunks(DIGITS)) {
        let digits = std::str::from_utf8(digits).ok()?;
        *number = u64::from_str_radix(digits, 16).ok()? as i64;
    }
    Some(numbers)
}

/// Splits off a text that is preceded by its length.
fn split_text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
    let (text, rest) = rest.split_at_checked(length)?;
    Some((String::from_utf8(text.to_vec()).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ErrorKind;

    type Refusal = fn(&str) -> Option<Error>;

    proptest! {
        #[test]
        fn tokens_round_trip(a in any::<i64>(), b in any::<i64>(), texts in any::<[String; 3]>()) {
            let [source_id, target_id, rel_type] = texts;
            let event = Cursor { timestamp_ns: a, ingest_seq: b };
            prop_assert_eq!(Cursor::parse(&event.token()).unwrap(), event);
            let alert = AlertCursor { timestamp_ns: a, alert_id: format!("x{source_id}") };
            prop_assert_eq!(AlertCursor::parse(&alert.token()).unwrap(), alert);
            let letter = DeadLetterCursor { id: a };
            prop_assert_eq!(DeadLetterCursor::parse(&letter.token()).unwrap(), letter);
            let verdict = FeedbackCursor { submitted_at_ns: a, id: b };
            prop_assert_eq!(FeedbackCursor::parse(&verdict.token()).unwrap(), verdict);
            let edge = EdgeCursor { source_id, target_id, rel_type };
            let token = edge.token();
            prop_assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
            prop_assert_eq!(EdgeCursor::parse(&token).unwrap(), edge);
        }

        #[test]
        fn other_text_is_refused(text in "[acdef]?.{0,60}") {
            if let Ok(cursor) = EdgeCursor::parse(&text) {
                prop_assert_eq!(cursor.token(), text);
            } else if let Ok(cursor) = AlertCursor::parse(&text) {
                prop_assert_eq!(cursor.token().to_lowercase(), text.to_lowercase());
            }
        }
    }

    #[test]
    fn token_of_another_list_is_refused() {
        let tokens = [
            Cursor {
                timestamp_ns: i64::MIN,
                ingest_seq: i64::MAX,
            }
            .token(),
            AlertCursor {
                timestamp_ns: -1,
                alert_id: "a".into(),
            }
            .token(),
            EdgeCursor::default().token(),
            DeadLetterCursor { id: i64::MAX }.token(),
            FeedbackCursor {
                submitted_at_ns: 0,
                id: 7,
            }
            .token(),
        ];
        let parsers: [(&str, Refusal); 5] = [
            ("events", |token| Cursor::parse(token).err()),
            ("alerts", |token| AlertCursor::parse(token).err()),
            ("edges", |token| EdgeCursor::parse(token).err()),
            ("dead letters", |token| DeadLetterCursor::parse(token).err()),
            ("verdicts", |token| FeedbackCursor::parse(token).err()),
        ];
        for (mine, (list, parse)) in parsers.iter().enumerate() {
            for (other, token) in tokens.iter().enumerate() {
                assert_eq!(parse(token).is_none(), mine == other, "{token} as {list}");
            }
            let cut = tokens.iter().map(|token| token[..token.len() - 1].to_owned());
            let garbage = [
                "",
                "c",
                "d",
                "e",
                "eAA",
                "e!",
                "f00",
                "c0000000000000000000000000000000é",
                "c+000000000000000+000000000000000",
            ];
            for text in garbage
                .map(str::to_owned)
                .into_iter()
                .chain(cut)
                .chain(["é".repeat(500)])
            {
                let error = parse(&text).unwrap();
                assert_eq!(error.kind(), ErrorKind::Invalid);
                let message = error.to_string();
                assert!(
                    message.contains(&format!("a cursor of {list}")) && message.len() < 300,
                    "{message}"
                );
            }
        }
    }
}
