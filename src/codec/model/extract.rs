//! Finds IP addresses and user names in a message.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::codec::scan::{ByteSet, split_at_last_byte};

/// The most entries of a list. A full-text search still finds the rest of a line.
const MAX_RELATED: usize = 256;

/// The longest name, in bytes.
const MAX_NAME: usize = 256;

/// Words that follow `user` or `for` in English sentences and are not user names.
#[rustfmt::skip]
const NO_NAMES: [&str; 37] = [
    "a", "an", "the", "is", "was", "has", "not", "no", "id", "ids", "name", "names", "from", "in", "on", "by", "and",
    "or", "with", "login", "logout", "authentication", "account", "accounts", "session", "request", "data", "input",
    "mode", "space", "level", "user", "exec", "added", "created", "deleted", "removed",
];

/// Words before `user NAME` that make the word after `user` a name.
#[rustfmt::skip]
const BEFORE_USER: [&str; 9] = ["for", "of", "by", "from", "as", "to", "invalid", "illegal", "authenticating"];

/// Words after `user NAME` that do. So does an address.
const AFTER_USER: [&str; 8] = [
    "from",
    "logged",
    "authenticated",
    "connected",
    "disconnected",
    "(",
    "-",
    ":",
];

/// Words before `for NAME from` that indicate a login.
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

/// Adds a value to a list that does not contain it yet.
pub(crate) fn push<'a>(list: &mut Vec<Cow<'a, str>>, value: &'a str) {
    if list.len() < MAX_RELATED && !list.iter().any(|known| known == value) {
        list.push(Cow::Borrowed(value));
    }
}

// Addresses.

/// Adds the IPv4 and IPv6 addresses in a text, in their order.
pub(crate) fn addresses<'a>(text: &'a str, found: &mut Vec<Cow<'a, str>>) {
    let bytes = text.as_bytes();
    // Bytes before this offset belong to an address that was already found.
    let mut done = 0;
    // The offset after a label such as `IPv6:`, where an address may start despite the colon before it.
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
            if start < end {
                push(found, &text[start..end]);
            }
        }
    }
}

/// Returns the range of the IPv4 address whose first dot is at `dot`.
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
    // A trailing full stop ends the sentence and is not part of the address.
    let run = run.strip_suffix(b".").unwrap_or(run);
    let end = start + run.len();
    let address = text.get(start..end)?;
    address.parse::<Ipv4Addr>().ok()?;
    let follows = bytes.get(end..).unwrap_or_default();
    let is_part = match follows {
        [b'_', ..] => true,
        [b'.', next, ..] => next.is_ascii_alphanumeric(),
        // `1.2.3.4-5ubuntu` is a version; `192.0.2.1-192.0.2.9` is a range of addresses.
        [b'-', next, rest @ ..] if next.is_ascii_digit() => rest
            .iter()
            .take(3)
            .find(|byte| !byte.is_ascii_digit())
            .is_none_or(|byte| *byte != b'.'),
        [b'-', next, ..] => next.is_ascii_alphabetic(),
        [next, ..] => next.is_ascii_alphanumeric(),
        [] => false,
    };
    if is_part || ends_with_label(&bytes[..start]) {
        None
    } else {
        Some((start, end))
    }
}

/// Returns whether an address may start at `start`.
///
/// It may not start inside a word or a number, nor inside a name such as `lib-1.2.3.4` or `kb~1.2.3.4`.
fn begins_word(bytes: &[u8], start: usize) -> bool {
    match bytes[..start] {
        [] => true,
        [.., before, b'-'] => !before.is_ascii_alphabetic(),
        [.., before] => !before.is_ascii_alphanumeric() && !matches!(before, b'_' | b'.' | b'~'),
    }
}

/// Returns whether the text ends with a label of a version or of an object identifier of ASN.1.
fn ends_with_label(before: &[u8]) -> bool {
    const LABELS: [&[u8]; 2] = [b"version", b"oid"];
    let end = before
        .iter()
        .rposition(|byte| !matches!(byte, b' ' | b':' | b'=' | b'"' | b')'))
        .map_or(0, |last| last + 1);
    let ends_with =
        |label: &&[u8]| end >= label.len() && before[end - label.len()..end].eq_ignore_ascii_case(label);
    LABELS.iter().any(ends_with)
}

