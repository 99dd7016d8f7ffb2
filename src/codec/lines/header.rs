//! The most common header: a time in a known format, a level next to it, then text.

use super::level::{self, separator};
use super::syslog::{self, Tag};
use super::{Line, LineOptions, Severity};
use crate::codec::scan::Scan;
use crate::codec::time::Stamp;
use crate::record::NANOS_PER_SECOND;

/// The number of bytes in which a time is searched for.
const REACH: usize = 128;

/// The brackets and quotes that may enclose a time.
const OPENING: [char; 5] = ['[', '(', '<', '"', '\''];

/// The most words of plain text that may precede a time.
const MAX_WORDS: usize = 3;

/// Reads a line that has a time in a known format within its first 128 bytes.
pub(super) fn read<'a>(line: &mut Line<'a>, text: &'a str, options: &LineOptions) -> Option<()> {
    let (at, stamp) = find(text, options)?;
    let (before, rest) = (&text[..at], &text[at + stamp.length..]);
    line.set_time(&text[at..], &stamp, options);
    if at == 0 && syslog_like(line, rest, &stamp).is_some() {
        return Some(());
    }
    let mut scan = Scan::new(rest);
    if before.ends_with(OPENING) && matches!(scan.peek(), Some(b']' | b')' | b'>' | b'"' | b'\'')) {
        scan.take(1)?;
    }
    let is_marked = matches!(scan.peek(), Some(b',' | b':' | b';'));
    if is_marked {
        scan.take(1)?;
    }
    separator(&mut scan);
    line.set_message(scan.rest());
    after(line, scan, is_marked);
    let is_consumed = before.is_empty() || in_front(line, before, rest);
    if !is_consumed || line.message().is_empty() {
        line.set_message(text);
    }
    Some(())
}

/// Reads a line that starts with a time of day without a date: `12:00:00.123 text`, `[12:00:00 ERR] text`.
pub(super) fn undated<'a>(line: &mut Line<'a>, text: &'a str) -> Option<()> {
    let mut scan = Scan::new(text);
    let is_open = scan.eat(b'[');
    let start = scan.rest();
    scan.digits(2)?;
    for _ in 0..2 {
        scan.expect(b':')?;
        scan.digits(2)?;
    }
    if scan.eat(b'.') || scan.eat(b',') {
        scan.digit_run(9)?;
    }
    let time = &start[..start.len() - scan.rest().len()];
    if is_open {
        scan.eat(b']');
    }
    scan.expect(b' ')?;
    scan.skip(b' ');
    let level = level::front(scan, is_open).filter(|level| level.is_certain);
    line.facts.severity = level.map(|level| level.severity).or_else(|| level::farther(scan));
    line.facts.unparsed = Some(time.into());
    line.set_message(text);
    Some(())
}

/// Finds the first time of a line.
///
/// A time that follows other text is rejected if it lies in the future or if a sentence precedes it.
fn find<'a>(text: &'a str, options: &LineOptions) -> Option<(usize, Stamp<'a>)> {
    let bytes = text.as_bytes();
    if !may_have_time(&bytes[..bytes.len().min(2 * REACH)]) {
        return None;
    }
    let mut words = 0;
    let mut at = 0;
    while at < bytes.len().min(REACH) {
        let first = bytes[at];
        let is_start = first.is_ascii_digit()
            || (first.is_ascii_alphabetic() && (at == 0 || first.is_ascii_uppercase()));
        if is_start {
            let found = Stamp::read(&text[at..]).or_else(|| Stamp::epoch(&text[at..]));
            if let Some(stamp) = found.filter(|stamp| is_likely(text, at, stamp, options)) {
                let is_enclosed = at > 0 && matches!(bytes[at - 1], b'[' | b'(' | b'|');
                return (is_enclosed || words <= MAX_WORDS).then_some((at, stamp));
            }
        }
        // Skip to the next word: a time does not start inside a word.
        let rest = &bytes[at..bytes.len().min(REACH)];
        let length = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        let is_word = length > 1 && rest[..length].iter().all(u8::is_ascii_lowercase);
        words += usize::from(is_word && matches!(rest.get(length), None | Some(b' ' | b',')));
        at += length.max(1);
        while at < bytes.len() && !text.is_char_boundary(at) {
            at += 1;
        }
    }
    None
}

