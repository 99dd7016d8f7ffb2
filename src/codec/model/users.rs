//! Finds user names in a message.

use std::borrow::Cow;
use std::net::IpAddr;

use super::related::{is_nobody, push};
use crate::codec::scan::{ByteSet, split_at_last_byte};

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
            push(found, name.into());
        }
        if let Some((name, behind)) = behind_for(before, phrase).or_else(|| behind_user(before, phrase)) {
            done = text.len() - behind.len();
            push(found, name.into());
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
