//! Highlights of a search's words in a message.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_width::UnicodeWidthChar;

/// Endings of English words that the text index ignores.
const ENDINGS: [&str; 13] = [
    "", "s", "es", "e", "ed", "d", "ing", "ings", "ion", "ions", "y", "ies", "ied",
];

/// Returns the places of a search's words in a message, for display. The text index alone decides which messages match; the endings of
/// words are compared approximately here.
pub fn marks(text: &str, message: &str) -> Vec<Range<usize>> {
    let wanted: Vec<String> = words(text).map(|place| folded(&text[place])).collect();
    let is_wanted = |place: &Range<usize>| {
        let word = folded(&message[place.clone()]);
        wanted.iter().any(|wanted| is_inflection(wanted, &word))
    };
    if wanted.is_empty() {
        Vec::new()
    } else {
        words(message).filter(is_wanted).collect()
    }
}

fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let parts = text
        .split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c))
        .filter(|word| !word.is_empty());
    parts.map(|word| {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        start..start + word.len()
    })
}

/// Returns a word in lower case and without accents.
fn folded(word: &str) -> String {
    word.nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

fn is_inflection(a: &str, b: &str) -> bool {
    let same = a
        .chars()
        .zip(b.chars())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    a == b || (same >= 3 && ENDINGS.contains(&&a[same..]) && ENDINGS.contains(&&b[same..]))
}

/// Returns a text with the words of a search highlighted.
pub fn highlighted(words: &str, text: &str) -> String {
    let (mut shown, mut done) = (String::new(), 0);
    for place in marks(words, text) {
        shown += &text[done..place.start];
        shown += &format!("\x1b[1;35m{}\x1b[0m", &text[place.clone()]);
        done = place.end;
    }
    shown + &text[done..]
}

/// Returns where a column of the terminal begins in a line with ANSI sequences.
pub fn place_of_column(line: &str, column: usize) -> usize {
    let (mut width, mut in_sequence) = (0, false);
    for (at, c) in line.char_indices() {
        if c == '\x1b' {
            in_sequence = true;
        } else if in_sequence {
            in_sequence = c != 'm';
        } else if width >= column {
            return at;
        } else {
            width += c.width().unwrap_or(0);
        }
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_cover_inflected_words() {
        let message = "Failed passwords for café root, closing";
        let marked = |text: &str| {
            marks(text, message)
                .into_iter()
                .map(|place| &message[place])
                .collect::<Vec<_>>()
        };
        assert_eq!(
            marked("fail \"password for\" cafe"),
            ["Failed", "passwords", "for", "café"]
        );
        assert_eq!(marked("close"), ["closing"]);
        assert!(marked("pass").is_empty());
        assert!(marked("").is_empty());
    }

    #[test]
    fn highlights_are_placed_after_ansi_sequences() {
        let line = "\x1b[2m12:00\x1b[0m  東京  failed";
        assert_eq!(&line[place_of_column(line, 13)..], "failed");
        assert_eq!(place_of_column(line, 99), line.len());
        assert_eq!(highlighted("fail", "it failed"), "it \x1b[1;35mfailed\x1b[0m");
    }
}
