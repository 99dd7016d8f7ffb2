//! Access logs of web servers.

use super::{Header, LineOptions, Severity, is_host};
use crate::codec::scan::Scan;
use crate::codec::time::Stamp;

/// Reads `client - user [14/Mar/2026:01:02:03 +0000] "GET / HTTP/1.1" 404 12`.
///
/// The name of the virtual host may come first. The status determines the severity.
pub(super) fn access<'a>(text: &'a str, options: &LineOptions) -> Option<Header<'a>> {
    // At most four words precede the time.
    let near = &text.as_bytes()[..text.len().min(512)];
    let open = memchr::memmem::find(near, b" [")?;
    let mut words = text[..open].split(' ').filter(|word| !word.is_empty());
    let (first, second, third) = (words.next()?, words.next()?, words.next()?);
    let (client, identity, user) = match (words.next(), words.next()) {
        (None, _) => (first, second, third),
        (Some(user), None) => (second, third, user),
        _ => return None,
    };
    let mut scan = Scan::new(&text[open + 2..]);
    let stamp = Stamp::read(scan.rest()).filter(Stamp::is_common_log)?;
    let mut header = Header::default();
    header.set_time(scan.rest(), &stamp, options);
    scan.take(stamp.length)?;
    scan.expect(b']')?;
    scan.skip_blanks();
    let message = scan.rest();
    if message.is_empty() {
        return None;
    }
    let is_whole = identity == "-" && client == first;
    header.severity = status(message).and_then(|status| match status {
        500..=599 => Some(Severity::ERROR),
        400..=499 => Some(Severity::WARNING),
        _ => None,
    });
    header.client = Some(client).filter(|client| is_host(client));
    header.user = Some(user.trim_matches('"')).filter(|user| !matches!(*user, "" | "-"));
    // Keep the whole line if it has a remote identity or a virtual host, which have no fields.
    header.message = if is_whole { message } else { text }.into();
    Some(header)
}

/// Returns the status after the quoted request. In the request, a backslash escapes a quote.
fn status(message: &str) -> Option<u32> {
    let mut scan = Scan::new(message);
    scan.expect(b'"')?;
    while scan.until(b'"')?.ends_with('\\') {}
    scan.expect(b' ')?;
    scan.digits(3)
}
