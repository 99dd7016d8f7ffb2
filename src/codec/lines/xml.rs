//! Windows events as XML: `<Event ...><System>...</System><EventData>...</EventData></Event>`.

use std::borrow::Cow;

use super::Line;
use super::keyed::MAX_KEYS;
use crate::codec::model::Keys;
use crate::record::Value;

/// Reads an event. Its elements and their attributes become keys.
///
/// `<Computer>dc1</Computer>` is the key `Computer`, `<TimeCreated SystemTime='...'/>` the key
/// `TimeCreated.SystemTime`, and `<Data Name='IpAddress'>192.0.2.7</Data>` the key `IpAddress`.
pub(super) fn windows_event<'a>(line: &mut Line<'a>, text: &'a str) -> Option<()> {
    let rest = text.strip_prefix("<Event")?;
    if !rest.starts_with([' ', '>']) {
        return None;
    }
    let mut keys = Keys::new();
    let mut rest = rest;
    while let Some(start) = memchr::memchr(b'<', rest.as_bytes())
        && keys.len() < MAX_KEYS
    {
        rest = &rest[start + 1..];
        let end = memchr::memchr(b'>', rest.as_bytes())?;
        let (tag, content) = (&rest[..end], &rest[end + 1..]);
        rest = content;
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        if name.starts_with(['/', '?', '!']) {
            continue;
        }
        let mut key = name.trim_end_matches('/');
        for (attribute, value) in pairs(attributes) {
            match (name, attribute) {
                ("Data", "Name") => key = value,
                (_, "xmlns") => {}
                _ => keys.push((format!("{name}.{attribute}").into(), Value::Str(unescape(value)))),
            }
        }
        let content = &content[..memchr::memchr(b'<', content.as_bytes()).unwrap_or(content.len())];
        let content = content.trim_ascii();
        if !content.is_empty() && !tag.ends_with('/') {
            keys.push((key.into(), Value::Str(unescape(content))));
        }
    }
    line.set_message(text);
    line.attributes = keys;
    line.by_name = true;
    line.is_keyed = true;
    Some(())
}

/// Returns the pairs of a tag: `Name='value' Other="value"`.
fn pairs(mut text: &str) -> impl Iterator<Item = (&str, &str)> {
    std::iter::from_fn(move || {
        let (name, rest) = text.split_once('=')?;
        let quote = rest.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
        let (value, rest) = rest[1..].split_once(quote)?;
        text = rest;
        Some((name.trim_ascii(), value))
    })
}

/// Resolves the entities that XML defines, and those of line ends and tabs.
fn unescape(text: &str) -> Cow<'_, str> {
    const ENTITIES: [(&str, &str); 8] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#9;", "\t"),
        ("&#10;", "\n"),
        ("&#13;", "\r"),
        // Last: `&amp;lt;` stands for `&lt;`.
        ("&amp;", "&"),
    ];
    if !text.contains('&') {
        return text.into();
    }
    let replace = |text: String, (entity, plain): &(&str, &str)| text.replace(entity, plain);
    ENTITIES.iter().fold(text.to_owned(), replace).into()
}
