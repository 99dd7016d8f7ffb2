//! Lines that begin with an ISO 8601 time: syslog in files, or an application's.

use super::{Header, LineOptions, app, syslog};
use crate::codec::scan::Scan;
use crate::record::Value;

/// Reads a line that begins with an ISO 8601 time.
pub(super) fn iso<'a>(text: &'a str, options: &LineOptions) -> Option<Header<'a>> {
    syslog::dated(text, options).or_else(|| app::dated(text, options))
}

/// Reads a line that begins with the name of its log file, as collected and searched logs do.
pub(super) fn prefixed<'a>(text: &'a str, options: &LineOptions) -> Option<Header<'a>> {
    let mut scan = Scan::new(text);
    let file = scan
        .word()
        .filter(|word| word.len() <= 256 && word.contains(".log"))?;
    scan.expect(b' ')?;
    let mut header = iso(scan.rest(), options)?;
    header
        .attributes
        .push(("log.file.name".into(), Value::from(file)));
    Some(header)
}
