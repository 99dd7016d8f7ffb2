//! Syslog: RFC 5424, RFC 3164, and the variants that devices and relays send.

use super::structured::{MAX_PARAMETERS, check_point, structured_data};
use super::{Header, LineOptions, Severity, is_host, keyed};
use crate::codec::model::FACILITIES;
use crate::codec::scan::Scan;
use crate::codec::time::Stamp;
use crate::record::Value;

/// Reads `<PRI>` and the text after it.
///
/// That text is RFC 5424, a device's header, keys and values, a time with a tag, a tag without a time, or
/// plain text.
pub(super) fn with_priority<'a>(text: &'a str, options: &LineOptions) -> Option<Header<'a>> {
    let mut scan = Scan::new(text);
    scan.expect(b'<')?;
    let priority: u32 = scan.digit_run(3)?.parse().ok()?;
    scan.expect(b'>')?;
    let facility = FACILITIES.get(priority as usize / 8)?;
    scan.skip(b' ');
    let body = scan.rest().strip_prefix('\u{feff}').unwrap_or(scan.rest());
    let mut header = rfc5424(body, options)
        .or_else(|| device(body, options))
        .or_else(|| keyed::read(body, options))
        .or_else(|| stamped(body, options))
        .unwrap_or_else(|| untimed(body));
    // The level in a device's own header is more precise than the priority.
    header.severity.get_or_insert(Severity::of_priority(priority));
    header.push("syslog.facility", *facility);
    Some(header)
}

/// Reads a time in any known format, then `host tag[pid]: text`.
fn stamped<'a>(text: &'a str, options: &LineOptions) -> Option<Header<'a>> {
    // Meraki puts the version of RFC 5424 before its seconds since 1970.
    let text = text.strip_prefix("1 ").unwrap_or(text);
    let stamp = Stamp::read(text).or_else(|| Stamp::epoch(text))?;
    let mut header = Header::default();
    header.set_time(text, &stamp, options);
    let mut scan = Scan::new(&text[stamp.length..]);
    scan.eat(b':');
    scan.expect(b' ')?;
    host_and_tag(&mut header, scan.rest())?;
    Some(header)
}

/// Reads `host tag[pid]: text` in a line that nothing else identifies as syslog.
///
/// Both host and tag must be present. The pid must be present too unless the time has a zone.
pub(super) fn unmistakable<'a>(header: &mut Header<'a>, text: &'a str, has_zone: bool) -> Option<()> {
    let mut scan = Scan::new(text);
    let host = scan
        .word()
        .filter(|word| is_host(word) && Severity::from_word(word).is_none())?;
    scan.expect(b' ')?;
    let tag = tag(scan.rest()).filter(|tag| Severity::from_word(tag.name).is_none())?;
    // A number here is a thread or process id, not a host.
    let is_number = host.bytes().all(|byte| byte.is_ascii_digit());
    if is_number || !(has_zone || tag.is_numbered()) {
        return None;
    }
    header.host = Some(host);
    header.set_tag(tag);
    Some(())
}

fn untimed(text: &str) -> Header<'_> {
    let mut header = Header::plain(text);
    if let Some(tag) = tag(text) {
        header.set_tag(tag);
    }
    header
}

/// Reads `host tag[pid]: text`, `tag[pid]: text` (written to /dev/log) or `host text`.
///
/// Fails if the text is empty.
pub(super) fn host_and_tag<'a>(header: &mut Header<'a>, text: &'a str) -> Option<()> {
    let mut scan = Scan::new(text);
    scan.skip(b' ');
    header.message = scan.rest().into();
    // AIX and other relays write `Message forwarded from web-1: su: text`.
    if let Some(forwarded) = scan.rest().strip_prefix("Message forwarded from ")
        && let Some((host, rest)) = forwarded.split_once(": ")
        && is_host(host)
    {
        header.host = Some(host);
        scan = Scan::new(rest);
        header.message = rest.into();
    }
    // Ubiquiti puts the device's model, address and version here.
    let mut ahead = scan;
    if let Some(device) = ahead.word().and_then(|word| word.strip_suffix(':'))
        && device.contains(',')
        && device.len() <= 128
        && ahead.eat(b' ')
    {
        header.push("syslog.device", device);
        scan = ahead;
        header.message = scan.rest().into();
    }
    let tagged = tag(scan.rest()).or_else(|| {
        let mut ahead = scan;
        let is_level =
            |word: &str| word.bytes().all(|b| b.is_ascii_uppercase()) && Severity::from_word(word).is_some();
        let word = ahead.word().filter(|word| !is_level(word))?;
        // syslog-ng appends the name of each relay: `web-1/relay-1`.
        let (host, relays) = word.split_once('/').unwrap_or((word, ""));
        if !is_host(host) || !(relays.is_empty() || relays.split('/').all(is_host)) {
            return tag(ahead.rest().trim_start_matches(' ')).filter(Tag::is_numbered);
        }
        ahead.skip(b' ');
        // A single word is the message.
        if !ahead.rest().is_empty() {
            header.host.get_or_insert(host);
            header.message = ahead.rest().into();
            if !relays.is_empty() {
                header.push("syslog.relays", relays);
            }
            return named(header, ahead.rest());
        }
        None
    });
    if let Some(tag) = tagged {
        header.set_tag(tag);
    }
    (!header.message.is_empty() || header.source.is_some()).then_some(())
}

