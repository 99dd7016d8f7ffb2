//! Lines that consist of keys and values: logfmt, auditd, CEF, LEEF.

use std::borrow::Cow;

use super::{Line, LineOptions, PLAIN, Severity};
use crate::codec::model::{self, Facts, Given, Keys};
use crate::codec::scan::{ByteSet, Scan};
use crate::codec::time;
use crate::record::{Field, Value};

/// The most keys that a line may have.
pub(super) const MAX_KEYS: usize = 512;

/// Reads a line of keys and values.
///
/// If the line already has a header, `text` is its message. Facts of that header are kept.
pub(super) fn read<'a>(line: &mut Line<'a>, text: &'a str, options: &LineOptions) -> Option<()> {
    let first = line.attributes.len();
    let word = KEY.run(text, 128);
    match (text.get(..word)?, text.as_bytes().get(word)?) {
        ("CEF", b':') => piped(line, text, ("cef", CEF, " "), options)?,
        ("LEEF", b':') => piped(line, text, ("leef", LEEF, "\t"), options)?,
        (_, b'=') => logfmt(line, text).or_else(|| separated(line, text))?,
        _ => return None,
    }
    line.set_message(text);
    line.is_keyed = true;
    if !line.by_name {
        take_entities(&mut line.facts, &line.attributes[first..]);
    }
    Some(())
}

/// Reads a message that has CEF or LEEF after its first word, as F5 and NETSCOUT write it: `ASM:CEF:0|...`.
#[inline(never)]
pub(super) fn inside<'a>(line: &mut Line<'a>, text: &'a str, options: &LineOptions) -> Option<()> {
    let near = &text.as_bytes()[..text.len().min(128)];
    let version = text.get(..memchr::memchr(b'|', near)?)?;
    let at = version.rfind("CEF:").or_else(|| version.rfind("LEEF:"))?;
    read(line, &text[at..], options)?;
    line.set_message(text);
    Some(())
}

/// Reads keys that bars or commas separate, as Check Point and FortiGate write them: `time=1773450123|action=Drop|...`.
#[inline(never)]
fn separated<'a>(line: &mut Line<'a>, text: &'a str) -> Option<()> {
    let separator = text.as_bytes()[memchr::memchr2(b'|', b',', text.as_bytes())?];
    let mut keys = Keys::new();
    for pair in text
        .split(char::from(separator))
        .take_while(|pair| !pair.is_empty())
    {
        let mut scan = Scan::new(pair);
        let key = key(&mut scan).filter(|_| scan.eat(b'=') && keys.len() < MAX_KEYS)?;
        keys.push((key.into(), typed(scan.rest().trim_matches('"').into())));
    }
    if keys.len() < 3 {
        return None;
    }
    line.by_name = true;
    line.attributes.append(&mut keys);
    Some(())
}

/// Reads logfmt (`level=error ts=2026-03-14T01:02:03Z msg="text"`) and auditd records.
///
/// Every word must have the form `key=value`.
#[inline(never)]
fn logfmt<'a>(line: &mut Line<'a>, text: &'a str) -> Option<()> {
    let mut scan = Scan::new(text);
    let mut keys = Keys::new();
    let mut audit = None;
    while !scan.rest().is_empty() {
        let rest = scan.rest();
        if audit.is_none()
            && let Some(stamp) = rest.strip_prefix("msg=audit(")
        {
            let (stamp, rest) = stamp.split_once("):")?;
            audit = Some(stamp);
            scan = Scan::new(rest);
            scan.skip(b' ');
            continue;
        }
        let (key, value) = pair(&mut scan)?;
        match value {
            // Records that user programs send to auditd have a list of pairs in their message.
            Value::Str(Cow::Borrowed(inner)) if audit.is_some() && rest.starts_with("msg='") => {
                let mut inner = Scan::new(inner);
                keys.extend(std::iter::from_fn(|| pair(&mut inner)).take(MAX_KEYS));
            }
            value => keys.push((key, value)),
        }
        if keys.len() > MAX_KEYS {
            return None;
        }
    }
    if keys.len() < 2 {
        return None;
    }
    match audit {
        Some(stamp) => auditd(line, &mut keys, stamp)?,
        None => line.by_name = true,
    }
    line.attributes.append(&mut keys);
    Some(())
}

