//! Syslog: RFC 5424, RFC 3164, and the variants that devices and relays send.

use std::borrow::Cow;

use super::structured::{MAX_PARAMETERS, check_point, structured_data, take_parameters};
use super::{Line, LineOptions, Severity, is_host, keyed};
use crate::codec::model::{FACILITIES, Keys};
use crate::codec::scan::{ByteSet, Scan, split_at_byte};
use crate::codec::time::Stamp;
use crate::record::Value;

/// Reads `<PRI>` and the text after it.
///
/// That text is RFC 5424, a device's header, keys and values, a time with a tag, a tag without a time, or
/// plain text.
pub(super) fn with_priority<'a>(line: &mut Line<'a>, text: &'a str, options: &LineOptions) -> Option<()> {
    let mut scan = Scan::new(text);
    scan.expect(b'<')?;
    let priority: u32 = scan.digit_run(3)?.parse().ok()?;
    scan.expect(b'>')?;
    let facility = FACILITIES.get(priority as usize / 8)?;
    scan.skip(b' ');
    let body = scan.rest().strip_prefix('\u{feff}').unwrap_or(scan.rest());
    let found = rfc5424(line, body, options)
        .or_else(|| device(line, body, options))
        .or_else(|| keyed::read(line, body, options))
        .or_else(|| stamped(line, body, options));
    if found.is_none() {
        *line = Line::default();
        untimed(line, body);
    }
    // The level in a device's own header is more precise than the priority.
    line.facts.severity.get_or_insert(Severity::of_priority(priority));
    line.push("syslog.facility", *facility);
    Some(())
}

/// Reads a time in any known format, then `host tag[pid]: text`.
fn stamped<'a>(line: &mut Line<'a>, text: &'a str, options: &LineOptions) -> Option<()> {
    // Meraki puts the version of RFC 5424 before its seconds since 1970.
    let text = text.strip_prefix("1 ").unwrap_or(text);
    let stamp = Stamp::read(text).or_else(|| Stamp::epoch(text))?;
    let mut scan = Scan::new(&text[stamp.length..]);
    scan.eat(b':');
    scan.expect(b' ')?;
    line.set_time(text, &stamp, options);
    host_and_tag(line, scan.rest())
}

/// Reads `host tag[pid]: text` in a line that nothing else identifies as syslog.
///
/// Both host and tag must be present. The pid must be present too unless the time has a zone.
pub(super) fn unmistakable<'a>(line: &mut Line<'a>, text: &'a str, has_zone: bool) -> Option<()> {
    let mut scan = Scan::new(text);
    let host = scan
        .word()
        .filter(|word| is_host(word) && Severity::from_word(word).is_none())?;
    scan.expect(b' ')?;
    let tag = tag(scan.rest())?;
    // A number here is a thread or process id, not a host.
    let is_number = host.bytes().all(|byte| byte.is_ascii_digit());
    if is_number || !(has_zone || tag.is_numbered()) {
        return None;
    }
    line.facts.host = Some(host.into());
    line.set_tag(tag);
    Some(())
}

fn untimed<'a>(line: &mut Line<'a>, text: &'a str) {
    match tag(text) {
        Some(tag) => line.set_tag(tag),
        None => line.set_message(text),
    }
}

/// Reads `host tag[pid]: text`, `tag[pid]: text` (written to /dev/log) or `host text`.
///
/// Fails if the text is empty.
pub(super) fn host_and_tag<'a>(line: &mut Line<'a>, text: &'a str) -> Option<()> {
    let mut scan = Scan::new(text);
    scan.skip(b' ');
    // AIX and other relays write `Message forwarded from web-1: su: text`.
    if let Some(forwarded) = scan.rest().strip_prefix("Message forwarded from ")
        && let Some((host, rest)) = forwarded.split_once(": ")
        && is_host(host)
    {
        line.facts.host = Some(host.into());
        scan = Scan::new(rest);
    }
    line.set_message(scan.rest());
    if let Some(tag) = tag(scan.rest()).or_else(|| after_host(line, scan)) {
        line.set_tag(tag);
        // Solaris writes `[ID 702911 auth.error]` before the text.
        if let Some((id, _)) = tag.text.strip_prefix("[ID ").and_then(|id| id.split_once(']')) {
            id.split(' ').for_each(|word| _ = facility_and_level(line, word));
        }
    }
    (!line.message().is_empty() || line.facts.program.is_some()).then_some(())
}

