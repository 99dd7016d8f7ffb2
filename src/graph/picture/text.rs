//! Text in pictures: width, shortening and escaping.

use crate::record::is_invisible;

/// Removes the middle of a text that is too long: the start and the end of names usually differ.
pub fn short(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let (front, back) = (most / 2, most - most / 2 - 1);
    let begin: String = text.chars().take(front).collect();
    let end: String = text.chars().skip(length - back).collect();
    format!("{begin}…{end}")
}

/// Estimates the width of a text in a sans-serif font, rather too large than too small.
pub fn width(text: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '|' | '!' | '\'' => 0.36,
        'f' | 't' | 'r' | 'I' | '(' | ')' | '[' | ']' | '-' | '/' | '\\' | ' ' => 0.44,
        'm' | 'M' | 'w' | 'W' | '@' | '%' => 1.02,
        'A'..='Z' | '_' => 0.74,
        '\0'..='\u{7f}' => 0.64,
        '\u{80}'..='\u{10ff}' => 0.72,
        _ => 1.05,
    };
    text.chars().map(em).sum::<f64>() * size
}

/// Escapes text for XML. Invisible characters, and those that XML cannot represent, become U+FFFD.
pub fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            c if acts(c) => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Escapes text for a quoted string of Graphviz. A backslash is doubled, because it begins an escape there.
pub fn quoted(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 2);
    escaped.push('"');
    for c in text.chars() {
        match c {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            c if acts(c) => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped.push('"');
    escaped
}

/// Returns whether a character is invisible, or cannot be represented in XML.
fn acts(c: char) -> bool {
    is_invisible(c) || matches!(c, '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(short("/var/log/auth.log", 28), "/var/log/auth.log");
        assert_eq!(short("abcdefghij", 7), "abc…hij");
        assert_eq!(short("äöüßäöüß", 5), "äö…üß");
    }

    #[test]
    fn nothing_escapes_its_quotes() {
        assert_eq!(
            xml("<a href=\"&\">\u{1}\u{202e}"),
            "&lt;a href=&quot;&amp;&quot;&gt;\u{fffd}\u{fffd}"
        );
        assert_eq!(quoted("a\"b\\\n\u{7f}"), "\"a\\\"b\\\\ \u{fffd}\"");
    }
}