/// Reads the tag after a host.
///
/// OpenWrt puts `user.warn ` before the tag. A tag with a space in its name is accepted if a process id
/// follows.
fn named<'a>(header: &mut Header<'a>, text: &'a str) -> Option<Tag<'a>> {
    let mut text = text;
    if let Some((word, rest)) = text.split_once(' ')
        && let Some((facility, level)) = word.split_once('.')
        && FACILITIES.contains(&facility)
        && let Some(severity) = Severity::from_word(level)
    {
        header.severity = Some(severity);
        header.push("syslog.facility", facility);
        header.message = rest.into();
        text = rest;
    }
    if let Some(found) = tag(text) {
        return Some(found);
    }
    let (first, rest) = text.split_once(' ')?;
    let is_capital = |text: &str| text.starts_with(|first: char| first.is_ascii_uppercase());
    let second = tag(rest).filter(|tag| tag.is_numbered() && is_capital(tag.name) && is_capital(first))?;
    let is_plain = first.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let name = text
        .get(..first.len() + 1 + second.name.len())
        .filter(|_| is_plain)?;
    Some(Tag { name, ..second })
}

/// The name of a program, its process id, and the text after both.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag<'a> {
    pub(super) name: &'a str,
    pub(super) pid: Option<&'a str>,
    pub(super) text: &'a str,
}

impl Tag<'_> {
    /// Returns whether the tag has a numeric process id.
    pub(super) fn is_numbered(&self) -> bool {
        self.pid
            .is_some_and(|pid| pid.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

/// Reads `name[pid]: text`, `name[pid] text` or `name: text`.
pub(super) fn tag(text: &str) -> Option<Tag<'_>> {
    let is_end = |byte: &u8| {
        matches!(
            byte,
            b' ' | b':' | b'[' | b']' | b'"' | b'=' | b',' | b';' | b'<' | b'>' | b'{'
        )
    };
    let length = text.bytes().take(128).position(|byte| is_end(&byte))?;
    let mut scan = Scan::new(text);
    let name = scan.take(length)?;
    // `00:20:10` is a time and `83:` is a sequence number; neither is a tag.
    if !name
        .bytes()
        .any(|byte| byte.is_ascii_alphabetic() || byte >= 0x80)
    {
        return None;
    }
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
        // Reject `a::b` and `http://`.
        if !matches!(scan.peek(), None | Some(b' ')) {
            return None;
        }
    }
    scan.eat(b' ');
    Some(Tag {
        name,
        pid,
        text: scan.rest(),
    })
}

/// Reads a Cisco header: `83: host: *Feb 28 00:20:10.663 EDT: %SYS-5-CONFIG_I: text`.
///
/// The mnemonic is required. Sequence numbers, host, time (or uptime) and zone are optional.
pub(super) fn device<'a>(text: &'a str, options: &LineOptions) -> Option<Header<'a>> {
    let mut header = Header::default();
    let mut scan = Scan::new(text);
    // ASA and Nexus write a colon where others have a sequence number.
    if scan.eat(b':') {
        scan.skip(b' ');
    }
    for name in ["syslog.sequence", "syslog.sequence.2"] {
        let mut ahead = scan;
        let Some(number) = ahead.digit_run(12).filter(|_| ahead.eat(b':') && ahead.eat(b' ')) else {
            break;
        };
        header.push(name, number.parse::<i64>().ok()?);
        ahead.skip(b' ');
        scan = ahead;
    }
    let mut ahead = scan;
    if let Some(host) = ahead.word().and_then(|word| word.strip_suffix(':'))
        && is_host(host)
        && !is_uptime(scan.rest())
        && ahead.eat(b' ')
        && is_clock(ahead.rest())
    {
        header.host = Some(host);
        scan = ahead;
    }
    // `*` means that the clock is not set, `.` that it is not synchronized.
    if let Some(mark @ (b'*' | b'.')) = scan.peek() {
        scan.take(1)?;
        header.push("syslog.clock", if mark == b'*' { "*" } else { "." });
    }
    if let Some(stamp) = Stamp::read(scan.rest()) {
        header.set_time(scan.rest(), &stamp, options);
        scan.take(stamp.length)?;
        // A time zone name configured on the device, such as `NewYork`.
        let mut ahead = scan;
        if ahead.eat(b' ')
            && let Some(zone) = ahead.word().and_then(|word| word.strip_suffix(':'))
            && ahead.rest().starts_with(" %")
            && header.host.is_none_or(|host| host != zone)
            && is_zone(zone)
        {
            header.push("syslog.zone", zone);
            scan = Scan::new(ahead.rest());
        }
    } else if is_uptime(scan.rest()) {
        scan.word()?;
    }
    scan.skip(b' ');
    scan.eat(b':');
    scan.skip(b' ');
    // ASA writes `fw1 : %ASA-6-302014: text`.
    if !scan.rest().starts_with('%') {
        let host = scan.word()?;
        let host = host.strip_suffix(':').unwrap_or(host);
        if !is_host(host) {
            return None;
        }
        header.host = Some(host);
        scan.skip(b' ');
        scan.eat(b':');
        scan.skip(b' ');
    }
    header.set_tag(tag(scan.rest())?);
    // The mnemonic states the severity.
    header.severity.is_some().then_some(header)
}

