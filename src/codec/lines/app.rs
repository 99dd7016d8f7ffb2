//! Application logs: a time, a level in one of its usual places, text.

use super::{Header, LineOptions, Severity};
use crate::codec::scan::Scan;
use crate::codec::time::Stamp;
use crate::record::Value;

/// Reads `[2026-03-14 01:02:03,456] INFO text`.
pub(super) fn bracketed<'a>(text: &'a str, options: &LineOptions) -> Option<Header<'a>> {
    let mut scan = Scan::new(text);
    scan.expect(b'[')?;
    let stamp = Stamp::read(scan.rest())?;
    scan.take(stamp.length)?;
    scan.expect(b']')?;
    let mut header = Header {
        time_ns: Some(stamp.nanos(options.clock())?),
        ..Header::default()
    };
    level_and_text(&mut header, scan);
    (!header.message.is_empty()).then_some(header)
}

/// Reads a line that begins with an ISO 8601 time.
pub(super) fn dated<'a>(text: &'a str, options: &LineOptions) -> Option<Header<'a>> {
    let stamp = Stamp::read(text).filter(|_| matches!(text.as_bytes().get(4), Some(b'-' | b'/')))?;
    let mut header = Header {
        time_ns: Some(stamp.nanos(options.clock())?),
        ..Header::default()
    };
    level_and_text(&mut header, Scan::new(&text[stamp.length..]));
    (!header.message.is_empty()).then_some(header)
}

/// Reads `26/03/14 01:02:03 INFO text`. Without a level the numbers may mean anything.
pub(super) fn spark<'a>(text: &'a str, options: &LineOptions) -> Option<Header<'a>> {
    let mut scan = Scan::new(text);
    let stamp = Stamp::read(text)?;
    scan.take(stamp.length)?;
    let time = stamp.nanos(options.clock())?;
    scan.expect(b' ')?;
    let level = level(scan, false).filter(|level| level.is_certain)?;
    Some(Header {
        time_ns: Some(time),
        severity: Some(level.severity),
        message: level.message,
        ..Header::default()
    })
}

/// Reads `260314 010203 148 INFO text`, where the third number is a thread's.
pub(super) fn hdfs<'a>(text: &'a str, options: &LineOptions) -> Option<Header<'a>> {
    let mut scan = Scan::new(text);
    let stamp = Stamp::read(text)?;
    scan.take(stamp.length)?;
    let time = stamp.nanos(options.clock())?;
    scan.expect(b' ')?;
    let thread = scan.digit_run(9)?.parse().ok()?;
    scan.expect(b' ')?;
    let level = level(scan, false).filter(|level| level.is_certain)?;
    Some(Header {
        time_ns: Some(time),
        severity: Some(level.severity),
        message: level.message,
        attributes: vec![("thread.id".into(), Value::Int(thread))],
        ..Header::default()
    })
}

/// Reads what follows a time: separators, perhaps a process id, perhaps a level, text.
fn level_and_text<'a>(header: &mut Header<'a>, mut scan: Scan<'a>) {
    let is_marked = scan.eat(b',') || scan.eat(b':') || scan.eat(b';');
    scan.skip_blanks();
    if matches!(scan.peek(), Some(b'-' | b'|')) && scan.peek_at(1) == Some(b' ') {
        scan.take(1);
        scan.skip_blanks();
    }
    header.message = scan.rest();
    let mut ahead = scan;
    let pid = ahead.digit_run(10).filter(|_| ahead.eat(b' '));
    if pid.is_some() {
        ahead.skip_blanks();
    } else {
        ahead = scan;
    }
    if let Some(level) = level(ahead, is_marked) {
        header.severity = Some(level.severity);
        if level.is_certain {
            header.pid = pid;
            header.message = level.message;
        }
        return;
    }
    header.severity = farther_level(scan);
}

/// Looks for a level behind a thread, a process id or a logger's name. Those belong to the message, so it
/// stays whole.
fn farther_level(mut scan: Scan<'_>) -> Option<Severity> {
    let mut had_name = false;
    for _ in 0..5 {
        let is_name = match scan.peek()? {
            b'[' => scan.until(b']').map(|_| false)?,
            b'(' => scan.until(b')').map(|_| false)?,
            _ => {
                let word = scan.word()?;
                let is_name = word.bytes().any(|byte| byte.is_ascii_alphabetic());
                // Behind a colon, or a second word, the message has begun.
                if (is_name && had_name) || word.ends_with(':') {
                    return None;
                }
                is_name
            }
        };
        had_name |= is_name;
        scan.skip_blanks();
        // Right behind a name, a bare word in capitals is more likely the sentence's: `received FATAL
        // signal`.
        if let Some(level) =
            level(scan, false).filter(|level| level.is_enclosed || (level.is_certain && !is_name))
        {
            return Some(level.severity);
        }
    }
    None
}

struct Level<'a> {
    severity: Severity,
    /// It is no word of the message: it is in capitals, in brackets or set apart.
    is_certain: bool,
    /// It is in brackets, or a colon is behind it.
    is_enclosed: bool,
    message: &'a str,
}

/// Reads a level at the front: `INFO`, `[info ]`, `Info:`; `is_marked` tells that it was set apart from what
/// is before.
fn level(mut scan: Scan<'_>, is_marked: bool) -> Option<Level<'_>> {
    let close = match scan.peek()? {
        b'[' => Some(b']'),
        b'(' => Some(b')'),
        b'<' => Some(b'>'),
        b'|' => Some(b'|'),
        _ => None,
    };
    if close.is_some() {
        scan.take(1)?;
        scan.skip(b' ');
    }
    let length = scan
        .rest()
        .bytes()
        .take(16)
        .take_while(u8::is_ascii_alphabetic)
        .count();
    let word = scan.take(length)?;
    let severity = Severity::from_word(word)?;
    let is_enclosed = close.is_some() || scan.peek() == Some(b':');
    let is_certain = match close {
        Some(close) => {
            scan.skip(b' ');
            scan.expect(close)?;
            true
        }
        None => match scan.peek() {
            None | Some(b' ' | b'\t' | b',' | b'|' | b']') => {
                let is_apart = scan.peek_at(1) == Some(b' ') || scan.peek() == Some(b'\t');
                is_marked || is_apart || word.bytes().all(|byte| byte.is_ascii_uppercase())
            }
            Some(b':') => true,
            Some(_) => return None,
        },
    };
    if matches!(scan.peek(), Some(b':' | b',' | b'|')) {
        scan.take(1)?;
    }
    scan.skip_blanks();
    if matches!(scan.peek(), Some(b'-' | b'|')) && scan.peek_at(1) == Some(b' ') {
        scan.take(1)?;
        scan.skip_blanks();
    }
    Some(Level {
        severity,
        is_certain,
        is_enclosed,
        message: scan.rest(),
    })
}
