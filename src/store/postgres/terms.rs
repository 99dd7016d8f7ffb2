//! The words of a message, found by SQLite's own tokenizer: both back ends answer a text search alike.
//!
//! SQLite's text index is `porter unicode61`. The same code splits messages for the column `message_terms`, a `tsvector`, and searches
//! for a `tsquery`. Only rows of other programs lack such words.

use std::ffi::{c_char, c_int, c_void};
use std::fmt;

use bytes::{BufMut, BytesMut};
use rusqlite::ffi;

use crate::error::{Error, ErrorKind, Result};
use crate::store::sql::search;

/// The longest word of a `tsvector`, in bytes, with a margin.
pub(super) const LONGEST: usize = 2000;

/// Limits of a `tsvector`: its last position, positions per word, and bytes.
pub(super) const LAST_POSITION: u32 = 16_383;
const POSITIONS: usize = 255;
const BYTES: usize = 1_000_000;

/// A tokenizer of SQLite.
pub struct Terms {
    tokenizer: ffi::fts5_tokenizer,
    instance: *mut ffi::Fts5Tokenizer,
    /// The connection that owns the tokenizer.
    _sqlite: rusqlite::Connection,
}

// SAFETY: the instance is used by one thread at a time, through `&mut`; SQLite's tokenizers know nothing of threads.
unsafe impl Send for Terms {}

impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terms").finish_non_exhaustive()
    }
}

/// The words of one text, in order, in one buffer.
#[derive(Debug, Default)]
struct Words {
    text: Vec<u8>,
    /// For each word its start and end in the buffer, and its position, from 1.
    words: Vec<(u32, u32, u32)>,
    position: u32,
}

impl Words {
    fn word(&self, (start, end, _): (u32, u32, u32)) -> &[u8] {
        &self.text[start as usize..end as usize]
    }

    fn push(&mut self, word: &[u8], same_place: bool) {
        if !same_place {
            self.position += 1;
        }
        let start = self.text.len() as u32;
        // The stemmer works on bytes and may split a character; PostgreSQL accepts only valid UTF-8.
        self.text
            .extend_from_slice(String::from_utf8_lossy(word).as_bytes());
        let length = self.text.len() - start as usize;
        if length > LONGEST {
            // A word that is too long is identified by its beginning and its length.
            let mut kept = LONGEST;
            while std::str::from_utf8(&self.text[start as usize..start as usize + kept]).is_err() {
                kept -= 1;
            }
            self.text.truncate(start as usize + kept);
            self.text.extend_from_slice(length.to_string().as_bytes());
        }
        self.words.push((start, self.text.len() as u32, self.position));
    }
}

/// The words of a search, by phrase.
#[derive(Debug)]
pub struct Phrases(Vec<Vec<String>>);

unsafe extern "C" fn take_word(
    context: *mut c_void,
    flags: c_int,
    token: *const c_char,
    length: c_int,
    _start: c_int,
    _end: c_int,
) -> c_int {
    // SAFETY: the context is the `Words` that `Terms::cut` lends for the call, and nobody else has it.
    let words = unsafe { &mut *context.cast::<Words>() };
    // SAFETY: the tokenizer lends `length` bytes at `token` for this call.
    let word = unsafe { std::slice::from_raw_parts(token.cast::<u8>(), length.max(0) as usize) };
    words.push(word, flags & ffi::FTS5_TOKEN_COLOCATED != 0);
    ffi::SQLITE_OK
}

