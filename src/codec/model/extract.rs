//! Addresses and user names in a message.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A list gets no longer: what a line holds beyond is found by searching its text.
const MAX_RELATED: usize = 256;

/// Longer names are none.
const MAX_NAME: usize = 256;

/// What follows `user` or `for` in English rather than in logs about users.
const NO_NAMES: [&str; 58] = [
    "a",
    "an",
    "the",
    "unknown",
    "is",
    "was",
    "were",
    "are",
    "has",
    "had",
    "have",
    "not",
    "no",
    "does",
    "did",
    "can",
    "cannot",
    "may",
    "will",
    "must",
    "should",
    "id",
    "ids",
    "name",
    "names",
    "from",
    "for",
    "in",
    "on",
    "of",
    "to",
    "by",
    "with",
    "and",
    "or",
    "at",
    "as",
    "that",
    "this",
    "logged",
    "login",
    "logout",
    "authentication",
    "authenticated",
    "account",
    "accounts",
    "agent",
    "session",
    "request",
    "requested",
    "data",
    "input",
    "mode",
    "space",
    "level",
    "null",
    "invalid",
    "user",
];

/// The words before `for NAME from`, which show that someone logs in.
const LOGINS: [&str; 9] = [
    "password",
    "publickey",
    "authentication",
    "login",
    "logon",
    "session",
    "failure",
    "attempt",
    // "maximum authentication attempts exceeded for root from"
    "exceeded",
];

/// Adds a value that the list does not have yet.
pub(crate) fn push<'a>(list: &mut Vec<Cow<'a, str>>, value: &'a str) {
    if list.len() < MAX_RELATED && !list.iter().any(|known| known == value) {
        list.push(Cow::Borrowed(value));
    }
}

// ---- addresses
// -----------------------------------------------------------------------------------------------------

/// Adds the IPv4 and IPv6 addresses of a text, in their order.
pub(crate) fn addresses<'a>(text: &'a str, found: &mut Vec<Cow<'a, str>>) {
    let bytes = text.as_bytes();
    // What lies before belongs to an address that was found.
    let mut done = 0;
    // An address may begin here although a colon is before it: `IPv6:fe80::1`.
    let mut behind_label = usize::MAX;
    for at in memchr::memchr2_iter(b'.', b':', bytes) {
        if at < done {
            continue;
        }
        let place = if bytes[at] == b'.' {
            v4(text, at)
        } else {
            v6(text, at, &mut behind_label)
        };
        if let Some((start, end)) = place {
            done = end;
            push(found, &text[start..end]);
        }
    }
}

/// Finds the IPv4 address whose first dot is at `dot`.
fn v4(text: &str, dot: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let start = dot
        - bytes[..dot]
            .iter()
            .rev()
            .take(4)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
    if start == dot || !begins_word(bytes, start) {
        return None;
    }
    let length = bytes[start..]
        .iter()
        .take(16)
        .take_while(|byte| byte.is_ascii_digit() || **byte == b'.')
        .count();
    let run = &bytes[start..start + length];
    // A full stop ends the sentence, not the address.
    let run = run.strip_suffix(b".").unwrap_or(run);
    let end = start + run.len();
    let address = text.get(start..end)?;
    address.parse::<Ipv4Addr>().ok()?;
    let follows = bytes.get(end..).unwrap_or_default();
    let is_part = match follows {
        [b'_', ..] => true,
        [b'.', next, ..] => next.is_ascii_alphanumeric(),
        // `1.2.3.4-5ubuntu` is a version, `192.0.2.1-192.0.2.9` are two addresses.
        [b'-', next, rest @ ..] if next.is_ascii_digit() => rest
            .iter()
            .take(3)
            .find(|byte| !byte.is_ascii_digit())
            .is_none_or(|byte| *byte != b'.'),
        [b'-', next, ..] => next.is_ascii_alphabetic(),
        [next, ..] => next.is_ascii_alphanumeric(),
        [] => false,
    };
    if is_part || is_version(&bytes[..start]) {
        None
    } else {
        Some((start, end))
    }
}

/// Tells whether an address may begin at `start`: not inside a word, a number or a name like `lib-1.2.3.4`,
/// `kb~1.2.3.4`.
fn begins_word(bytes: &[u8], start: usize) -> bool {
    match bytes[..start] {
        [] => true,
        [.., before, b'-'] => !before.is_ascii_alphabetic(),
        [.., before] => !before.is_ascii_alphanumeric() && !matches!(before, b'_' | b'.' | b'~'),
    }
}

/// Tells whether the word `version` is right before.
fn is_version(before: &[u8]) -> bool {
    const WORD: &[u8] = b"version";
    let end = before
        .iter()
        .rposition(|byte| !matches!(byte, b' ' | b':' | b'=' | b'"'))
        .map_or(0, |last| last + 1);
    end >= WORD.len() && before[end - WORD.len()..end].eq_ignore_ascii_case(WORD)
}

