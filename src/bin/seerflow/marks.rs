//! The places of a search's words in a message, for display.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

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
}
