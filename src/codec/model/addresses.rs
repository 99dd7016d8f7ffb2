//! Finds IP addresses in a message.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::related::push;

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
                push(found, text[start..end].into());
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
