//! Finds the level in a line's header, before or after the time.

use crate::codec::model::Severity;
use crate::codec::scan::Scan;

/// The most tokens that may precede the level.
const MAX_TOKENS: usize = 8;

/// The most bytes of a bracketed group, or of a word, that are searched for a level.
const MAX_GROUP: usize = 160;

/// sssd's levels, for the bits from 0x10.
const SSSD: [Severity; 6] = [
    Severity::FATAL,
    Severity::CRITICAL,
    Severity::ERROR,
    Severity::WARNING,
    Severity::INFO,
    Severity::INFO,
];

/// A level at the start of a text.
pub(super) struct Front<'a> {
    pub(super) severity: Severity,
    /// Whether it cannot be a word of the message: it is in capitals, in brackets, or set apart.
    pub(super) is_certain: bool,
    /// Whether it is in brackets, or a colon follows.
    is_enclosed: bool,
    pub(super) message: &'a str,
}

/// Reads a level at the start of a text: `INFO`, `[info ]`, `Info:`.
///
/// `is_marked` is true if a separator precedes the text.
pub(super) fn front(mut scan: Scan<'_>, is_marked: bool) -> Option<Front<'_>> {
    let close = closing(scan.peek()?);
    if close.is_some() {
        scan.take(1)?;
        scan.skip(b' ');
    }
    let letters = |byte: &u8| byte.is_ascii_alphabetic();
    let word = scan.take(scan.rest().bytes().take(16).take_while(letters).count())?;
    let is_upper = word.bytes().all(|byte| byte.is_ascii_uppercase());
    let digits = |byte: &u8| byte.is_ascii_digit();
    let trailing = scan.rest().bytes().take(16).take_while(digits).count();
    // Skip the digit of Apache's `trace1` and the thread number in `WARN574240[Thread-35]`.
    if trailing > 0 && (is_upper || close.is_some()) {
        scan.take(trailing)?;
    }
    let is_enclosed = close.is_some() || matches!(scan.peek(), Some(b':' | b']'));
    let severity = Severity::from_word(word).or_else(|| enclosed(word).filter(|_| is_enclosed))?;
    let is_certain = match close {
        Some(close) => {
            scan.skip(b' ');
            scan.expect(close)?;
            true
        }
        None => match scan.peek() {
            None | Some(b' ' | b'\t' | b',' | b'|' | b']' | b'[') => {
                let is_apart = scan.peek_at(1) == Some(b' ') || scan.peek() == Some(b'\t');
                is_marked || is_apart || is_upper
            }
            Some(b':') => true,
            Some(_) => return None,
        },
    };
    if matches!(scan.peek(), Some(b':' | b',' | b'|')) {
        scan.take(1)?;
    }
    separator(&mut scan);
    Some(Front {
        severity,
        is_certain,
        is_enclosed,
        message: scan.rest(),
    })
}

/// Returns the bracket that closes an opening one.
fn closing(open: u8) -> Option<u8> {
    Some(match open {
        b'[' => b']',
        b'(' => b')',
        b'{' => b'}',
        b'<' => b'>',
        b'|' => b'|',
        _ => return None,
    })
}

/// Skips blanks, and a hyphen or bar between them.
pub(super) fn separator(scan: &mut Scan<'_>) {
    scan.skip_blanks();
    if matches!(scan.peek(), Some(b'-' | b'|')) && scan.peek_at(1) == Some(b' ') {
        scan.take(1);
        scan.skip_blanks();
    }
}

/// Returns the level of words that count only in brackets or before a colon (MySQL, PostgreSQL, Serilog).
fn enclosed(word: &str) -> Option<Severity> {
    Some(match word {
        "Note" | "note" | "LOG" | "DETAIL" | "HINT" | "STATEMENT" | "CONTEXT" | "QUERY" => Severity::INFO,
        "System" => Severity::NOTICE,
        "INF" => Severity::INFO,
        "WRN" => Severity::WARNING,
        "DBG" | "VRB" => Severity::DEBUG,
        "FTL" => Severity::FATAL,
        _ => return None,
    })
}

/// Finds a level after thread names, numbers, process ids or a logger's name.
///
/// The message is left unchanged and still contains those parts. The search ends where a sentence starts: at
/// two plain words, or at a plain word before a colon.
pub(super) fn farther(mut scan: Scan<'_>) -> Option<Severity> {
    let mut plain = 0;
    let (mut was_plain, mut is_named) = (false, false);
    for place in 0..MAX_TOKENS {
        let before = scan;
        scan.skip_blanks();
        // Nagios writes `SERVICE ALERT:`.
        let is_phrase = |severity| was_plain && severity == Severity::ALERT;
        let is_apart = before.rest().starts_with('\t') || before.peek_at(1) == Some(b' ');
        if place > 0 || is_apart {
            let found = front(scan, is_named)
                .filter(|level| !is_phrase(level.severity))
                .filter(|level| {
                    let is_column = is_apart || level.message.is_empty();
                    level.is_enclosed || (level.is_certain && (!was_plain || is_column))
                });
            if found.is_some() {
                return found.map(|level| level.severity);
            }
        }
        match scan.peek()? {
            open @ (b'[' | b'(' | b'{' | b'<' | b'"' | b'\'') => {
                let close = closing(open).unwrap_or(open);
                scan.take(1)?;
                let near = &scan.rest().as_bytes()[..scan.rest().len().min(MAX_GROUP)];
                let Some(length) = memchr::memchr(close, near) else {
                    continue;
                };
                let group = scan.take(length)?;
                scan.take(1)?;
                if open != b'"'
                    && open != b'\''
                    && let Some(severity) = in_group(group)
                {
                    return Some(severity);
                }
                was_plain = false;
            }
            b'-' | b'|' | b':' | b',' | b'*' | b'#' | b'=' | b']' | b')' | b'}' | b'>' => {
                scan.take(1)?;
                was_plain = false;
            }
            _ => {
                let is_end = |byte: u8| matches!(byte, b' ' | b'\t' | b'[' | b'(' | b'|' | b'"');
                let length = scan.rest().bytes().take(MAX_GROUP).position(is_end)?;
                let word = scan.take(length.max(1))?;
                if let Some(severity) = in_word(word).filter(|severity| !is_phrase(*severity)) {
                    return Some(severity);
                }
                let is_letters = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphabetic());
                // Matches `a sentence: ...`, but not `lifecycle: 1000212917: x:58 ERROR`.
                let is_label = word.strip_suffix(':').is_some_and(is_letters);
                // Db2 writes `LEVEL: Warning`.
                is_named = word.eq_ignore_ascii_case("level:");
                was_plain = word.bytes().any(|byte| byte.is_ascii_alphabetic()) && !word.contains(':');
                plain += usize::from(is_letters(word) || (is_label && plain > 0));
                if plain > 1 {
                    return None;
                }
            }
        }
    }
    None
}