/// Returns whether a device's time or uptime, or a mnemonic, starts here.
fn is_clock(text: &str) -> bool {
    let text = text.trim_start_matches(['*', '.']);
    Stamp::read(text).is_some() || is_uptime(text) || text.starts_with('%')
}

/// Returns whether a word could be a zone: letters only. A host's name can look the same.
fn is_zone(word: &str) -> bool {
    word.len() <= 16 && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Returns whether a text starts with a device's uptime: `00:20:10:`, `1d02h:`, `3w5d:`.
fn is_uptime(text: &str) -> bool {
    let word = text.split(' ').next().unwrap_or_default();
    let is_part = |byte: u8| {
        byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b'y' | b'w' | b'd' | b'h' | b'm' | b's')
    };
    word.ends_with(':') && word.starts_with(|c: char| c.is_ascii_digit()) && word.bytes().all(is_part)
}

/// Returns the severity in a tag of the form `%FACILITY-SEVERITY-MNEMONIC`, or Huawei's `%%01FACILITY/SEVERITY/MNEMONIC`.
pub(super) fn severity_of_mnemonic(tag: &str) -> Option<Severity> {
    let mut parts = tag.strip_prefix('%')?.split(['-', '/']);
    let digit = parts.find(|part| matches!(part.as_bytes(), [b'0'..=b'7']))?;
    parts.next()?;
    Some(Severity::of_priority(digit.parse().ok()?))
}

/// Reads `VERSION TIME HOST APP PROCID MSGID [SD] text`; `-` stands for an absent value.
///
/// Check Point writes a space instead of the `T`, and its own list instead of the structured data.
fn rfc5424<'a>(text: &'a str, options: &LineOptions) -> Option<Header<'a>> {
    let mut scan = Scan::new(text);
    scan.digit_run(3).filter(|version| !version.starts_with('0'))?;
    scan.expect(b' ')?;
    let mut header = Header::default();
    if scan.peek() == Some(b'-') {
        scan.take(1)?;
    } else {
        let stamp = Stamp::read(scan.rest()).filter(Stamp::is_iso)?;
        header.set_time(scan.rest(), &stamp, options);
        scan.take(stamp.length)?;
    }
    let mut next = || {
        scan.expect(b' ')?;
        scan.word().map(|word| Some(word).filter(|word| *word != "-"))
    };
    header.host = next()?;
    header.source = next()?;
    header.pid = next()?;
    if let Some(id) = next()? {
        // Check Point omits MSGID.
        if id.starts_with('[') {
            let at = text.len() - scan.rest().len() - id.len();
            scan = Scan::new(&text[at - 1..]);
        } else {
            header.push("msgid", id);
        }
    }
    if scan.eat(b' ') {
        let mut ahead = scan;
        let standard = structured_data(&mut ahead);
        let is_standard = standard.is_some();
        let parameters = standard.or_else(|| {
            ahead = scan;
            check_point(&mut ahead)
        });
        // Some senders omit the field or write it wrongly: then it stays in the message.
        if let Some(mut parameters) = parameters {
            let whole = &scan.rest()[..scan.rest().len() - ahead.rest().len()];
            if parameters.len() > MAX_PARAMETERS {
                parameters = vec![("syslog.structured_data".into(), Value::from(whole))];
            }
            // The names of parameters follow the id of their element.
            let named = parameters.iter().map(|(key, value)| {
                let name = key.rsplit_once('.').map_or(key.as_ref(), |(_, name)| name);
                (name.to_owned().into(), value.clone())
            });
            keyed::take_entities(&mut header, &named.collect());
            header.named.is_read = !is_standard;
            header.attributes.append(&mut parameters);
            ahead.eat(b' ');
            scan = ahead;
        }
    }
    let text = scan.rest();
    header.message = text.strip_prefix('\u{feff}').unwrap_or(text).into();
    Some(header)
}
