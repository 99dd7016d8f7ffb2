//! Kubernetes log lines: the header of the container runtime (CRI) and that of klog.

use super::{Line, LineOptions, Severity, header_of};
use crate::codec::scan::Scan;
use crate::codec::time::Stamp;

/// Reads `2026-03-14T01:02:03.123456789Z stderr F text`, then the header of the text.
///
/// The runtime's time takes precedence over a time in the text.
pub(super) fn cri<'a>(line: &mut Line<'a>, text: &'a str, options: &LineOptions) -> Option<()> {
    let (stream, tag, at) = cri_line(text.as_bytes())?;
    let (stream, inner) = (std::str::from_utf8(stream).ok()?, text.get(at..)?);
    let stamp = Stamp::read(text)?;
    if header_of(line, inner, options).is_none() {
        line.set_message(inner);
    }
    line.set_time(text, &stamp, options);
    line.push("stream", stream);
    if tag == b"P" {
        line.push("logtag", "P");
    }
    Some(())
}

/// Returns the stream, the tag and the offset of the text of a line written by a container runtime.
pub(crate) fn cri_line(line: &[u8]) -> Option<(&[u8], &[u8], usize)> {
    // The time contains no space, so the first space ends it.
    let time = memchr::memchr(b' ', &line[..line.len().min(40)])?;
    if time < 20 || line[10] != b'T' {
        return None;
    }
    let rest = &line[time + 1..];
    let stream = rest
        .get(..6)
        .filter(|stream| matches!(*stream, b"stdout" | b"stderr"))?;
    let tag = rest.get(7..8).filter(|tag| matches!(*tag, b"P" | b"F"))?;
    let at = time + 1 + 6 + 1 + 1 + 1;
    (rest[6] == b' ' && matches!(rest.get(8), None | Some(b' '))).then_some((stream, tag, at.min(line.len())))
}

/// Reads klog's and glog's `E0314 01:02:03.123456    1234 file.go:138] text`.
pub(super) fn klog<'a>(line: &mut Line<'a>, text: &'a str, options: &LineOptions) -> Option<()> {
    let mut scan = Scan::new(text);
    let severity = Severity::of_letter(scan.peek()?)?;
    scan.take(1)?;
    let time = scan.rest();
    let stamp = Stamp::klog(time)?;
    scan.take(stamp.length)?;
    scan.skip(b' ');
    let thread: i64 = scan.digit_run(18)?.parse().ok()?;
    scan.expect(b' ')?;
    let place = scan.until(b']')?;
    let (file, number) = place.rsplit_once(':').filter(|(file, _)| !file.contains(' '))?;
    let number: i64 = number.parse().ok()?;
    scan.skip(b' ');
    line.set_time(time, &stamp, options);
    line.facts.severity = Some(severity);
    line.push("thread.id", thread);
    line.push("code.file.path", file);
    line.push("code.line.number", number);
    line.set_message(scan.rest());
    Some(())
}