/// Finds the level in a bracketed group: `core:error`, `main INFO a.b.C`, `F5A5AB90 info 'vm'`.
fn in_group(group: &str) -> Option<Severity> {
    let last = group.rsplit(':').next()?.trim_ascii();
    if let Some(level) = front(Scan::new(last), false).filter(|level| level.message.is_empty()) {
        return Some(level.severity);
    }
    // sssd writes the level as a bit mask.
    if let Some(mask) = group.strip_prefix("0x") {
        let mask = u16::from_str_radix(mask, 16).ok().filter(|mask| *mask >= 0x10)?;
        let bit = mask.ilog2() as usize - 4;
        return Some(*SSSD.get(bit).unwrap_or(&Severity::DEBUG));
    }
    let mut words = group.split([' ', '\t']).filter(|word| !word.is_empty()).take(6);
    words
        .find_map(|word| {
            let is_upper = word.bytes().all(|byte| byte.is_ascii_uppercase());
            Severity::from_word(word).filter(|_| is_upper)
        })
        .or_else(|| Severity::from_word(group.split(' ').nth(1)?))
}

/// Finds a level inside a word: `[12777]:LOG:`, `local.ERROR:`, `cpu22:44012977)ALERT:`, `warning/cli:`.
fn in_word(word: &str) -> Option<Severity> {
    let before_slash = word
        .split_once('/')
        .and_then(|(first, _)| Severity::from_word(first));
    if before_slash.is_some() {
        return before_slash;
    }
    let mut parts = word.split([':', '.', ')', '=']).filter(|part| part.len() > 2);
    if !word.contains(':') {
        return None;
    }
    parts.find_map(|part| {
        let part = part.trim_start_matches(|digit: char| digit.is_ascii_digit());
        let is_upper = part.bytes().all(|byte| byte.is_ascii_uppercase());
        Severity::from_word(part)
            .or_else(|| enclosed(part))
            .filter(|_| is_upper)
    })
}

/// Reads a one-letter level before a blank, comma, slash or bracket: `E [`, `I, [`, `V/Configuration`.
pub(super) fn letter(text: &str) -> Option<Severity> {
    let ends = matches!(text.as_bytes().get(1), Some(b' ' | b'\t' | b',' | b'/' | b'['));
    Severity::of_letter(*text.as_bytes().first()?).filter(|_| ends)
}

/// Reads ESX's priority, `In(14)` or `Wa(180)`. Returns it and the text after it.
pub(super) fn esx(text: &str) -> Option<(Severity, &str)> {
    const NAMES: [&str; 8] = ["Em", "Al", "Cr", "Er", "Wa", "No", "In", "Db"];
    let name = text.get(..2).filter(|name| NAMES.contains(name))?;
    let mut scan = Scan::new(&text[name.len()..]);
    scan.expect(b'(')?;
    let priority: u32 = scan.digit_run(3)?.parse().ok()?;
    scan.expect(b')')?;
    scan.skip(b' ');
    Some((Severity::of_priority(priority), scan.rest()))
}
