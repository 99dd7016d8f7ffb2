//! Records other than events as NDJSON: keys are field names, times are in nanoseconds.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind, Result};
use crate::memory::{self, Appending};

/// Appends records to `out` as JSON, each followed by a line feed.
///
/// # Errors
/// [`Corrupt`](ErrorKind::Corrupt) if a record cannot be expressed in JSON, which no record type of this
/// crate causes. [`Limit`](ErrorKind::Limit) if there is not enough memory.
pub fn encode<T: Serialize>(records: &[T], out: &mut Vec<u8>) -> Result<()> {
    for record in records {
        serde_json::to_writer(Appending(out), record).map_err(|e| {
            let kind = if e.is_io() {
                ErrorKind::Limit
            } else {
                ErrorKind::Corrupt
            };
            Error::new(kind, "a record cannot be written as JSON").with_source(e)
        })?;
        memory::reserve(out, 1)?;
        out.push(b'\n');
    }
    Ok(())
}

/// Decodes one record per line. Empty lines are skipped and unknown keys are ignored.
///
/// The last line needs no line feed.
///
/// # Errors
/// [`Invalid`](ErrorKind::Invalid) if a line is not such a record; the message names the first one.
pub fn decode<T: DeserializeOwned>(lines: &[u8]) -> Result<Vec<T>> {
    let mut records = Vec::new();
    for (position, line) in lines.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        records.push(decode_one(line).map_err(|e| e.within(format_args!("line {}", position + 1)))?);
    }
    Ok(records)
}

/// Decodes one record.
///
/// # Errors
/// [`Invalid`](ErrorKind::Invalid) if the line is not such a record; the message names the fault and its
/// column.
pub fn decode_one<T: DeserializeOwned>(line: &[u8]) -> Result<T> {
    serde_json::from_slice(line).map_err(|e| {
        // The input is a single line, so the error's "line 1" says nothing.
        let text = e.to_string();
        let what = text.split(" at line ").next().unwrap_or_default();
        Error::invalid(format!("column {}: {what}", e.column()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Alert, DeadLetter, Edge, TIME_ABSENT, Template};

    #[test]
    fn records_lead_back() {
        let edges: Vec<Edge> = (0..3)
            .map(|number| Edge {
                source_id: format!("a \"{number}\"\n"),
                first_seen: i64::MIN,
                last_seen: i64::MAX,
                ..Edge::default()
            })
            .collect();
        let mut text = Vec::new();
        encode(&edges, &mut text).unwrap();
        assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), 3);
        assert_eq!(decode::<Edge>(&text).unwrap(), edges);
        assert_eq!(decode::<Edge>(b"\r\n\n").unwrap(), []);
    }

    #[test]
    fn defaults_are_the_records() {
        let alert: Alert = decode_one(br#"{"rule_name":"r","unknown":[1]}"#).unwrap();
        assert_eq!(
            (alert.severity_id, alert.dedup_count, alert.timestamp_ns),
            (1, 1, TIME_ABSENT)
        );
        let template: Template = decode_one(
            br#"{"template_id":1,"template_str":"a","first_seen_ns":1,"last_seen_ns":2,"event_count":3}"#,
        )
        .unwrap();
        assert_eq!(template.example_message, None);
    }

    #[test]
    fn a_bad_line_is_named() {
        let error = decode::<Edge>(b"\n{\"source_id\":7}\n").unwrap_err().to_string();
        assert!(error.starts_with("line 2: column 14: invalid type"), "{error}");
        assert!(!error.contains("at line"), "{error}");
    }

    #[test]
    fn a_payload_that_is_no_text_is_base64() {
        let mut text = Vec::new();
        let letter = |payload: &[u8]| DeadLetter {
            id: 1,
            received_ns: 2,
            format: "lines".into(),
            reason: "r".into(),
            payload: payload.to_vec(),
        };
        encode(&[letter(b"abc"), letter(b"\xff")], &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.contains(r#""payload":"abc""#) && text.contains(r#""payload":{"$bin":"/w=="}"#),
            "{text}"
        );
    }
}
