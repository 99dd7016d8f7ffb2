//! The structured data of RFC 5424, and the list that Check Point writes instead.

use std::borrow::Cow;

use super::keyed::take_entities;
use crate::codec::model::Facts;
use crate::codec::scan::{ByteSet, Scan};
use crate::record::Value;

/// The most parameters that become attributes; with more, all are kept as one text.
pub(super) const MAX_PARAMETERS: usize = 128;

pub(super) type Parameters<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

/// Reads `-` or `[id name="value" ...]...` as attributes named `id.name`.
///
/// If a name is repeated, `.2`, `.3` and so on are appended.
pub(super) fn structured_data<'a>(scan: &mut Scan<'a>) -> Option<Parameters<'a>> {
    let mut parameters = Parameters::new();
    let ends = |scan: &Scan<'_>| matches!(scan.peek(), None | Some(b' '));
    if scan.eat(b'-') {
        return ends(scan).then_some(parameters);
    }
    scan.expect(b'[')?;
    loop {
        let id = name(scan)?;
        if scan.peek() == Some(b']') {
            parameters.push((Cow::Borrowed(id), Value::from("")));
        }
        while scan.eat(b' ') {
            // Some senders put a space before the closing bracket.
            if scan.peek() == Some(b']') {
                break;
            }
            let key = format!("{id}.{}", name(scan)?);
            scan.expect(b'=')?;
            scan.expect(b'"')?;
            let value = Value::Str(quoted(scan)?);
            parameters.push((unique(key, &parameters).into(), value));
        }
        scan.expect(b']')?;
        if !scan.eat(b'[') {
            return ends(scan).then_some(parameters);
        }
    }
}

fn unique(key: String, among: &[(Cow<'_, str>, Value<'_>)]) -> String {
    let taken = |key: &str| among.iter().any(|(other, _)| other == key);
    // With more parameters than this, they are kept as one text anyway.
    if among.len() > MAX_PARAMETERS || !taken(&key) {
        return key;
    }
    (2..)
        .map(|number| format!("{key}.{number}"))
        .find(|key| !taken(key))
        .unwrap_or(key)
}

fn name<'a>(scan: &mut Scan<'a>) -> Option<&'a str> {
    let length = scan
        .rest()
        .bytes()
        .position(|byte| matches!(byte, b' ' | b'=' | b']' | b'"'))?;
    if length == 0 { None } else { scan.take(length) }
}

/// Reads a value up to its closing quote.
///
/// A backslash escapes only a quote, a backslash and a bracket.
fn quoted<'a>(scan: &mut Scan<'a>) -> Option<Cow<'a, str>> {
    let mut value = Cow::Borrowed("");
    loop {
        let rest = scan.rest();
        let plain = scan.take(memchr::memchr2(b'"', b'\\', rest.as_bytes())?)?;
        if value.is_empty() {
            value = Cow::Borrowed(plain);
        } else {
            value.to_mut().push_str(plain);
        }
        if scan.eat(b'"') {
            return Some(value);
        }
        scan.expect(b'\\')?;
        let escaped = scan.peek().filter(|byte| matches!(byte, b'"' | b'\\' | b']'));
        value.to_mut().push(escaped.map_or('\\', char::from));
        if escaped.is_some() {
            scan.take(1)?;
        }
    }
}

/// Takes the host and the entities from parameters, whose names follow the id of their element.
///
/// The element `origin` of RFC 5424 names the sender, which the header names too.
pub(crate) fn take_parameters<'a>(facts: &mut Facts<'a>, parameters: &[(Cow<'a, str>, Value<'a>)]) {
    let others = parameters.iter().filter(|(key, _)| !key.starts_with("origin."));
    let named = others.map(|(key, value)| {
        let name = key.rsplit_once('.').map_or(key.as_ref(), |(_, name)| name);
        (name.to_owned().into(), value.clone())
    });
    take_entities(facts, &named.collect::<Vec<_>>());
}

/// Reads Check Point's `[action:"Accept"; flags:"1"; src:"192.0.2.7"]`.
pub(super) fn check_point<'a>(scan: &mut Scan<'a>) -> Option<Parameters<'a>> {
    static KEY: ByteSet = ByteSet::alphanumeric_and(b"_-.");
    let mut parameters = Parameters::new();
    scan.expect(b'[')?;
    loop {
        let key = scan
            .take(KEY.run(scan.rest(), 128))
            .filter(|key| !key.is_empty())?;
        scan.expect(b':')?;
        scan.expect(b'"')?;
        parameters.push((key.into(), Value::Str(quoted(scan)?)));
        scan.eat(b';');
        scan.skip(b' ');
        if scan.eat(b']') {
            return Some(parameters);
        }
    }
}