/// Finds the IPv6 address whose first colon is at `colon`.
fn v6(text: &str, colon: usize, behind_label: &mut usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let goes_on = bytes
        .get(colon + 1)
        .is_some_and(|byte| byte.is_ascii_hexdigit() || *byte == b':');
    if !goes_on {
        return None;
    }
    let start = colon
        - bytes[..colon]
            .iter()
            .rev()
            .take(5)
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
    let begins = match bytes[..start] {
        [] => true,
        [.., b':'] => start == *behind_label,
        _ => begins_word(bytes, start),
    };
    if !begins {
        // `addr:fe80::1` begins behind the label, `Module::ab1::c` nowhere.
        if bytes[colon + 1] != b':' && (colon == 0 || bytes[colon - 1] != b':') {
            *behind_label = colon + 1;
        }
        return None;
    }
    let is_part = |byte: &&u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let length = bytes[start..].iter().take(47).take_while(is_part).count();
    let mut run = text.get(start..start + length)?;
    let follows = bytes.get(start + length);
    if follows.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
        return None;
    }
    // Punctuation behind it is the sentence's.
    while run.ends_with('.') || (run.ends_with(':') && !run.ends_with("::")) {
        run = &run[..run.len() - 1];
    }
    // Times have colons too, and `::` alone is a program's more often than an address.
    let looks_right = run.bytes().any(|byte| byte.is_ascii_digit())
        && (run.contains("::") || run.bytes().filter(|byte| *byte == b':').count() >= 6);
    if !looks_right {
        return None;
    }
    run.parse::<Ipv6Addr>().ok()?;
    Some((start, start + run.len()))
}

// ---- users
// ---------------------------------------------------------------------------------------------------------

/// Adds the users that a text names in one of the ways that login programs have, in their order: `user NAME`,
/// `user=NAME`, `USER=NAME`, `Invalid user NAME from`, `for NAME from`.
pub(crate) fn users<'a>(text: &'a str, found: &mut Vec<Cow<'a, str>>) {
    let bytes = text.as_bytes();
    // What lies before belongs to a name that was found: `invalid user user from` names one user.
    let mut done = 0;
    for at in memchr::memchr3_iter(b'f', b'u', b'U', bytes) {
        if at < done || !begins_phrase(bytes, at) {
            continue;
        }
        let phrase = &text[at..];
        if let Some((name, behind)) =
            behind_for(&text[..at], phrase).or_else(|| behind_user(&text[..at], phrase))
        {
            done = text.len() - behind.len();
            push(found, name);
        }
    }
}

/// Tells whether a phrase may begin at `at`: not within a word, a path or another key (`ruser=`, `x-user=`).
fn begins_phrase(bytes: &[u8], at: usize) -> bool {
    let inner = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'\\' | b'@' | b'$')
    };
    !bytes[..at].last().is_some_and(inner)
}

/// Reads `Failed password for NAME from`: the name, and the text after it.
fn behind_for<'a>(before: &str, phrase: &'a str) -> Option<(&'a str, &'a str)> {
    let (name, behind) = word(phrase.strip_prefix("for ")?)?;
    // Other programs look `for TCP from inside`.
    let mut words = before.trim_end().rsplit(' ');
    let (last, first) = (words.next()?, words.next().unwrap_or_default());
    let is_login = LOGINS.contains(&last) || matches!(first, "Accepted" | "Failed" | "Postponed" | "Partial");
    if !is_login {
        return None;
    }
    let end = behind.strip_prefix(" from")?;
    let name = clean(name).filter(|name| !is_english(name))?;
    if end.is_empty() || end.starts_with(' ') {
        Some((name, behind))
    } else {
        None
    }
}

/// Reads `user NAME` and `user=NAME`: the name, and the text behind it.
fn behind_user<'a>(before: &str, phrase: &'a str) -> Option<(&'a str, &'a str)> {
    let rest = ["user", "User", "USER"]
        .iter()
        .find_map(|word| phrase.strip_prefix(word))?;
    if let Some(value) = rest.strip_prefix('=') {
        let (name, behind) = quoted(value).or_else(|| assigned(value))?;
        return Some((clean(name)?, behind));
    }
    let rest = rest.strip_prefix(' ')?;
    if before.ends_with("nvalid ") {
        // sshd writes what the client sent, spaces and all.
        let near = &rest.as_bytes()[..rest.len().min(MAX_NAME)];
        let end = memchr::memmem::find(near, b" from ").filter(|end| !near[..*end].contains(&b'['));
        let (name, behind) = end.map_or_else(|| word(rest), |end| Some(rest.split_at(end)))?;
        return Some((clean(name)?, behind));
    }
    let (name, behind) = quoted(rest).or_else(|| word(rest))?;
    let name = clean(name).filter(|name| !is_english(name) && !name.contains('='))?;
    Some((name, behind))
}

fn is_english(name: &str) -> bool {
    NO_NAMES.iter().any(|word| word.eq_ignore_ascii_case(name))
}

/// Splits at the first white space.
fn word(text: &str) -> Option<(&str, &str)> {
    split(text, |byte| byte.is_ascii_whitespace())
}

/// Splits at what ends a value in a list of assignments.
fn assigned(text: &str) -> Option<(&str, &str)> {
    let ends = |byte: &u8| {
        byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b')' | b']' | b'}' | b'>' | b'&' | b'|')
    };
    split(text, ends)
}

/// Splits where a name ends; `None` when it goes on for longer than a name may. Looking no farther keeps
/// hostile lines linear.
fn split(text: &str, ends: impl Fn(&u8) -> bool) -> Option<(&str, &str)> {
    let end = text.bytes().take(MAX_NAME + 1).position(|byte| ends(&byte));
    match end {
        Some(end) => Some(text.split_at(end)),
        None if text.len() <= MAX_NAME => Some((text, "")),
        None => None,
    }
}

/// Takes what stands in quotes at the front.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    text[1..].split_once(quote)
}

/// Strips quotes and punctuation; nothing is left of what is no name.
fn clean(name: &str) -> Option<&str> {
    const AROUND: &str = " \"'`<>()[]{},;:.!?";
    let name = name.trim_matches(|c: char| AROUND.contains(c));
    let is_name = name.len() <= MAX_NAME && name.chars().any(char::is_alphanumeric);
    is_name.then_some(name)
}
