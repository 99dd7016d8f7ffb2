//! Formats of files of events: detection and encoding.

use super::csv;
use crate::codec::json;
use crate::error::{Error, ErrorKind, Result};

/// The format of a stream of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Log lines. Read only, because a line holds few of an event's fields.
    Lines,
    /// One JSON object per line.
    Ndjson,
    /// A sequence of msgpack maps; when reading, also one array of maps.
    Msgpack,
    /// A header line of field names, then one row per event. Reading requires the feature `cli`.
    Csv,
    /// One request of OpenTelemetry logs, as protobuf. Read only.
    Otlp,
    /// A sequence of requests of OpenTelemetry logs, as JSON. Read only.
    OtlpJson,
    /// Records and messages of Fluent Forward. Read only.
    Fluent,
}

impl Format {
    /// Returns the format's name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Format::Lines => "lines",
            Format::Ndjson => "ndjson",
            Format::Msgpack => "msgpack",
            Format::Csv => "csv",
            Format::Otlp => "otlp",
            Format::OtlpJson => "otlp-json",
            Format::Fluent => "fluent",
        }
    }

    /// Returns the format that a file's extension names; an extension for compression may follow.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let plain = [".gz", ".zst", ".xz"]
            .iter()
            .find_map(|end| name.strip_suffix(end))
            .unwrap_or(&name);
        match plain.rsplit_once('.')?.1 {
            "ndjson" | "jsonl" | "json" => Some(Format::Ndjson),
            "msgpack" => Some(Format::Msgpack),
            "csv" => Some(Format::Csv),
            _ => None,
        }
    }

    /// Guesses the format from the start of a stream: a brace means NDJSON, a msgpack map or array means msgpack, anything else lines.
    pub fn of_bytes(start: &[u8]) -> Self {
        let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        match start.trim_ascii_start().first() {
            Some(b'{') => Format::Ndjson,
            // No line of UTF-8 starts with one of these bytes.
            Some(0x80..=0x9f | 0xdc..=0xdf) => Format::Msgpack,
            _ => Format::Lines,
        }
    }

    /// Appends the header, if the format has one.
    pub fn begin(self, out: &mut Vec<u8>) {
        if self == Format::Csv {
            csv::write_header(out);
        }
    }

    /// Appends one stored event.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid) or [`Limit`](ErrorKind::Limit) if the blob cannot be decoded; nothing is appended then.
    /// [`Unsupported`](ErrorKind::Unsupported) for a format that is read only.
    pub fn encode(self, blob: &[u8], out: &mut Vec<u8>) -> Result<()> {
        match self {
            Format::Lines | Format::Otlp | Format::OtlpJson | Format::Fluent => Err(Error::new(
                ErrorKind::Unsupported,
                format!("events cannot be written as {}", self.name()),
            )),
            Format::Msgpack => {
                out.extend_from_slice(blob);
                Ok(())
            }
            Format::Csv => csv::write_row(blob, out),
            Format::Ndjson => {
                json::encode_blob(blob, out)?;
                out.push(b'\n');
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_follows_from_file_name_or_first_bytes() {
        for (name, format) in [
            ("a.ndjson", Some(Format::Ndjson)),
            ("a.b.JSONL.gz", Some(Format::Ndjson)),
            ("a.json.xz", Some(Format::Ndjson)),
            ("a.msgpack.zst", Some(Format::Msgpack)),
            ("a.csv", Some(Format::Csv)),
            ("a.log.gz", None),
            ("json", None),
        ] {
            assert_eq!(Format::of_name(name), format, "{name}");
        }
        for (start, format) in [
            (&b"\n  {\"a\":1}"[..], Format::Ndjson),
            (b"\xef\xbb\xbf{", Format::Ndjson),
            (b"\x81\xa1a\x01", Format::Msgpack),
            (b"\xdc\x00\x02", Format::Msgpack),
            (b"<34>1 ", Format::Lines),
            (b"[error]", Format::Lines),
            (b"", Format::Lines),
        ] {
            assert_eq!(Format::of_bytes(start), format, "{start:?}");
        }
    }
}