impl Terms {
    /// Makes a tokenizer.
    pub fn new() -> Result<Self> {
        let failed = || Error::new(ErrorKind::Database, "SQLite has no tokenizer");
        let sqlite = rusqlite::Connection::open_in_memory()
            .map_err(|e| Error::new(ErrorKind::Database, format!("SQLite: {e}")))?;
        let mut api: *mut ffi::fts5_api = std::ptr::null_mut();
        let mut tokenizer = ffi::fts5_tokenizer {
            xCreate: None,
            xDelete: None,
            xTokenize: None,
        };
        let mut instance: *mut ffi::Fts5Tokenizer = std::ptr::null_mut();
        // SAFETY: the documented way to FTS5's interface: a pointer bound under its agreed type name, which the function
        // `fts5` fills in. The statement is finalised before anything else is done with the connection.
        unsafe {
            let mut statement: *mut ffi::sqlite3_stmt = std::ptr::null_mut();
            let sql = c"SELECT fts5(?1)";
            let handle = sqlite.handle();
            if ffi::sqlite3_prepare_v2(handle, sql.as_ptr(), -1, &mut statement, std::ptr::null_mut())
                != ffi::SQLITE_OK
            {
                return Err(failed());
            }
            let place: *mut *mut ffi::fts5_api = &mut api;
            ffi::sqlite3_bind_pointer(statement, 1, place.cast(), c"fts5_api_ptr".as_ptr(), None);
            ffi::sqlite3_step(statement);
            ffi::sqlite3_finalize(statement);
            if api.is_null() {
                return Err(failed());
            }
            let find = (*api).xFindTokenizer.ok_or_else(failed)?;
            let mut user_data: *mut c_void = std::ptr::null_mut();
            if find(api, c"porter".as_ptr(), &mut user_data, &mut tokenizer) != ffi::SQLITE_OK {
                return Err(failed());
            }
            let create = tokenizer.xCreate.ok_or_else(failed)?;
            let mut arguments = [c"unicode61".as_ptr()];
            if create(user_data, arguments.as_mut_ptr(), 1, &mut instance) != ffi::SQLITE_OK {
                return Err(failed());
            }
        }
        Ok(Self {
            tokenizer,
            instance,
            _sqlite: sqlite,
        })
    }

    fn cut(&mut self, text: &str, is_search: bool) -> Result<Words> {
        let mut words = Words::default();
        let flags = if is_search {
            ffi::FTS5_TOKENIZE_QUERY
        } else {
            ffi::FTS5_TOKENIZE_DOCUMENT
        };
        let failed =
            |code: c_int| Error::new(ErrorKind::Database, format!("SQLite's tokenizer: code {code}"));
        let tokenize = self.tokenizer.xTokenize.ok_or_else(|| failed(0))?;
        let context: *mut Words = &mut words;
        // SAFETY: instance and function belong together; the text and the words outlive the call; `take_word` keeps nothing.
        let code = unsafe {
            tokenize(
                self.instance,
                context.cast(),
                flags,
                text.as_ptr().cast(),
                i32::try_from(text.len()).unwrap_or(i32::MAX),
                Some(take_word),
            )
        };
        if code == ffi::SQLITE_OK {
            Ok(words)
        } else {
            Err(failed(code))
        }
    }

    /// Returns the words of a text.
    #[cfg(test)]
    pub fn words(&mut self, text: &str) -> Vec<String> {
        let words = self.cut(text, false).unwrap();
        let each = words.words.iter();
        each.map(|place| String::from_utf8_lossy(words.word(*place)).into_owned())
            .collect()
    }

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

    /// Splits a search into the words of its phrases; those of a phrase are adjacent.
    pub fn phrases(&mut self, search: &str) -> Result<Phrases> {
        let mut phrases = Vec::new();
        for part in search::parts(search)? {
            let words = self.cut(&part.replace('\0', " "), true)?;
            let phrase: Vec<String> = words
                .words
                .iter()
                .map(|place| String::from_utf8_lossy(words.word(*place)).into_owned())
                .collect();
            if !phrase.is_empty() {
                phrases.push(phrase);
            }
        }
        Ok(Phrases(phrases))
    }

    /// Returns whether a message matches all phrases of a search, like `message_terms @@ query`.
    pub fn match_message(&mut self, phrases: &Phrases, message: &str) -> Result<bool> {
        let words = self.cut(message, false)?;
        let places = &words.words[..];
        Ok(phrases.0.iter().all(|phrase| {
            places.windows(phrase.len()).any(|window| {
                let last = window.last().map_or(0, |place| place.2);
                let is_near = phrase.len() == 1 || last <= LAST_POSITION;
                is_near
                    && window
                        .iter()
                        .zip(phrase)
                        .all(|(place, word)| words.word(*place) == word.as_bytes())
            })
        }))
    }
}

impl Drop for Terms {
    fn drop(&mut self) {
        if let Some(delete) = self.tokenizer.xDelete {
            // SAFETY: the instance was made by this tokenizer and is not used again.
            unsafe { delete(self.instance) };
        }
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
            terms.match_message(&phrases, message).unwrap()
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
