//! Web servers' logs: Apache's error log, and the access log that Apache and nginx share.

use super::{Header, LineOptions, Severity};
use crate::codec::scan::Scan;
use crate::codec::time::Stamp;

/// Reads `[Sat Mar 14 01:02:03 2026] [error] text`, and the newer `[core:error] [pid 8] text`.
pub(super) fn apache_error<'a>(text: &'a str, options: &LineOptions) -> Option<Header<'a>> {
    let mut scan = Scan::new(text);
    scan.expect(b'[')?;
    let stamp = Stamp::read(scan.rest())?;
    scan.take(stamp.length)?;
    let time = stamp.nanos(options.clock())?;
    scan.expect(b']')?;
    scan.skip_blanks();
    let mut header = Header {
        time_ns: Some(time),
        message: scan.rest(),
        ..Header::default()
    };
    if scan.eat(b'[')
        && let Some(inside) = scan.until(b']')
    {
        let (module, level) = inside.rsplit_once(':').unwrap_or(("", inside));
        header.severity = Severity::from_word(level.trim_end_matches(|digit: char| digit.is_ascii_digit()));
        // A module's name has no field, so it stays in the message.
        if header.severity.is_some() && matches!(module, "" | "-") {
            scan.skip_blanks();
            header.message = scan.rest();
        }
    }
    (!header.message.is_empty()).then_some(header)
}

/// Reads `client - user [14/Mar/2026:01:02:03 +0000] "GET / HTTP/1.1" 404 12`; the status decides the
/// severity.
pub(super) fn access<'a>(text: &'a str, options: &LineOptions) -> Option<Header<'a>> {
    let mut scan = Scan::new(text);
    let client = scan.word()?;
    scan.expect(b' ')?;
    let identity = scan.word()?;
    scan.expect(b' ')?;
    let user = scan.word()?;
    scan.expect(b' ')?;
    scan.expect(b'[')?;
    let stamp = Stamp::read(scan.rest())?;
    scan.take(stamp.length)?;
    let time = stamp.nanos(options.clock())?;
    scan.expect(b']')?;
    scan.skip_blanks();
    let message = scan.rest();
    if message.is_empty() {
        return None;
    }
    Some(Header {
        time_ns: Some(time),
        severity: status(message).and_then(|status| match status {
            500..=599 => Some(Severity::ERROR),
            400..=499 => Some(Severity::WARNING),
            _ => None,
        }),
        client: Some(client),
        user: Some(user.trim_matches('"')).filter(|user| !matches!(*user, "" | "-")),
        // The remote identity is asked of no one nowadays; where it is there, no field has it.
        message: if identity == "-" { message } else { text },
        ..Header::default()
    })
}

/// Finds the status behind the quoted request, in which a backslash escapes a quote.
fn status(message: &str) -> Option<u32> {
    let mut scan = Scan::new(message);
    scan.expect(b'"')?;
    while scan.until(b'"')?.ends_with('\\') {}
    scan.expect(b' ')?;
    scan.digits(3)
}