/// Reads an auditd record: its time, sequence number, process and program.
fn auditd<'a>(line: &mut Line<'a>, keys: &mut Keys<'a>, stamp: &str) -> Option<()> {
    let (time, number) = stamp.split_once(':').unwrap_or((stamp, ""));
    line.facts.time.get_or_insert(time::of_decimal(time)?);
    line.facts.source_type = Some("auditd".into());
    // Other keys name remote hosts.
    if line.facts.host.is_none() {
        line.facts.host = text_of(keys, "node");
    }
    keys.retain(|(_, value)| !matches!(value, Value::Str(text) if text == "?"));
    for (key, value) in keys.iter_mut() {
        if matches!(
            key.as_ref(),
            "acct" | "comm" | "exe" | "name" | "cwd" | "proctitle"
        ) && let Value::Str(text) = value
            && let Some(decoded) = unhex(text)
        {
            *value = Value::Str(decoded.into());
        }
    }
    if line.facts.program.is_none() {
        line.facts.program = text_of(keys, "comm").or_else(|| {
            text_of(keys, "exe")?
                .rsplit('/')
                .next()
                .map(str::to_owned)
                .map(Cow::from)
        });
    }
    if line.facts.pid.is_none() {
        line.facts.pid = keys.iter().find_map(|(key, value)| match value {
            Value::Int(pid) if key == "pid" => Some(pid.to_string().into()),
            _ => None,
        });
    }
    if let Ok(number) = number.parse() {
        keys.push(("audit.sequence".into(), Value::Int(number)));
    }
    Some(())
}

/// Decodes a value that auditd wrote in hex because of special characters.
fn unhex(text: &str) -> Option<String> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
    if text.len() < 4 || text.len() % 2 == 1 || !text.bytes().all(is_digit) {
        return None;
    }
    let bytes: Vec<u8> = text
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap_or_default(), 16).unwrap_or(0))
        .collect();
    String::from_utf8(bytes).ok().map(|text| text.replace('\0', " "))
}

/// The columns before the keys of CEF and LEEF.
const CEF: &str = "version vendor product product_version event_class_id name severity";
const LEEF: &str = "version vendor product product_version event_id";

/// Reads `CEF:0|vendor|product|version|id|name|severity|key=value ...` and
/// `LEEF:1.0|vendor|product|version|id|key=value<tab>...`.
///
/// LEEF 2.0 specifies the separator after the id.
#[inline(never)]
fn piped<'a>(
    line: &mut Line<'a>,
    text: &'a str,
    (format, columns, mut separator): (&str, &str, &str),
    options: &LineOptions,
) -> Option<()> {
    let mut rest = &text[format.len() + 1..];
    let mut keys = Keys::new();
    for name in columns.split(' ') {
        let value;
        (value, rest) = field(rest, b'|')?;
        keys.push((format!("{format}.{name}").into(), Value::Str(value)));
    }
    let code;
    if text.starts_with("LEEF:2")
        && let Some((given, after)) = rest.split_once('|')
        && given.len() <= 6
        && !given.contains('=')
    {
        rest = after;
        let hex = given.strip_prefix("0x").or_else(|| given.strip_prefix('x'));
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            code = char::from(byte).to_string();
            separator = &code;
        } else if !given.is_empty() {
            separator = given;
        }
    }
    extension(&mut keys, rest, separator);
    let value_of = |name: &&str| {
        keys.iter()
            .find_map(|(key, value)| (key == name).then_some(value))
    };
    let severity_of = |value: &Value<'_>| match value {
        Value::Str(text) => severity(text),
        Value::Int(number) => severity(&number.to_string()),
        _ => None,
    };
    let found = ["cef.severity", "sev"].iter().find_map(value_of);
    line.facts.severity = line.facts.severity.or_else(|| severity_of(found?));
    let mut times = ["rt", "end", "start", "devTime"].iter().filter_map(value_of);
    let time = || times.find_map(|value| time::of_value(value, options.clock()));
    line.facts.time = line.facts.time.or_else(time);
    line.attributes.append(&mut keys);
    Some(())
}

/// Reads up to a separator. A backslash escapes the separator.
fn field(text: &str, separator: u8) -> Option<(Cow<'_, str>, &str)> {
    let mut at = 0;
    let mut is_escaped = false;
    loop {
        at += memchr::memchr2(separator, b'\\', text.as_bytes().get(at..)?)?;
        if text.as_bytes()[at] == separator {
            let value = &text[..at];
            let value = if is_escaped { unescape(value) } else { value.into() };
            return Some((value, &text[at + 1..]));
        }
        is_escaped = true;
        at += 2;
    }
}

/// Reads the keys of CEF and LEEF. A value ends at the separator before the next key.
fn extension<'a>(keys: &mut Keys<'a>, text: &'a str, separator: &str) {
    let mut text = text.trim_start();
    while let Some((key, value)) = text.split_once('=') {
        if keys.len() >= MAX_KEYS || key.is_empty() || KEY.run(key, key.len()) < key.len() {
            return;
        }
        let end = next_key(value, separator);
        let (value, rest) = (&value[..end], &value[end..]);
        text = rest
            .strip_prefix(separator)
            .unwrap_or(rest)
            .trim_start_matches(' ');
        // LEEF has no escapes.
        let value = if separator == " " && value.contains('\\') {
            unescape(value)
        } else {
            value.into()
        };
        keys.push((key.into(), typed(value)));
    }
}

