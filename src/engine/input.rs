//! What a write call is given, and how it is to be done.

use crate::buffer::DoneFn;
use crate::error::Result;
use crate::record::{Event, OTEL_KEY_FIELD};

/// What a write call is given.
pub enum Input<'a> {
    /// Events.
    Events(Box<dyn Iterator<Item = Result<Event<'a>>> + 'a>),
    /// msgpack maps one after the other, or one array of them.
    Msgpack(&'a [u8]),
    /// One JSON object a line.
    Ndjson(&'a [u8]),
    /// Log lines.
    Lines(&'a [u8]),
    /// One ExportLogsServiceRequest or LogsData of OpenTelemetry, as protobuf. It is taken whole, unless it has more than
    /// 262,144 records or its events take more than 64 MiB.
    Otlp(&'a [u8]),
    /// The same as JSON, one after the other. Each is taken as one of protobuf is.
    OtlpJson(&'a [u8]),
    /// Records and messages of Fluent Forward, one after the other. A message and a group of records are taken as
    /// a request is.
    Fluent(&'a [u8]),
}

/// How a write call is to be done.
#[derive(Default)]
pub struct WriteOptions {
    /// Return after the commit.
    pub durable: bool,
    /// Take back the events that are in no transaction when a durable write fails.
    pub withdraw: bool,
    /// Have the events committed at once instead of after the flush interval, without waiting for it.
    pub urgent: bool,
    /// Derive the ids of events that have none from this key and their index, so that the same call made twice stores
    /// its events once.
    pub batch_key: Option<Vec<u8>>,
    /// Make the ids of events that have none of the attribute of this name, a record key; `log.record.uid` of records of
    /// OpenTelemetry and Fluent if `None`.
    pub record_key_field: Option<String>,
    /// The index of the first record, for a call that goes on where another one ended.
    pub first_index: u64,
    /// The input ends here: what follows the last line end is a line, and what follows the last complete map is garbage.
    pub complete: bool,
    /// `source_type` of events that do not say.
    pub source_type: Option<String>,
    /// `source_id` of events that do not say.
    pub source_id: Option<String>,
    /// A tag of the host's: the attribute `tag` of events that have none, and their `source_type` if nothing states one.
    pub tag: Option<String>,
    /// The time zone of log lines without an offset; UTC if `None`.
    pub timezone: Option<jiff::tz::TimeZone>,
    /// From what the year of log lines that do not say theirs is told: when they were written, or up to a year later. The
    /// clock if `None`.
    pub reference_ns: Option<i64>,
    /// Keep each log line whole in `raw_event`.
    pub keep_raw: bool,
    /// The records are an export: an event that has an id gets no entities but those that it names.
    pub as_they_were: bool,
    /// Told once, on another thread, when all of the call is committed.
    pub on_committed: Option<DoneFn>,
}

impl Input<'_> {
    /// Names the attribute that is the record key of records whose call names none.
    pub(super) fn key_field(&self) -> Option<&'static str> {
        let is_otel = matches!(self, Input::Otlp(_) | Input::OtlpJson(_) | Input::Fluent(_));
        is_otel.then_some(OTEL_KEY_FIELD)
    }

    /// Names the format, as dead letters show it.
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
