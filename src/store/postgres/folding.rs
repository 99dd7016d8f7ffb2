//! Generates the migration that defines SQLite's folding of characters on the server, and tests that it is current.
//!
//! `UPDATE_FOLDING=1 cargo test folding` generates it again. A released migration must not change: a later one replaces it.

use std::fmt::Write as _;
use std::path::Path;

use super::terms::LAST_POSITION;
use crate::store::sqlite::{LONGEST, Terms};

const MIGRATION: &str = "migrations/postgres/0005_folded_words.sql";

/// Returns the tokenizer's output for one character between two letters.
enum Fate {
    Kept,
    Becomes(char),
    Vanishes,
    Separates,
}

fn fate(terms: &mut Terms, character: char) -> Fate {
    // The stemmer removes no suffix that ends in x.
    let words = terms.words(&format!("x{character}x"));
    match words.as_slice() {
        [_, _] => Fate::Separates,
        [word] => {
            let inner = word.strip_prefix('x').and_then(|rest| rest.strip_suffix('x'));
            match inner.unwrap_or_default().chars().next() {
                None => Fate::Vanishes,
                Some(same) if same == character => Fate::Kept,
                Some(other) => Fate::Becomes(other),
            }
        }
        _ => panic!("{character:?}: {words:?}"),
    }
}

/// Appends a character in the syntax of `U&''`.
fn literal(out: &mut String, character: char) {
    let code = u32::from(character);
    let _ = match code {
        0x20..0x7f => write!(out, "{character}"),
        0..=0xffff => write!(out, "\\{code:04X}"),
        _ => write!(out, "\\+{code:06X}"),
    };
}

/// Appends a range of characters in the syntax of a bracket expression.
fn range(out: &mut String, (first, last): (u32, u32)) {
    let mut one = |code: u32| {
        let _ = if code > 0xffff {
            write!(out, "\\U{code:08X}")
        } else {
            write!(out, "\\u{code:04X}")
        };
    };
    one(first);
    if last > first {
        one(last);
        let place = out.len() - if last > 0xffff { 10 } else { 6 };
        out.insert(place, '-');
    }
}

fn migration() -> String {
    let mut terms = Terms::new().unwrap();
    let (mut from, mut to, mut vanishing) = (String::new(), String::new(), String::new());
    let mut separators: Vec<(u32, u32)> = Vec::new();
    for character in ('\u{80}'..=char::MAX).filter(|character| character.len_utf8() > 1) {
        match fate(&mut terms, character) {
            Fate::Kept => {}
            Fate::Becomes(other) => {
                literal(&mut from, character);
                literal(&mut to, other);
            }
            Fate::Vanishes => literal(&mut vanishing, character),
            Fate::Separates => {
                let code = u32::from(character);
                match separators.last_mut() {
                    Some((_, last)) if *last + 1 == code => *last = code,
                    // There are no characters between the surrogates.
                    Some((_, last)) if *last == 0xd7ff && code == 0xe000 => *last = code,
                    _ => separators.push((code, code)),
                }
            }
        }
    }
    let mut brackets = String::new();
    separators
        .into_iter()
        .for_each(|bounds| range(&mut brackets, bounds));
    format!(
        r#"-- The words of messages that other programs wrote, as SQLite's text index has them (`porter unicode61`). Written by
-- src/store/postgres/folding.rs from SQLite's own tokenizer. idx_events_words, which replaces idx_events_terms, is built after the migration,
-- beside writers.
--
-- Characters that are not ASCII are replaced one by one; an accent that stands alone has no counterpart in the second list and vanishes. ASCII
-- comes first in both lists, because most characters of a message are found there at once. All that separates words becomes a space. The
-- stemmer of PostgreSQL differs from SQLite's in words of two letters and in -bly and -logy.
DO $migration$
BEGIN
    EXECUTE format($function$
        CREATE OR REPLACE FUNCTION libseerflow_terms(message TEXT) RETURNS TSVECTOR LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
        DECLARE
            is_ascii BOOLEAN;
        BEGIN
            message := left(message, 200000);
            is_ascii := octet_length(message) = length(message);
            IF NOT is_ascii THEN
                message := translate(message,
                    U&'{ASCII}{from}{vanishing}',
                    U&'{ASCII}{to}');
                message := regexp_replace(message, '[{brackets}]+', ' ', 'g');
            END IF;
            message := btrim(regexp_replace(lower(message COLLATE "C"), '[\x01-/:-`{{-\x7f]+', ' ', 'g'));
            IF message ~ '(bl|log)(y|i|ies|is)( |$)' THEN
                message := regexp_replace(message, '(([aeiou]|[^aeiou ]y)[^aeiou ][^ ]*bl)(y|i|ies|is)(?= |$)', '\1e', 'g');
                message := regexp_replace(message, '(([aeiou]|[^aeiou ]y)[^aeiou ][^ ]*log)(y|i|ies|is)(?= |$)', '\1', 'g');
            END IF;
            RETURN (
                SELECT coalesce(string_agg(CASE
                    WHEN octet_length(word) BETWEEN 3 AND 64 AND (is_ascii OR lower(word) = word) THEN coalesce((ts_lexize(%L, word))[1], word)
                    WHEN octet_length(word) <= {LONGEST} THEN word
                    WHEN octet_length(word) = length(word) THEN left(word, {LONGEST}) || length(word)
                    ELSE left(word, {LONGEST} / 4) || octet_length(word)
                END || CASE WHEN place <= {LAST_POSITION} THEN ':' || place ELSE '' END, ' '), '')::TSVECTOR
                FROM unnest(string_to_array(message, ' ')) WITH ORDINALITY AS words (word, place));
        END
        $body$
    $function$, quote_ident(current_schema()) || '.libseerflow_porter');
END
$migration$;

DROP INDEX IF EXISTS idx_events_terms;
DROP TEXT SEARCH CONFIGURATION IF EXISTS libseerflow;
"#
    )
}

/// The characters of log lines, the most frequent first.
const ASCII: &str = " etaoinsrhldcumfpgwybvkxjqz0123456789ETAOINSRHLDCUMFPGWYBVKXJQZ.:-_/=";

#[test]
fn the_server_folds_as_the_tokenizer_does() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(MIGRATION);
    let wanted = migration();
    if std::env::var_os("UPDATE_FOLDING").is_some() {
        std::fs::write(&file, &wanted).unwrap();
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        there == wanted,
        "{MIGRATION} is not what SQLite's tokenizer does: UPDATE_FOLDING=1 writes it"
    );
}