/// Reads the host, and the tag after it.
fn after_host<'a>(line: &mut Line<'a>, mut scan: Scan<'a>) -> Option<Tag<'a>> {
    let mut before = scan;
    let mut word = scan.word()?;
    // FreeBSD writes `<auth.info>` before the host, Cisco's Meeting Server `user.info`.
    if facility_and_level(line, word).is_some() {
        scan.skip(b' ');
        line.set_message(scan.rest());
        if let Some(tag) = tag(scan.rest()) {
            return Some(tag);
        }
        before = scan;
        word = scan.word()?;
    }
    if word.bytes().all(|byte| byte.is_ascii_uppercase()) && Severity::from_word(word).is_some() {
        return None;
    }
    // syslog-ng appends the name of each relay: `web-1/relay-1`.
    let (host, relays) = split_at_byte(word, b'/').unwrap_or((word, ""));
    if !is_host(host) || !(relays.is_empty() || relays.split('/').all(is_host)) {
        return after_device(line, before)
            .or_else(|| tag(scan.rest().trim_start_matches(' ')).filter(Tag::is_numbered));
    }
    scan.skip(b' ');
    // A single word is the message.
    if scan.rest().is_empty() {
        return None;
    }
    line.facts.host.get_or_insert(host.into());
    line.set_message(scan.rest());
    if !relays.is_empty() {
        line.push("syslog.relays", relays);
    }
    named(line, scan)
}

/// Takes the facility and the level from a word: `user.warn`, `<user.warn>`.
fn facility_and_level<'a>(line: &mut Line<'a>, word: &'a str) -> Option<()> {
    let inside = word.strip_prefix('<').and_then(|word| word.strip_suffix('>'));
    let (facility, level) = split_at_byte(inside.unwrap_or(word), b'.')?;
    let facility = FACILITIES.iter().find(|known| **known == facility)?;
    line.facts.severity = Some(Severity::from_word(level)?);
    line.push("syslog.facility", *facility);
    Some(())
}

/// Reads the tag after the address, model and version of a device: Ubiquiti's `AP7,02005e000001,v5.0.1.100: hostapd:`.
fn after_device<'a>(line: &mut Line<'a>, mut scan: Scan<'a>) -> Option<Tag<'a>> {
    let device = scan.word()?.strip_suffix(':')?;
    if device.len() > 128 || !device.contains(',') || !scan.eat(b' ') {
        return None;
    }
    line.push("syslog.device", device);
    line.set_message(scan.rest());
    tag(scan.rest())
}