/// Returns the range of the IPv6 address whose first colon is at `colon`.
///
/// If the run of hex digits and colons is not an address, the range is empty and ends after the run's last colon: a
/// part of a MAC address or of a fingerprint could look like an address.
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
        // In `addr:fe80::1` an address starts after the label; in `Module::ab1::c` there is no address.
        if bytes[colon + 1] != b':' && (colon == 0 || bytes[colon - 1] != b':') {
            *behind_label = colon + 1;
        }
        return None;
    }
    let is_part = |byte: &&u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let end = start + bytes[start..].iter().take_while(is_part).count();
    let mut run = text.get(start..end)?;
    let last_colon = start + run.rfind(':')? + 1;
    let follows = bytes.get(end);
    if follows.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
        return Some((last_colon, last_colon));
    }
    // Trailing punctuation belongs to the sentence.
    while run.ends_with('.') || (run.ends_with(':') && !run.ends_with("::")) {
        run = &run[..run.len() - 1];
    }
    // Times also contain colons, and a lone `::` is more often a separator in a program's names.
    let looks_right = run.bytes().any(|byte| byte.is_ascii_digit())
        && (run.contains("::") || run.bytes().filter(|byte| *byte == b':').count() >= 6)
        // A hardware address has groups of two digits.
        && run.split(':').any(|group| group.len() != 2);
    if looks_right && run.parse::<Ipv6Addr>().is_ok() {
        Some((start, start + run.len()))
    } else {
        Some((last_colon, last_colon))
    }
}

// Users.

/// Adds the users that a text names, in their order.
///
/// The recognized phrases of login programs are `user NAME`, `user=NAME`, `UserName = NAME`, `[user: NAME]`,
/// `Invalid user NAME from`, `for NAME from`, `NAME(uid=0)` and sudo's `NAME : ... USER=NAME`.
pub(crate) fn users<'a>(text: &'a str, found: &mut Vec<Cow<'a, str>>) {
    let bytes = text.as_bytes();
    // Bytes before this offset belong to a name already found: `invalid user user from` names one user.
    let mut done = 0;
    for at in memchr::memchr3_iter(b'f', b'u', b'U', bytes) {
        let is_word = matches!(
            bytes[at..],
            [b'f', b'o', b'r', b' ', ..] | [b'u' | b'U', b's' | b'S', ..] | [b'u', b'i', b'd', b'=', ..]
        );
        if !is_word || at < done || !begins_phrase(bytes, at) {
            continue;
        }
        let (before, phrase) = text.split_at(at);
        if let Some(name) = of_uid(before, phrase).or_else(|| of_sudo(before, phrase)) {
            push(found, name);
        }
        if let Some((name, behind)) = behind_for(before, phrase).or_else(|| behind_user(before, phrase)) {
            done = text.len() - behind.len();
            push(found, name);
        }
    }
}

/// Returns whether a phrase may start at `at`.
///
/// It may not start inside a word, a path or another key (`ruser=`, `x-user=`).
fn begins_phrase(bytes: &[u8], at: usize) -> bool {
    let inner = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'\\' | b'@' | b'$')
    };
    !bytes[..at].last().is_some_and(inner)
}

/// Reads the name before the user id that PAM writes: `root` in `session opened for user root(uid=0)`.
fn of_uid<'a>(before: &'a str, phrase: &str) -> Option<&'a str> {
    let before = before.strip_suffix('(').filter(|_| phrase.starts_with("uid="))?;
    let back = before.bytes().rev().take(MAX_NAME + 1);
    let length = back.take_while(|byte| *byte != b' ').count();
    clean(before.get(before.len() - length..)?)
}

/// Reads the user who called sudo: `bob` in `bob : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls`.
fn of_sudo<'a>(before: &'a str, phrase: &str) -> Option<&'a str> {
    let before = before
        .strip_suffix(" ; ")
        .filter(|_| phrase.starts_with("USER="))?;
    let near = &before.as_bytes()[..before.len().min(MAX_NAME)];
    let end = memchr::memmem::find(near, b" : ")?;
    clean(before.get(..end)?).filter(|name| !name.contains(' '))
}

/// Reads `Failed password for NAME from`. Returns the name and the text after it.
fn behind_for<'a>(before: &str, phrase: &'a str) -> Option<(&'a str, &'a str)> {
    let (name, behind) = word(phrase.strip_prefix("for ")?)?;
    // Other programs write similar phrases, such as `for TCP from inside`.
    let before = before.trim_end();
    let (rest, last) = split_at_last_byte(before, b' ').unwrap_or(("", before));
    let first = split_at_last_byte(rest, b' ').map_or(rest, |(_, first)| first);
    let is_login =
        LOGINS.contains(&last) || matches!(first, "Accepted" | "Failed" | "Postponed" | "Partial" | "auth");
    if !is_login {
        return None;
    }
    let end = behind.strip_prefix(" from");
    if end.is_none_or(|end| !end.is_empty() && !end.starts_with(' ')) && !name.starts_with('\'') {
        return None;
    }
    let name = clean(name).filter(|name| !is_english(name))?;
    Some((name, behind))
}

