//! Syslog: RFC 5424, RFC 3164 and what programs make of it.

use std::borrow::Cow;

use super::{Header, LineOptions, Severity, app};
use crate::codec::model::FACILITIES;
use crate::codec::scan::Scan;
use crate::codec::time::Stamp;
use crate::record::Value;

/// More parameters than this are kept as the one text that they are.
const MAX_PARAMETERS: usize = 128;

/// Reads `<PRI>` and what follows: RFC 5424, RFC 3164, a time as rsyslog spells it, a tag without a time, or
/// only text.
pub(super) fn with_priority<'a>(text: &'a str, options: &LineOptions) -> Option<Header<'a>> {
    let mut scan = Scan::new(text);
    scan.expect(b'<')?;
    let priority: u32 = scan.digit_run(3)?.parse().ok()?;
    scan.expect(b'>')?;
    let facility = FACILITIES.get(priority as usize / 8)?;
    let body = scan.rest();
    let mut header = rfc5424(body, options)
        .or_else(|| rfc3164(body, options))
        .or_else(|| stamped(body, options))
        .unwrap_or_else(|| untimed(body));
    header.severity = Some(Severity::of_priority(priority));
    header
        .attributes
        .push(("syslog.facility".into(), Value::from(*facility)));
    Some(header)
}

/// Reads `Mmm dd hh:mm:ss host tag[pid]: text`.
pub(super) fn rfc3164<'a>(text: &'a str, options: &LineOptions) -> Option<Header<'a>> {
    let mut scan = Scan::new(text);
    let stamp = Stamp::read(text).or_else(|| Stamp::epoch(text))?;
    scan.take(stamp.length)?;
    let time = stamp.nanos(options.clock())?;
    scan.eat(b':');
    scan.expect(b' ')?;
    let mut header = Header {
        time_ns: Some(time),
        ..Header::default()
    };
    host_and_tag(&mut header, scan.rest())?;
    Some(header)
}

/// Reads a line with an ISO 8601 time and the header of syslog, as rsyslog writes it to files.
pub(super) fn dated<'a>(text: &'a str, options: &LineOptions) -> Option<Header<'a>> {
    let stamp = Stamp::read(text).filter(|stamp| stamp.has_t && stamp.has_zone())?;
    let mut header = Header {
        time_ns: Some(stamp.nanos(options.clock())?),
        ..Header::default()
    };
    let mut scan = Scan::new(&text[stamp.length..]);
    scan.expect(b' ')?;
    unmistakable(&mut header, scan.rest())?;
    Some(header)
}

/// Reads `2026-03-14T01:02:03.123456+00:00 host tag[pid]: text` behind a priority.
fn stamped<'a>(text: &'a str, options: &LineOptions) -> Option<Header<'a>> {
    let mut scan = Scan::new(text);
    let stamp = Stamp::read(text)?;
    scan.take(stamp.length)?;
    if !stamp.has_t {
        return app::dated(text, options);
    }
    let mut header = Header {
        time_ns: Some(stamp.nanos(options.clock())?),
        ..Header::default()
    };
    scan.expect(b' ')?;
    host_and_tag(&mut header, scan.rest())?;
    Some(header)
}

/// Reads `host tag[pid]: text` where nothing but its look says that this is syslog: both must be there.
pub(super) fn unmistakable<'a>(header: &mut Header<'a>, text: &'a str) -> Option<()> {
    let mut scan = Scan::new(text);
    let host = scan
        .word()
        .filter(|word| is_host(word) && Severity::from_word(word).is_none())?;
    scan.expect(b' ')?;
    let (program, pid, message) =
        tag(scan.rest()).filter(|(name, ..)| Severity::from_word(name).is_none())?;
    header.host = Some(host);
    header.source = Some(program);
    header.pid = pid;
    header.message = message;
    Some(())
}

fn untimed(text: &str) -> Header<'_> {
    let mut header = Header::plain(text);
    if let Some((program, pid, message)) = tag(text) {
        header.source = Some(program);
        header.pid = pid;
        header.message = message;
    }
    header
}