/// Returns whether some bytes have a colon between digits or six digits in a row, as every time does.
///
/// Most messages have neither, and are not searched further.
fn may_have_time(bytes: &[u8]) -> bool {
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let has_run = |at: usize| {
        let before = (1..6).take_while(|back| is_digit(at - back)).count();
        is_digit(at) && before + (0..6).take_while(|next| is_digit(at + next)).count() >= 6
    };
    memchr::memchr_iter(b':', bytes).any(|at| at > 0 && is_digit(at - 1) && is_digit(at + 1))
        // Every run of six digits has one at one of these places.
        || (5..bytes.len()).step_by(6).any(has_run)
}

fn is_likely(text: &str, at: usize, stamp: &Stamp<'_>, options: &LineOptions) -> bool {
    let day = 86_400 * NANOS_PER_SECOND;
    let latest = options.reference_ns.saturating_add(day);
    let time = || stamp.nanos(options.clock());
    let (before, rest) = (&text[..at], &text[at + stamp.length..]);
    // Two numbers of six digits (HDFS), or seconds since 1970, are taken for a time only in brackets or after the
    // `#` of a shell's history, or if a level follows.
    if stamp.is_weak() {
        let is_enclosed = (matches!(before, "[" | "#" | "#+") || before.ends_with(" ("))
            && matches!(rest.bytes().next(), None | Some(b']' | b')'));
        let has_level = || {
            let near = level::front(Scan::new(rest.trim_start()), false).filter(|level| level.is_certain);
            at == 0 && (near.is_some() || level::farther(Scan::new(rest)).is_some())
        };
        return time().is_some_and(|time| time <= latest) && (is_enclosed || has_level());
    }
    // After one of these bytes, the text is the end of a longer date.
    if matches!(text.as_bytes().get(at.wrapping_sub(1)), Some(b'-' | b'/' | b'.')) {
        return false;
    }
    before.trim_start_matches(OPENING).is_empty() || time().is_some_and(|time| time <= latest)
}

/// Reads `host tag[pid]: text` after the time.
fn syslog_like<'a>(line: &mut Line<'a>, rest: &'a str, stamp: &Stamp<'a>) -> Option<()> {
    let mut scan = Scan::new(rest);
    if stamp.is_syslog() {
        scan.eat(b':');
    }
    scan.expect(b' ')?;
    if stamp.is_syslog() {
        // Tor writes a level: `Mar 14 01:02:03.123 [notice] text`.
        syslog::host_and_tag(line, scan.rest())?;
        let text = line.message();
        if line.facts.severity.is_none()
            && text.starts_with(|first: char| first.is_ascii_digit())
            && let Some(stamp) = Stamp::read(text)
        {
            // `app: 2026-03-14 01:02:03 ERROR text`
            line.facts.severity = level::farther(Scan::new(&text[stamp.length..]));
        }
        return (line.facts.host.is_some() || line.facts.program.is_some()).then_some(());
    }
    if stamp.has_zone() {
        // macOS writes two spaces.
        scan.skip(b' ');
    }
    syslog::unmistakable(line, scan.rest(), stamp.has_t && stamp.has_zone())
}

/// Reads the level and the program after the time.
fn after<'a>(line: &mut Line<'a>, scan: Scan<'a>, is_marked: bool) {
    let mut ahead = scan;
    let number = ahead.digit_run(10).filter(|_| ahead.eat(b' '));
    if number.is_some() {
        ahead.skip_blanks();
    } else {
        ahead = scan;
    }
    if let Some((severity, rest)) = level::esx(scan.rest()) {
        line.facts.severity = Some(severity);
        line.set_message(rest);
        set_program(line, rest, true);
    } else if let Some(level) = level::front(ahead, is_marked || number.is_some()) {
        line.facts.severity = Some(level.severity);
        // `verbose vpxd[05160] text`: a lower-case word is a level if a program with a pid follows it.
        let program = syslog::tag(level.message).filter(Tag::is_numbered);
        if level.is_certain || program.is_some() {
            line.set_message(level.message);
            set_program(line, level.message, false);
            if let Some(number) = number.and_then(|number| number.parse::<i64>().ok()) {
                // The number is a process id in OpenStack's logs, a thread id in those of HDFS and MySQL.
                let near = level.message.get(..128).unwrap_or(level.message);
                let is_process = near.contains(" [req-") || near.contains(" [-] ");
                let name = if is_process { "process.pid" } else { "thread.id" };
                line.push(name, number);
            }
        }
    } else {
        line.facts.severity = by_letter(scan).or_else(|| level::farther(scan));
        if line.facts.severity.is_none() {
            set_program(line, scan.rest(), false);
        }
    }
}

