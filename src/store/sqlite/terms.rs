//! SQLite's own tokenizer, for messages and searches outside of the text index.
//!
//! The text index is `porter unicode61`. The same code splits messages and searches here, so a message that was found through another
//! index matches a search as it would in the text index.

use std::ffi::{c_char, c_int, c_void};
use std::fmt;

use rusqlite::ffi;

use crate::error::{Error, ErrorKind, Result};
use crate::store::sql::search;

/// The longest word, in bytes: that of a `tsvector` of PostgreSQL, with a margin.
pub const LONGEST: usize = 2000;

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
pub struct Words {
    text: Vec<u8>,
    /// For each word its start and end in the buffer, and its position, from 1.
    pub words: Vec<(u32, u32, u32)>,
    position: u32,
}

impl Words {
    /// Returns the bytes of a word.
    pub fn word(&self, (start, end, _): (u32, u32, u32)) -> &[u8] {
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
pub struct Phrases(pub Vec<Vec<String>>);

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

    /// Cuts a message or a search into words.
    pub fn cut(&mut self, text: &str, is_search: bool) -> Result<Words> {
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
    #[cfg(all(test, feature = "postgres"))]
    pub fn words(&mut self, text: &str) -> Vec<String> {
        let words = self.cut(text, false).unwrap();
        let each = words.words.iter();
        each.map(|place| String::from_utf8_lossy(words.word(*place)).into_owned())
            .collect()
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

    /// Returns whether a message matches all phrases of a search. Phrases of several words are found up to the word number
    /// `last_position`.
    pub fn match_message(&mut self, phrases: &Phrases, message: &str, last_position: u32) -> Result<bool> {
        let words = self.cut(message, false)?;
        let places = &words.words[..];
        Ok(phrases.0.iter().all(|phrase| {
            places.windows(phrase.len()).any(|window| {
                let last = window.last().map_or(0, |place| place.2);
                let is_near = phrase.len() == 1 || last <= last_position;
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
