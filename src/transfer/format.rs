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
    /// CSV whose texts spreadsheets do not take for formulas. Read as [`Format::Csv`], which does not restore such texts.
    SafeCsv,
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
            Format::SafeCsv => "csv-safe",
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
            "fluent" => Some(Format::Fluent),
            _ => None,
        }
    }

    /// Guesses the format from the start of a stream: a JSON object or an array of them, as OTLP if its first key is `resourceLogs`;
    /// msgpack maps or an array of them; another msgpack array, which is Fluent; anything else is lines.
    pub fn of_bytes(start: &[u8]) -> Self {
        let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        let is_map = |at: usize| matches!(start.get(at), None | Some(0x80..=0x8f | 0xde | 0xdf));
        // No line of UTF-8 starts with a byte of msgpack.
        let first_item = match start.first() {
            Some(0x80..=0x8f | 0xde | 0xdf) => Some(0),
            Some(0x90..=0x9f) => Some(1),
            Some(0xdc) => Some(3),
            Some(0xdd) => Some(5),
            _ => None,
        };
        match first_item {
            Some(at) if is_map(at) => return Format::Msgpack,
            Some(_) => return Format::Fluent,
            None => {}
        }
        let start = start.trim_ascii_start();
        if let Some(object) = start.strip_prefix(b"{") {
            let key = object.trim_ascii_start();
            let is_otlp = [&b"\"resourceLogs\""[..], b"\"resource_logs\""]
                .iter()
                .any(|name| key.starts_with(name));
            return if is_otlp { Format::OtlpJson } else { Format::Ndjson };
        }
        let array = start.strip_prefix(b"[").map(<[u8]>::trim_ascii_start);
        if array.is_some_and(|inner| inner.starts_with(b"{")) {
            return Format::Ndjson;
        }
        Format::Lines
    }

    /// Chooses the format of a file: by the end of its name, else by its first bytes. OTLP is recognised in any file of JSON.
    pub fn of_file(name: Option<&str>, start: &[u8]) -> Self {
        let by_content = Self::of_bytes(start);
        match name.and_then(Self::of_name) {
            Some(Format::Ndjson) if by_content == Format::OtlpJson => by_content,
            Some(by_name) => by_name,
            None => by_content,
        }
    }

    /// Appends the header, if the format has one.
    pub fn begin(self, out: &mut Vec<u8>) {
        if matches!(self, Format::Csv | Format::SafeCsv) {
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
            Format::Csv | Format::SafeCsv => csv::write_row(blob, self == Format::SafeCsv, out),
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
            ("a.fluent.gz", Some(Format::Fluent)),
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
            (b"\x91\x81\xa1a\x01", Format::Msgpack),
            (b"\x92\xceabcd\x80", Format::Fluent),
            (b"\x93\xa1t", Format::Fluent),
            (b"[ {\"a\":1}]", Format::Ndjson),
            (b"{ \"resourceLogs\":[]}", Format::OtlpJson),
            (b"<34>1 ", Format::Lines),
            (b"[error]", Format::Lines),
            (b"", Format::Lines),
        ] {
            assert_eq!(Format::of_bytes(start), format, "{start:?}");
        }
        let otlp = b"{\"resourceLogs\":[]}";
        assert_eq!(Format::of_file(Some("a.json"), otlp), Format::OtlpJson);
        assert_eq!(Format::of_file(Some("a.json"), b"{\"a\":1}"), Format::Ndjson);
        assert_eq!(Format::of_file(None, otlp), Format::OtlpJson);
    }
}