/// Takes the program from the start of the message: `vpxd[05160] [x] text`.
///
/// If `is_due`, a program without a process id is accepted too: `vpxd: text`.
fn set_program<'a>(line: &mut Line<'a>, text: &'a str, is_due: bool) {
    let is_program = |tag: &Tag<'_>| (is_due || tag.is_numbered()) && !tag.text.is_empty();
    if let Some(tag) = syslog::tag(text).filter(is_program) {
        line.set_tag(tag);
    }
}

/// Reads a one-letter level after numbers: `1000 23402 V Camera: x`.
///
/// WebSphere writes the hex number of a thread and a component: `0000001a SystemOut     E text`.
fn by_letter(mut scan: Scan<'_>) -> Option<Severity> {
    if scan.rest().starts_with("root ") {
        scan.take(5)?;
    }
    for _ in 0..4 {
        scan.skip_blanks();
        if let Some(severity) = level::letter(scan.rest()) {
            return Some(severity);
        }
        let word = scan.word()?;
        if word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            scan.skip_blanks();
            scan.word()?;
        } else if word.len() > 10 || !word.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
    }
    None
}

/// Reads the part of the header before the time. Returns whether the header holds all of that part.
fn in_front<'a>(line: &mut Line<'a>, before: &'a str, rest: &'a str) -> bool {
    let open = before.trim_end_matches(['[', '(', '<', '"', '\'', ' ', '\t', '|', ':']);
    if open.is_empty() {
        return true;
    }
    // Log collectors and grep put the name of the file first.
    if open.len() <= 256 && open.contains(".log") && !open.contains(' ') {
        line.push("log.file.name", open);
        return true;
    }
    let inside = open.trim_start_matches(['[', '(', ' ']);
    let is_letter = inside.trim_end_matches(',').len() == 1;
    if let Some(severity) = level::letter(before).filter(|_| is_letter) {
        line.facts.severity = Some(severity);
        ruby(line, rest);
        return true;
    }
    if let Some(level) = level::front(Scan::new(inside), false).filter(|level| level.is_certain) {
        line.facts.severity = Some(level.severity);
        return level.message.is_empty();
    }
    let severity = redis(before, rest)
        .or_else(|| level::farther(Scan::new(inside)))
        .or_else(|| level::farther(Scan::new(before)));
    line.facts.severity = severity.or(line.facts.severity);
    false
}

/// Reads Ruby's `#1234] ERROR -- : text` after the time.
fn ruby<'a>(line: &mut Line<'a>, rest: &'a str) {
    let mut scan = Scan::new(rest);
    scan.skip(b' ');
    if scan.eat(b'#')
        && let Some(pid) = scan.digit_run(10).and_then(|pid| pid.parse::<i64>().ok())
        && scan.eat(b']')
    {
        line.push("process.pid", pid);
        scan.skip(b' ');
        let text = level::front(scan, false).map_or(scan.rest(), |level| level.message);
        let text = text.strip_prefix("-- ").unwrap_or(text);
        line.set_message(text.strip_prefix(": ").unwrap_or(text));
    }
}

/// Reads the level mark that Redis writes after the time: `1234:M 15 Jan 2024 12:00:00.123 # text`.
fn redis(before: &str, rest: &str) -> Option<Severity> {
    let role = before.trim_end();
    let is_redis = role.starts_with(|c: char| c.is_ascii_digit())
        && role.ends_with([':', 'M', 'S', 'C', 'X'])
        || role.starts_with('[') && role.ends_with(']');
    let mark = rest.strip_prefix(' ')?.as_bytes();
    match (mark.first()?, mark.get(1)?) {
        _ if !is_redis => None,
        (b'#', b' ') => Some(Severity::WARNING),
        (b'*', b' ') => Some(Severity::NOTICE),
        (b'-' | b'.', b' ') => Some(Severity::DEBUG),
        _ => None,
    }
}