/// Returns the end of a value: the separator that is followed by another `key=`.
fn next_key(value: &str, separator: &str) -> usize {
    let mut from = 0;
    while let Some(found) = value[from..].find(separator) {
        let at = from + found;
        let after = value[at + separator.len()..].trim_start_matches(' ');
        let length = KEY.run(after, 64);
        if separator != " " || (length > 0 && after.as_bytes().get(length) == Some(&b'=')) {
            return at;
        }
        from = at + separator.len();
    }
    value.len()
}

/// Resolves escapes. A backslash before any other character is text, as in `DOMAIN\user`.
fn unescape(value: &str) -> Cow<'_, str> {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(char) = chars.next() {
        let next = if char == '\\' { chars.next() } else { None };
        match next {
            Some('n' | 'r') => text.push('\n'),
            Some(escaped @ ('\\' | '|' | '=' | '"' | '\'')) => text.push(escaped),
            next => text.extend(std::iter::once(char).chain(next)),
        }
    }
    text.into()
}

/// Returns the severity of a CEF or LEEF number (0 to 10) or of a CEF word.
fn severity(value: &str) -> Option<Severity> {
    Some(match value {
        "0" | "1" | "2" | "3" | "Low" => Severity::INFO,
        "4" | "5" | "6" | "Medium" => Severity::WARNING,
        "7" | "8" | "High" => Severity::ERROR,
        "9" | "10" | "Very-High" => Severity::CRITICAL,
        _ => return None,
    })
}

/// Takes the host and the entities from the keys that name them.
#[inline(never)]
pub(super) fn take_entities<'a>(facts: &mut Facts<'a>, keys: &[(Cow<'a, str>, Value<'a>)]) {
    let mut given = Given::default();
    for field in [Field::TimestampNs, Field::SeverityId, Field::Message] {
        given.set(field);
    }
    let mut found = Facts::default();
    model::of_pairs(keys, given, &PLAIN, &mut found);
    facts.entities.append(&mut found.entities);
    if facts.host.is_none() && facts.source_type.is_none() {
        facts.host = found.host;
    }
}

/// Reads `key=value` or `key="value"`, and the spaces after it.
fn pair<'a>(scan: &mut Scan<'a>) -> Option<(Cow<'a, str>, Value<'a>)> {
    let key = key(scan)?;
    scan.expect(b'=')?;
    let value = match scan.peek() {
        Some(quote @ (b'"' | b'\'')) => Value::Str(quoted(scan, quote)?),
        _ => typed(bare(scan).into()),
    };
    let is_space = |byte| matches!(byte, b' ' | b'\t' | 0x1d);
    if !scan.peek().is_none_or(is_space) {
        return None;
    }
    while scan.peek().is_some_and(is_space) {
        scan.take(1)?;
    }
    Some((key.into(), value))
}

fn key<'a>(scan: &mut Scan<'a>) -> Option<&'a str> {
    scan.take(KEY.run(scan.rest(), 128)).filter(|key| !key.is_empty())
}

/// The bytes of keys.
static KEY: ByteSet = ByteSet::alphanumeric_and(b"_-./@");

fn bare<'a>(scan: &mut Scan<'a>) -> &'a str {
    let is_end = |byte: u8| matches!(byte, b' ' | b'\t' | 0x1d);
    let rest = scan.rest();
    let length = rest.bytes().position(is_end).unwrap_or(rest.len());
    scan.take(length).unwrap_or_default()
}

/// Reads a quoted value. A backslash escapes the next character.
fn quoted<'a>(scan: &mut Scan<'a>, quote: u8) -> Option<Cow<'a, str>> {
    scan.take(1)?;
    let (value, rest) = field(scan.rest(), quote)?;
    *scan = Scan::new(rest);
    Some(value)
}

/// Converts a bare word of digits to a number. A word with a leading zero or sign stays text.
pub(super) fn typed(value: Cow<'_, str>) -> Value<'_> {
    let is_number = value.len() <= 18
        && !value.is_empty()
        && value.bytes().all(|byte| byte.is_ascii_digit())
        && (value.len() == 1 || !value.starts_with('0'));
    match value.parse::<i64>() {
        Ok(number) if is_number => Value::Int(number),
        _ => Value::Str(value),
    }
}

fn text_of<'a>(keys: &Keys<'a>, name: &str) -> Option<Cow<'a, str>> {
    keys.iter().find_map(|(key, value)| match value {
        Value::Str(text) if key == name => Some(text.clone()),
        _ => None,
    })
}