/// Reads the tag after a host.
///
/// OpenWrt puts `user.warn` before the tag, F5 `warning`. A tag with a space in its name is accepted if a
/// process id follows.
fn named<'a>(line: &mut Line<'a>, scan: Scan<'a>) -> Option<Tag<'a>> {
    let text = scan.rest();
    if let Some(found) = tag(text).or_else(|| after_device(line, scan)) {
        return Some(found);
    }
    let (first, rest) = split_at_byte(text, b' ')?;
    if facility_and_level(line, first).is_some() {
        return tag(rest);
    }
    let second = tag(rest).filter(Tag::is_numbered)?;
    if let Some(severity) = Severity::from_word(first) {
        line.facts.severity = Some(severity);
        return Some(second);
    }
    let is_plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_capital = |name: &str| name.starts_with(|first: char| first.is_ascii_uppercase());
    let name = text.get(..first.len() + 1 + second.name.len())?;
    (is_plain(first) && is_capital(first) && is_capital(second.name)).then_some(Tag { name, ..second })
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
    static ENDS: ByteSet = ByteSet::of(b" :[]\"=,;<>{");
    let length = text.bytes().take(128).position(|byte| ENDS.has(byte))?;
    let mut scan = Scan::new(text);
    let name = scan.take(length)?;
    // `00:20:10` is a time and `83:` is a sequence number; neither is a tag.
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte >= 0x80;
    if !name.bytes().any(is_letter) {
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
        // Reject `a::b`, `http://` and levels.
        if !matches!(scan.peek(), None | Some(b' ')) || Severity::from_word(name).is_some() {
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
pub(super) fn device<'a>(line: &mut Line<'a>, text: &'a str, options: &LineOptions) -> Option<()> {
    memchr::memchr(b'%', text.as_bytes())?;
    let mut scan = Scan::new(text);
    let (mut host, mut zone, mut time) = (None, None, None);
    let mut is_time = false;
    let mut sequence = ["syslog.sequence", "syslog.sequence.2"].into_iter();
    let mut found = Keys::new();
    loop {
        // ASA and Nexus write a colon where others have a sequence number, and a space before the next one.
        while scan.eat(b':') || scan.eat(b' ') {}
        let rest = scan.rest();
        let clock = rest.trim_start_matches(['*', '.']);
        if rest.starts_with('%') {
            break;
        } else if let (None, Some(stamp)) = (&time, Stamp::read(clock)) {
            // `*` means that the clock is not set, `.` that it is not synchronized.
            let mark = scan
                .take(rest.len() - clock.len())
                .filter(|mark| !mark.is_empty());
            found.extend(mark.map(|mark| ("syslog.clock".into(), mark.into())));
            scan.take(stamp.length)?;
            time = Some((clock, stamp));
            is_time = true;
            continue;
        }
        let word = scan.word()?;
        let name = word.strip_suffix(':').unwrap_or(word);
        let is_after_time = std::mem::take(&mut is_time);
        if let (Ok(number), None) = (name.parse::<i64>(), time) {
            found.push((sequence.next()?.into(), Value::Int(number)));
        } else if is_after_time && name.len() < word.len() && is_zone(name) {
            // A time zone name configured on the device, such as `NewYork`.
            zone = Some(name);
        } else if !is_uptime(name) {
            host = Some(name).filter(|name| host.is_none() && is_host(name));
            host?;
        }
    }
    let tag = tag(scan.rest())?;
    // The mnemonic states the severity.
    severity_of_mnemonic(tag.name)?;
    line.attributes.append(&mut found);
    if let Some((text, stamp)) = time {
        line.set_time(text, &stamp, options);
    }
    zone.into_iter().for_each(|zone| line.push("syslog.zone", zone));
    line.facts.host = host.map(Cow::Borrowed);
    line.set_tag(tag);
    Some(())
}

/// Returns whether a word could be a zone: letters only. A host's name can look the same.
fn is_zone(word: &str) -> bool {
    word.len() <= 16 && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Returns whether a word is a device's uptime, or a time of day: `00:20:10`, `1d02h`, `3w5d`.
fn is_uptime(word: &str) -> bool {
    static UNITS: ByteSet = ByteSet::of(b":ywdhms");
    let is_part = |byte: u8| byte.is_ascii_digit() || byte == b'.' || UNITS.has(byte);
    word.bytes().all(is_part)
        && word.bytes().any(|byte| UNITS.has(byte))
        && word.as_bytes()[0].is_ascii_digit()
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
fn rfc5424<'a>(line: &mut Line<'a>, text: &'a str, options: &LineOptions) -> Option<()> {
    let mut scan = Scan::new(text);
    scan.digit_run(3).filter(|version| !version.starts_with('0'))?;
    scan.expect(b' ')?;
    let time = scan.rest();
    let stamp = match scan.peek() {
        Some(b'-') => None,
        _ => Some(Stamp::read(time).filter(Stamp::is_iso)?),
    };
    scan.take(stamp.as_ref().map_or(1, |stamp| stamp.length))?;
    let mut next = || {
        scan.expect(b' ')?;
        scan.word().map(|word| Some(word).filter(|word| *word != "-"))
    };
    let (host, program, pid, id) = (next()?, next()?, next()?, next()?);
    if let Some(stamp) = stamp {
        line.set_time(time, &stamp, options);
    }
    // Some senders write the tag of RFC 3164 here: `su[812]:`.
    let program = program.map(|program| program.trim_end_matches(':'));
    let (program, inside) = match program.and_then(|program| program.strip_suffix(']')?.split_once('[')) {
        Some((name, inside)) => (Some(name), Some(inside)),
        None => (program, None),
    };
    line.facts.host = host.map(Cow::Borrowed);
    line.facts.program = program.map(Cow::Borrowed);
    line.facts.pid = pid.or(inside).map(Cow::Borrowed);
    if let Some(id) = id {
        // Check Point omits MSGID.
        if id.starts_with('[') {
            let at = text.len() - scan.rest().len() - id.len();
            scan = Scan::new(&text[at - 1..]);
        } else {
            line.push("msgid", id);
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
            take_parameters(&mut line.facts, &parameters);
            line.is_keyed = !is_standard;
            line.attributes.append(&mut parameters);
            ahead.eat(b' ');
            scan = ahead;
        }
    }
    let text = scan.rest();
    line.set_message(text.strip_prefix('\u{feff}').unwrap_or(text));
    Some(())
}
