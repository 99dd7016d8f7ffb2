//! The words of a message and of a search in PostgreSQL's forms, `tsvector` and `tsquery`.
//!
//! SQLite's own tokenizer finds the words, so both back ends answer a text search alike. Only rows of other programs lack such words.

use bytes::{BufMut, BytesMut};

use crate::error::Result;
use crate::store::sqlite::Terms;

/// Limits of a `tsvector`: its last position, positions per word, and bytes.
pub(super) const LAST_POSITION: u32 = 16_383;
const POSITIONS: usize = 255;
const BYTES: usize = 1_000_000;

impl Terms {
    /// Appends the words of a message as a `tsvector` in binary form.
    ///
    /// A `tsvector` has limits that SQLite's index does not have: words after the 16,383rd have no position, so phrases do not match
    /// there, and words beyond a megabyte are left out.
    pub fn put_vector(&mut self, message: &str, out: &mut BytesMut) -> Result<()> {
        let words = self.cut(message, false)?;
        let mut sorted = words.words.clone();
        sorted.sort_unstable_by(|a, b| words.word(*a).cmp(words.word(*b)).then(a.2.cmp(&b.2)));
        let length_at = out.len();
        out.put_i32(0);
        let (mut lexemes, mut bytes) = (0, 0);
        let mut rest = sorted.as_slice();
        while let Some(&first) = rest.first() {
            let word = words.word(first);
            let same = rest
                .iter()
                .take_while(|other| words.word(**other) == word)
                .count();
            let (places, others) = rest.split_at(same);
            rest = others;
            let positions = || {
                let known = places.iter().map(|(.., position)| *position);
                known
                    .filter(|position| *position <= LAST_POSITION)
                    .take(POSITIONS)
            };
            let count = positions().count();
            bytes += word.len() + 2 * count + 4;
            if bytes > BYTES {
                break;
            }
            lexemes += 1;
            out.put_slice(word);
            out.put_u8(0);
            out.put_u16(count as u16);
            positions().for_each(|position| out.put_u16(position as u16));
        }
        out[length_at..length_at + 4].copy_from_slice(&i32::to_be_bytes(lexemes));
        Ok(())
    }

    /// Returns a search as a `tsquery`: all words, quoted ones adjacent; `None` without a word.
    pub fn query(&mut self, search: &str) -> Result<Option<String>> {
        let phrases = self.phrases(search)?.0;
        let written = phrases.iter().map(|phrase| {
            let quoted: Vec<String> = phrase.iter().map(|word| format!("'{word}'")).collect();
            format!("({})", quoted.join(" <-> "))
        });
        let written: Vec<String> = written.collect();
        Ok((!written.is_empty()).then(|| written.join(" & ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(message: &str) -> Vec<(String, Vec<u16>)> {
        let mut out = BytesMut::new();
        Terms::new().unwrap().put_vector(message, &mut out).unwrap();
        let count = i32::from_be_bytes(out[..4].try_into().unwrap());
        let mut rest = &out[4..];
        let mut lexemes = Vec::new();
        for _ in 0..count {
            let end = rest.iter().position(|byte| *byte == 0).unwrap();
            let word = String::from_utf8(rest[..end].to_vec()).unwrap();
            let places = u16::from_be_bytes([rest[end + 1], rest[end + 2]]) as usize;
            rest = &rest[end + 3..];
            let positions = rest[..2 * places]
                .chunks(2)
                .map(|b| u16::from_be_bytes([b[0], b[1]]));
            lexemes.push((word, positions.collect()));
            rest = &rest[2 * places..];
        }
        assert!(rest.is_empty());
        lexemes
    }

    #[test]
    fn messages_become_sorted_stems_with_their_places() {
        // SQLite removes accents.
        let expected = [
            ("a", vec![3]),
            ("et", vec![4]),
            ("fail", vec![1, 5]),
            ("for", vec![2]),
        ];
        let expected: Vec<(String, Vec<u16>)> = expected.map(|(word, places)| (word.into(), places)).into();
        assert_eq!(vector("Failed for a ÉTÉS? failing"), expected);
        assert_eq!(vector(""), []);
        assert_eq!(
            vector("10.0.0.1"),
            [
                ("0".into(), vec![2, 3]),
                ("1".into(), vec![4]),
                ("10".into(), vec![1])
            ]
        );
    }

    #[test]
    fn bounds_of_a_vector_hold() {
        let long = vector(&"x".repeat(5000));
        assert!(long[0].0.len() < 2046 && long[0].0.ends_with("5000"));
        let many = vector(&"same ".repeat(40_000));
        assert_eq!(many[0].1.len(), 255);
        let last = vector(&(0..20_000).map(|n| format!("w{n} ")).collect::<String>());
        assert_eq!(
            last.iter().find(|(word, _)| word == "w19999").unwrap().1,
            Vec::<u16>::new()
        );
        let huge: String = (0..400_000).map(|n| format!("w{n} ")).collect();
        assert!(
            vector(&huge)
                .iter()
                .map(|(word, _)| word.len() + 4)
                .sum::<usize>()
                <= BYTES
        );
    }

    #[test]
    fn messages_are_matched_by_stems_and_phrases() {
        let mut terms = Terms::new().unwrap();
        let mut is_match = |search: &str, message: &str| {
            let phrases = terms.phrases(search).unwrap();
            terms.match_message(&phrases, message, LAST_POSITION).unwrap()
        };
        let message = "Failed password for café from 10.0.0.1";
        for search in [
            "fails PASSWORDS",
            "cafe",
            "\"password for\" fail",
            "10.0.0.1",
            "0.1",
        ] {
            assert!(is_match(search, message), "{search}");
        }
        for search in ["\"for password\"", "passwort", "failed user", "1.0"] {
            assert!(!is_match(search, message), "{search}");
        }
    }

    #[test]
    fn searches_have_no_operators() {
        let mut terms = Terms::new().unwrap();
        let mut query = |text: &str| terms.query(text).unwrap().unwrap_or_default();
        assert_eq!(query("Failed | passwords"), "('fail') & ('password')");
        assert_eq!(
            query(r#""not found" 10.0.0.1"#),
            "('not' <-> 'found') & ('10' <-> '0' <-> '0' <-> '1')"
        );
        assert_eq!(query("a'b\\c !x & y:*"), "('a' <-> 'b' <-> 'c') & ('x') & ('y')");
        assert_eq!(query("!! -"), "");
    }
}
