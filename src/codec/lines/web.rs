//! Access logs of web servers.

use super::{Line, LineOptions, Severity, is_host};
use crate::codec::scan::Scan;
use crate::codec::time::Stamp;

/// Reads `client - user [14/Mar/2026:01:02:03 +0000] "GET / HTTP/1.1" 404 12`.
///
/// The name of the virtual host may come first, or the other addresses of an `X-Forwarded-For` header:
/// `192.0.2.7, 203.0.113.9 - - [`. The status determines the severity.
pub(super) fn access<'a>(line: &mut Line<'a>, text: &'a str, options: &LineOptions) -> Option<()> {
    let near = &text.as_bytes()[..text.len().min(512)];
    let open = memchr::memchr_iter(b'[', near).find(|at| near[..*at].ends_with(b" "))? - 1;
    if !near.get(open + 2)?.is_ascii_digit() {
        return None;
    }
    let mut words = text[..open].rsplit(' ').filter(|word| !word.is_empty());
    let (user, identity, client) = (words.next()?, words.next()?, words.next()?);
    let mut others = words.skip_while(|word| word.ends_with(','));
    if others.next().is_some() && others.next().is_some() {
        return None;
    }
    let mut scan = Scan::new(&text[open + 2..]);
    let time = scan.rest();
    let stamp = Stamp::read(time)?;
    scan.take(stamp.length)?;
    scan.expect(b']')?;
    scan.skip_blanks();
    let message = scan.rest();
    // Printers' logs of pages have the same columns, but no request.
    if !message.starts_with('"') {
        return None;
    }
    line.set_time(time, &stamp, options);
    line.facts.severity = status(message).and_then(severity_of_status);
    let user = user.trim_matches('"');
    let clients = text[..open].split(' ').filter_map(|word| word.strip_suffix(','));
    for client in clients.chain([client]).filter(|word| is_host(word)) {
        line.facts.entities.address(client.into());
    }
    if !matches!(user, "" | "-") {
        line.facts.entities.user(user.into());
    }
    // Keep the whole line if it has a remote identity or a virtual host, which have no fields.
    let is_whole = identity == "-" && text.starts_with(client);
    line.set_message(if is_whole { message } else { text });
    Some(())
}

/// Returns the severity of an HTTP status that reports an error.
pub(super) fn severity_of_status(status: u32) -> Option<Severity> {
    match status {
        500..=599 => Some(Severity::ERROR),
        400..=499 => Some(Severity::WARNING),
        _ => None,
    }
}

/// Returns the status after the quoted request. In the request, a backslash escapes a quote.
fn status(message: &str) -> Option<u32> {
    let mut scan = Scan::new(message);
    scan.expect(b'"')?;
    while scan.until(b'"')?.ends_with('\\') {}
    scan.expect(b' ')?;
    scan.digits(3)
}