/// Reads `host tag[pid]: text`, `tag[pid]: text` (as programs write to /dev/log), `host text`. Fails when
/// nothing is there.
fn host_and_tag<'a>(header: &mut Header<'a>, text: &'a str) -> Option<()> {
    let mut scan = Scan::new(text);
    scan.skip(b' ');
    header.message = scan.rest();
    let tagged = tag(scan.rest()).or_else(|| {
        let mut ahead = scan;
        let is_level =
            |word: &str| word.bytes().all(|b| b.is_ascii_uppercase()) && Severity::from_word(word).is_some();
        let host = ahead.word().filter(|word| is_host(word) && !is_level(word))?;
        ahead.skip(b' ');
        // A word with nothing behind it is the message.
        if !ahead.rest().is_empty() {
            header.host = Some(host);
            header.message = ahead.rest();
        }
        tag(ahead.rest())
    });
    if let Some((program, pid, message)) = tagged {
        header.source = Some(program);
        header.pid = pid;
        header.message = message;
    }
    (!header.message.is_empty() || header.source.is_some()).then_some(())
}

fn is_host(word: &str) -> bool {
    word.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'%'))
}

/// Reads `name[pid]: text`, `name[pid] text` or `name: text`: the name, the pid, the text.
fn tag(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let is_end = |byte: &u8| {
        matches!(
            byte,
            b' ' | b':' | b'[' | b']' | b'"' | b'=' | b',' | b';' | b'<' | b'>' | b'{'
        )
    };
    let length = text.bytes().take(128).position(|byte| is_end(&byte))?;
    let mut scan = Scan::new(text);
    let name = scan
        .take(length)
        .filter(|name| name.bytes().any(|byte| byte.is_ascii_alphanumeric()))?;
    let mut pid = None;
    if scan.eat(b'[') {
        let inside = scan
            .until(b']')
            .filter(|inside| !inside.is_empty() && inside.len() <= 32)?;
        let is_number = inside.bytes().all(|byte| byte.is_ascii_digit());
        let ends = scan.eat(b':') || (is_number && matches!(scan.peek(), None | Some(b' ')));
        if !ends {
            return None;
        }
        pid = Some(inside);
    } else {
        scan.expect(b':')?;
        // Not `a::b`, not `http://`.
        if !matches!(scan.peek(), None | Some(b' ')) {
            return None;
        }
    }
    scan.eat(b' ');
    Some((name, pid, scan.rest()))
}

/// Reads `VERSION TIME HOST APP PROCID MSGID [SD] text`, where `-` stands for none.
fn rfc5424<'a>(text: &'a str, options: &LineOptions) -> Option<Header<'a>> {
    let mut scan = Scan::new(text);
    scan.digit_run(3).filter(|version| !version.starts_with('0'))?;
    scan.expect(b' ')?;
    let mut header = Header::default();
    if scan.peek() == Some(b'-') {
        scan.expect(b'-')?;
    } else {
        let stamp = Stamp::read(scan.rest()).filter(|stamp| stamp.has_t)?;
        scan.take(stamp.length)?;
        header.time_ns = Some(stamp.nanos(options.clock())?);
    }
    let mut next = || {
        scan.expect(b' ')?;
        scan.word().map(|word| Some(word).filter(|word| *word != "-"))
    };
    header.host = next()?;
    header.source = next()?;
    header.pid = next()?;
    if let Some(id) = next()? {
        header.attributes.push(("msgid".into(), Value::from(id)));
    }
    if scan.eat(b' ') {
        let mut ahead = scan;
        match structured_data(&mut ahead) {
            Some(mut parameters) => {
                let whole = &scan.rest()[..scan.rest().len() - ahead.rest().len()];
                if parameters.len() > MAX_PARAMETERS {
                    parameters = vec![("syslog.structured_data".into(), Value::from(whole))];
                }
                header.attributes.append(&mut parameters);
                ahead.eat(b' ');
                header.message = ahead.rest();
            }
            // Some senders leave the field out or break it: then it is text.
            None => header.message = scan.rest(),
        }
    }
    header.message = header.message.strip_prefix('\u{feff}').unwrap_or(header.message);
    Some(header)
}

type Parameters<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

/// Reads `-` or `[id name="value" ...]...` as attributes `id.name`; a name that an element repeats gets `.2`,
/// `.3`.
fn structured_data<'a>(scan: &mut Scan<'a>) -> Option<Parameters<'a>> {
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
            // Some senders put a space before the bracket.
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
    // So many are kept as one text anyway.
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

/// Reads a value up to its closing quote. A backslash escapes a quote, a backslash and a bracket, and nothing
/// else.
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