/// Reads `user NAME` or `user=NAME`. Returns the name and the text after it.
fn behind_user<'a>(before: &str, phrase: &'a str) -> Option<(&'a str, &'a str)> {
    let rest = ["user", "User", "USER"]
        .iter()
        .find_map(|word| phrase.strip_prefix(word))?;
    let after_name = ["name", "Name"]
        .iter()
        .find_map(|word| rest.strip_prefix(word))
        .unwrap_or(rest);
    if let Some(value) = after_name
        .strip_prefix('=')
        .or_else(|| after_name.strip_prefix(" = "))
    {
        let (name, behind) = quoted(value).or_else(|| assigned(value))?;
        return Some((clean(name).filter(|name| !is_nobody(name))?, behind));
    }
    let is_username = after_name.len() < rest.len();
    if let Some(value) = after_name.strip_prefix(':') {
        let text = value.strip_prefix(' ').unwrap_or(value);
        let (name, behind) = assigned(text).filter(|(name, _)| !name.ends_with(':'))?;
        // A sentence may follow `User: `, but not in `Login failed [user: admin] [Source: 192.0.2.10]`.
        let is_name = match value.starts_with(' ') {
            true => is_username || !behind.starts_with(' '),
            false => phrase.starts_with('U'),
        };
        return Some((clean(name).filter(|name| is_name && !name.contains('='))?, behind));
    }
    let rest = after_name.strip_prefix(' ')?;
    if before.ends_with("nvalid ") {
        // sshd writes the name that the client sent, which may contain spaces.
        let near = &rest.as_bytes()[..rest.len().min(MAX_NAME)];
        let end = memchr::memmem::find(near, b" from ")
            .filter(|end| memchr::memchr2(b'[', b'\'', &near[..*end]).is_none());
        let (name, behind) = end.map_or_else(|| word(rest), |end| Some(rest.split_at(end)))?;
        // Others write `Invalid user name/password` and `Invalid user (Rejected: ...)`.
        let is_name = |name: &&str| !name.starts_with("name/") && !rest.starts_with('(');
        return Some((clean(name).filter(is_name)?, behind));
    }
    let (name, behind) = match quoted(rest) {
        Some((name, behind)) => (clean(name)?, behind),
        None if is_username => return None,
        None => {
            let (name, behind) = word(rest)?;
            let before = before.trim_end();
            let last = split_at_last_byte(before, b' ').map_or(before, |(_, last)| last);
            let next = behind
                .strip_prefix(' ')
                .and_then(word)
                .map_or("", |(next, _)| next);
            let is_name = BEFORE_USER.contains(&last)
                || AFTER_USER.contains(&next)
                || is_ip(next)
                || name.ends_with(':') && phrase.starts_with("USER")
                || name
                    .bytes()
                    .any(|byte| byte.is_ascii_digit() || matches!(byte, b'\\' | b'@'));
            (
                clean(name).filter(|name| is_name && !is_english(name) && !name.contains('='))?,
                behind,
            )
        }
    };
    Some((name, behind))
}

fn is_english(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphabetic())
        && NO_NAMES.iter().any(|word| word.eq_ignore_ascii_case(name))
}

/// Splits at the first white space.
fn word(text: &str) -> Option<(&str, &str)> {
    split(text, |byte| byte.is_ascii_whitespace())
}

/// Splits at the end of a value in a list of assignments.
fn assigned(text: &str) -> Option<(&str, &str)> {
    let ends = |byte: &u8| {
        byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b')' | b']' | b'}' | b'>' | b'&' | b'|')
    };
    split(text, ends)
}

/// Splits at the end of a name; `None` if the name exceeds the longest name.
///
/// Limiting the search keeps the time for hostile lines linear.
fn split(text: &str, ends: impl Fn(&u8) -> bool) -> Option<(&str, &str)> {
    let end = text.bytes().take(MAX_NAME + 1).position(|byte| ends(&byte));
    match end {
        Some(end) => Some(text.split_at(end)),
        None if text.len() <= MAX_NAME => Some((text, "")),
        None => None,
    }
}

/// Splits off the quoted text at the start.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    text[1..].split_once(quote)
}

/// Strips quotes, punctuation, and an address after an at sign; `None` if the rest is not a name.
fn clean(name: &str) -> Option<&str> {
    static OUTER: ByteSet = ByteSet::of(b" \"'`<>()[]{},;:.!?");
    let start = name.bytes().position(|byte| !OUTER.has(byte))?;
    let end = name.bytes().rposition(|byte| !OUTER.has(byte))? + 1;
    let name = name.get(start..end).filter(|name| name.len() <= MAX_NAME)?;
    let is_name =
        name.bytes().any(|byte| byte.is_ascii_alphanumeric()) || name.chars().any(char::is_alphanumeric);
    static SPECIAL: ByteSet = ByteSet::of(b"\"<>.:");
    if !is_name || !name.bytes().any(|byte| SPECIAL.has(byte)) {
        return is_name.then_some(name);
    }
    // ESX writes `User root@192.0.2.7 logged in`. A quote inside belongs to JSON or CSV.
    let name = match split_at_last_byte(name, b'@') {
        Some((user, address)) if is_ip(address) => user,
        _ => name,
    };
    (!name.contains(['"', '<', '>']) && !is_ip(name)).then_some(name)
}

fn is_ip(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

/// Returns whether a name stands for the absence of a user or host.
pub(super) fn is_nobody(name: &str) -> bool {
    ["unknown", "none", "null", "n/a", "--"]
        .iter()
        .any(|absent| name.eq_ignore_ascii_case(absent))
}
