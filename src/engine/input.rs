//! The input formats and options of a write call.

use crate::buffer::DoneFn;
use crate::codec::frames::Multiline;
use crate::error::Result;
use crate::record::{Event, OTEL_KEY_FIELD};

/// The input of a write call.
pub enum Input<'a> {
    /// Events.
    Events(Box<dyn Iterator<Item = Result<Event<'a>>> + 'a>),
    /// A sequence of msgpack maps, or one array of maps.
    Msgpack(&'a [u8]),
    /// One JSON object per line.
    Ndjson(&'a [u8]),
    /// Log lines.
    Lines(&'a [u8]),
    /// One ExportLogsServiceRequest or LogsData of OpenTelemetry, as protobuf. All of its records are accepted or none, unless it has
    /// more than 262,144 records or more than 64 MiB of events.
    Otlp(&'a [u8]),
    /// A sequence of such requests as JSON; the same holds for each of them.
    OtlpJson(&'a [u8]),
    /// A sequence of records and messages of Fluent Forward. All records of a message or group are accepted or none, as for a
    /// request.
    Fluent(&'a [u8]),
}

/// The options of a write call.
#[derive(Clone, Default)]
pub struct WriteOptions {
    /// Return after the commit.
    pub durable: bool,
    /// If a durable write fails, remove its events from the queue unless a transaction has claimed them.
    pub withdraw: bool,
    /// Commit the events at once instead of after the flush interval; the call does not wait for it.
    pub urgent: bool,
    /// Derive missing event ids from this key and the event's index: a call that is repeated stores its events once.
    pub batch_key: Option<Vec<u8>>,
    /// Derive missing event ids from the attribute of this name, a record key. If `None`, from `log.record.uid` in records of
    /// OpenTelemetry and Fluent.
    pub record_key_field: Option<String>,
    /// The index of the first record, for a call that continues an earlier one.
    pub first_index: u64,
    /// The input ends here: bytes after the last line end are a line, bytes after the last complete map are invalid.
    pub complete: bool,
    /// The `source_type` of events that have none.
    pub source_type: Option<String>,
    /// The `source_id` of events that have none.
    pub source_id: Option<String>,
    /// The `source_id` of events that name no host if `source_id` is `None`: the name of their file.
    pub file_name: Option<String>,
    /// The host's tag: becomes the attribute `tag` of events that have none, and their `source_type` if nothing else states it.
    pub tag: Option<String>,
    /// The time zone of log lines without an offset; UTC if `None`.
    pub timezone: Option<jiff::tz::TimeZone>,
    /// The reference time for log lines without a year: such a line was written at this time or up to a year earlier. The current
    /// time if `None`.
    pub reference_ns: Option<i64>,
    /// Read messages that are records themselves: a JSON object, or a line with a header. `None`: those of log lines and of
    /// Fluent are read, others are not.
    pub parse: Option<bool>,
    /// The log lines that belong to the record before them.
    pub multiline: Multiline,
    /// The columns of the first log lines, if an earlier call read the `#Fields:` line of a W3C extended log that names them.
    pub columns: Vec<String>,
    /// Store each complete log line in `raw_event`.
    pub keep_raw: bool,
    /// The bytes are one record that the host could not convert: it becomes a dead letter with this reason.
    pub reject_reason: Option<String>,
    /// The records are an export: events that have an id get no entities besides those they name.
    pub verbatim: bool,
    /// Called once, on another thread, when all of the call's events are committed.
    pub on_committed: Option<DoneFn>,
}

impl Input<'_> {
    /// Returns the attribute that holds the record key if the options name none.
    pub(super) fn key_field(&self) -> Option<&'static str> {
        let is_otel = matches!(self, Input::Otlp(_) | Input::OtlpJson(_) | Input::Fluent(_));
        is_otel.then_some(OTEL_KEY_FIELD)
    }

    /// Returns the bytes of the input; `None` for events.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Input::Events(_) => None,
            Input::Msgpack(bytes)
            | Input::Ndjson(bytes)
            | Input::Lines(bytes)
            | Input::Otlp(bytes)
            | Input::OtlpJson(bytes)
            | Input::Fluent(bytes) => Some(bytes),
        }
    }

    /// Returns the format's name, as stored with dead letters.
    pub(super) fn format(&self) -> &'static str {
        match self {
            Input::Events(_) => "struct",
            Input::Msgpack(_) => "msgpack",
            Input::Ndjson(_) => "ndjson",
            Input::Lines(_) => "lines",
            Input::Otlp(_) => "otlp",
            Input::OtlpJson(_) => "otlp-json",
            Input::Fluent(_) => "fluent",
        }
    }
}
