//! The functions that write events, and their options.

use std::ffi::c_void;

use super::call::{bound, seerflow_call};
use super::completions::{Promise, seerflow_completions};
use super::error::seerflow_error;
use super::event_conversion::Inputs;
use super::event_input::seerflow_event_input;
use super::guard::call_on;
use super::handle;
use super::out::{Out, Place};
use super::result::{Written, seerflow_result};
use super::sized;
use super::status::seerflow_status;
use super::store::{Store, seerflow_store};
use super::text::{Flag, bytes, seerflow_str};
use crate::engine::{Input, WriteOptions};
use crate::error::{Error, Result};
use crate::record::{Control, WriteOutcome};

/// The format of bytes that contain events. Numbers are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_format {
    /// Log lines: syslog (RFC 5424, RFC 3164), application logs and web server logs. The header of a line becomes
    /// fields. A line in an unknown form is stored as a message. Bytes that are not UTF-8 are accepted.
    Lines = 1,
    /// JSON, one object a line. The keys are the names of the members of seerflow_event_input; the objects of zap,
    /// pino, Logstash and Docker are understood too. Other keys become attributes.
    Ndjson = 2,
    /// msgpack: maps one after the other, or one array of maps. The keys are those of SEERFLOW_FORMAT_NDJSON.
    Msgpack = 3,
    /// One OpenTelemetry request in protobuf: an ExportLogsServiceRequest or LogsData, as in OTLP over gRPC and HTTP.
    /// The time (or the observed time), severity, body, attributes, resource, scope, trace and event name become
    /// fields. Attributes that name users, addresses, hosts, processes, files or domains become entities of the
    /// event.
    Otlp = 4,
    /// The same requests in JSON. OTLP over HTTP sends one; the Collector's file exporter writes one after the other.
    OtlpJson = 5,
    /// Records of Fluent Forward, as Fluent Bit passes them to an output plugin: msgpack arrays `[time, map]` or
    /// `[[time, metadata], map]`, groups of records between group markers, and messages of the Forward protocol
    /// (Message, Forward, PackedForward and CompressedPackedForward mode). Well-known keys of a map (log, message,
    /// level, host, user, pid) become fields.
    Fluent = 6,
}

/// A seerflow_format passed from C, not yet validated.
pub type FormatNumber = u32;

/// Whether a message that is itself a record is read: a JSON object, or a log line with a header. Numbers are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_parse {
    /// The format decides: the messages of log lines and of Fluent are read, others are not.
    Default = 0,
    /// Messages are not read.
    Never = 1,
    /// The messages of every format are read.
    Always = 2,
}

/// A seerflow_parse in a struct.
pub type ParseNumber = u32;

fn parse(number: ParseNumber) -> Result<Option<bool>> {
    match number {
        0 => Ok(None),
        1 => Ok(Some(false)),
        2 => Ok(Some(true)),
        _ => Err(Error::invalid(format!("parse {number} is not a seerflow_parse"))),
    }
}

/// Options for writing events. Initialise it with SEERFLOW_WRITE_OPTIONS_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_write_options {
    /// sizeof(seerflow_write_options).
    pub struct_size: u32,
    /// Return after the commit. If false, the default, return when the events are in the queue.
    pub durable: Flag,
    /// For durable writes: if the write fails, remove its events from the queue, except for those that a running
    /// transaction holds. The removed events are not stored, and `*consumed` is where they start. If false, the
    /// default, they stay in the queue.
    pub withdraw: Flag,
    /// Commit the events at once instead of after `storage.flush_interval_ms`. The call itself does not wait for the
    /// commit; use `completions` to learn about it. False is the default.
    pub urgent: Flag,
    /// The input is complete: the bytes after the last line feed are a record, and the next call starts a new one. If
    /// false, the default, an incomplete last record is not consumed, and `*consumed` is where it starts.
    pub complete: Flag,
    /// Store each log line unchanged in `raw_event`. False is the default.
    pub keep_raw: Flag,
    /// Must be 0.
    pub reserved: [u8; 3],
    /// A seerflow_parse: whether messages that are records themselves are read.
    pub parse: ParseNumber,
    /// The deadline and the interrupt: how long to wait for room in the queue and, if durable, for the commit. NULL,
    /// the default, means SEERFLOW_CALL_INIT.
    pub call: *const seerflow_call,
    /// A key of this batch, by which repeated writes store each event once. An event without an id gets an id that is
    /// made from the key, the index of the event and its time, so that the same call, made again by any process,
    /// produces the same ids. Empty, the default, means no key.
    pub batch_key: seerflow_str,
    /// The index of the first record. Set it if the call continues another one with the same batch key.
    pub first_index: u64,
    /// The attribute that contains the record key; see `record_key` of seerflow_event_input. UTF-8.
    ///
    /// It is the full key of a top-level attribute (`log.record.uid` is one key, not a path), and must be neither the
    /// name of a field nor a key that the format converts to a field. The value may be a text, bytes or an integer,
    /// which counts as its decimal digits. A record without this attribute gets its id as if the option were not set;
    /// if the option is set, it counts in `unkeyed` of seerflow_outcome.
    ///
    /// NULL, the default, means "log.record.uid" in the OpenTelemetry and Fluent formats, and no record key in the
    /// others. An empty text that is not NULL means no record key in every format.
    pub record_key_field: seerflow_str,
    /// The `source_type` of events that do not contain one. UTF-8. The default for OpenTelemetry records without
    /// `service.name` is "otlp".
    pub source_type: seerflow_str,
    /// The `source_id` of events that do not contain one. UTF-8.
    pub source_id: seerflow_str,
    /// A tag of the host, such as Fluent Bit's. UTF-8. It becomes the attribute `tag` of every event that has no such
    /// attribute. It also becomes the `source_type` if neither the record nor the option `source_type` sets one.
    pub tag: seerflow_str,
    /// The time zone of log lines without an offset, such as "Europe/Berlin". The default is UTC.
    pub timezone: seerflow_str,
    /// Why the caller could not convert a record to one of the formats. UTF-8. If it is set, the input is that record
    /// in any form, and becomes a dead letter with this reason. Empty, the default, means that the input is in the
    /// format.
    pub reject_reason: seerflow_str,
    /// A time by which the year of log lines without one (RFC 3164) is decided, in nanoseconds since 1970-01-01 UTC:
    /// the time at which the lines were written, or up to a year later. 0, the default, means now.
    pub reference_ns: i64,
    /// The queue that receives a completion when all events of the call are committed, if the call returns
    /// SEERFLOW_STATUS_OK. NULL, the default, means no completion.
    pub completions: *const seerflow_completions,
    /// A number that is copied to the completion.
    pub user_data: u64,
}

impl Default for seerflow_write_options {
    fn default() -> Self {
        sized::zeroed()
    }
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
unsafe impl sized::Struct for seerflow_write_options {
    fn sets_reserved(&self) -> bool {
        self.reserved != [0; 3]
    }
}

/// Writes events given as bytes in one of six formats.
///
/// The events are accepted into a bounded queue in memory or, with `options->durable`, committed when the call
/// returns. A record that cannot be stored as an event is stored as a dead letter, and the other records are stored;
/// `result` lists the rejected records with the reasons. `options`, `consumed` and `result` may be NULL.
///
/// `*consumed` is set to the number of bytes that were consumed. SEERFLOW_STATUS_OK does not mean that this is all of
/// the input. The rest is an incomplete last record (unless `options->complete` is set) or did not fit into the
/// queue: pass it again later. `consumed` should only be NULL if the input is small and complete. If the call has to
/// stop after a part of the input, it returns SEERFLOW_STATUS_OK for that part, and the next call returns the reason.
///
/// One request, message or group of OpenTelemetry and Fluent is consumed as a whole or not at all. Only if it has
/// more than 262,144 records, or its events take more than 64 MiB or `storage.queue_bytes`, is it consumed in parts;
/// sending it again with the same batch key stores each event once.
///
/// Limits:
/// - A record larger than `storage.max_event_bytes` becomes a dead letter. A record of OpenTelemetry may be a sixteenth
///   larger, for its attributes. A longer line becomes one dead letter even if it arrives in pieces: a buffer of twice
///   that size and 2 bytes is always large enough to collect them.
/// - The rest of the input becomes one dead letter if the bytes are not in the format, if an incomplete record of
///   msgpack or Fluent exceeds `storage.max_event_bytes`, or if an incomplete message, group or request exceeds 64
///   MiB (256 MiB for a packed message). Close such a stream, because the bytes that follow start inside a record.
/// - The events of one request or message copy at most 1 MiB, or 64 times the size of the request, of its resource,
///   scope and tag. Further events lack these attributes; their attribute `seerflow.omitted_attributes` is the number
///   that is missing.
///
/// Threads: any number at once. Blocking: bounded by `options->call`, with two exceptions. The call that opens the
/// database waits for that up to one second. A call that withdraws events waits up to half a second for a transaction
/// that holds some of them. Ownership: the bytes remain the caller's; the caller destroys the result.
///
/// Errors:
/// - SEERFLOW_STATUS_AGAIN: the queue stayed full, or the database was not open in time. Nothing was consumed.
/// - SEERFLOW_STATUS_TIMEOUT, SEERFLOW_STATUS_INTERRUPTED (durable): not all events were committed in time. The
///   events before `*consumed` are stored, or are in the queue and will be stored; those after it were not consumed.
///   With `options->withdraw`, only events that a running transaction holds are still in the queue.
/// - SEERFLOW_STATUS_CLOSED (durable): the store was closed before all events were committed.
/// - SEERFLOW_STATUS_CORRUPT, _SCHEMA, _PERMISSION, _NOT_FOUND, _UNSUPPORTED: the database, its permissions or its
///   file need repair. A durable write returns this at once; its events stay in the queue unless it withdraws them.
/// - SEERFLOW_STATUS_INVALID: a pointer, a length or a size is not valid. Nothing was consumed.
///
/// A call that fails after it accepted events also sets `*consumed` and `*result`. seerflow_error_retriable says
/// whether to send the input from `*consumed` on again.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_write(
    store: *const seerflow_store,
    format: FormatNumber,
    data: *const c_void,
    length: usize,
    options: *const seerflow_write_options,
    consumed: *mut usize,
    result: *mut *mut seerflow_result,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, `length` readable bytes, and NULL or valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let call = WriteCall::new(options, consumed, result)?;
            let data = bytes(data, length, "data")?;
            call.run(store, input(format, data)?)
        })
    }
}

fn input(format: FormatNumber, data: &[u8]) -> Result<Input<'_>> {
    Ok(match format {
        1 => Input::Lines(data),
        2 => Input::Ndjson(data),
        3 => Input::Msgpack(data),
        4 => Input::Otlp(data),
        5 => Input::OtlpJson(data),
        6 => Input::Fluent(data),
        _ => {
            return Err(Error::invalid(format!(
                "format {format} is not a seerflow_format"
            )));
        }
    })
}

/// Writes events given as structs.
///
/// `*consumed` is set to the number of events that were consumed: fewer than `count` if the queue stayed full until
/// the deadline. Otherwise the function works as seerflow_store_write, without its formats.
///
/// Threads: any number at once. Blocking: as for seerflow_store_write. Ownership: the structs remain the caller's;
/// the caller destroys the result.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_write_events(
    store: *const seerflow_store,
    events: *const seerflow_event_input,
    count: usize,
    options: *const seerflow_write_options,
    consumed: *mut usize,
    result: *mut *mut seerflow_result,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, `count` readable events, and NULL or valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let call = WriteCall::new(options, consumed, result)?;
            let inputs = Inputs::new(events, count)?;
            let events = (0..count).map(|position| inputs.event(position));
            call.run(store, Input::Events(Box::new(events)))
        })
    }
}

/// The arguments that both write functions share.
struct WriteCall {
    options: WriteOptions,
    control: Control,
    promise: Option<Promise>,
    consumed: Option<Out<usize>>,
    result: Option<Out<*mut seerflow_result>>,
}

impl WriteCall {
    /// # Safety
    /// The pointers are valid as the write functions require.
    unsafe fn new(
        options: *const seerflow_write_options,
        consumed: *mut usize,
        result: *mut *mut seerflow_result,
    ) -> Result<Self> {
        // SAFETY: the caller upholds the contract.
        unsafe {
            let given = sized::read_or_default(options, "options")?;
            let text = |text: seerflow_str, name| -> Result<Option<String>> {
                Ok(text.utf8(name)?.map(str::to_owned))
            };
            let promise = Promise::new(given.completions, given.user_data)?;
            let key = given.batch_key.bytes("batch_key")?.filter(|key| !key.is_empty());
            let tag = text(given.tag, "tag")?;
            let options = WriteOptions {
                parse: parse(given.parse)?,
                durable: given.durable.is_set(),
                withdraw: given.withdraw.is_set(),
                urgent: given.urgent.is_set(),
                complete: given.complete.is_set(),
                keep_raw: given.keep_raw.is_set(),
                batch_key: key.map(<[u8]>::to_vec),
                first_index: given.first_index,
                record_key_field: key_field(given.record_key_field)?,
                source_type: text(given.source_type, "source_type")?.or_else(|| tag.clone()),
                source_id: text(given.source_id, "source_id")?,
                tag,
                timezone: given.timezone.utf8("timezone")?.map(timezone).transpose()?,
                reject_reason: text(given.reject_reason, "reject_reason")?,
                reference_ns: (given.reference_ns != 0).then_some(given.reference_ns),
                verbatim: false,
                on_committed: promise.as_ref().map(Promise::on_committed),
                ..WriteOptions::default()
            };
            Ok(Self {
                options,
                control: bound(given.call)?,
                promise,
                consumed: Out::optional(consumed, "consumed")?,
                result: Out::optional(result, "result")?,
            })
        }
    }

    fn run(self, store: &Store, input: Input<'_>) -> Result<()> {
        let mut written = WriteOutcome::default();
        let done = store
            .engine()?
            .write_into(input, self.options, &self.control, &mut written);
        if done.is_err() && written.is_empty() {
            return done;
        }
        self.consumed.put(written.consumed);
        if let (Ok(()), Some(promise)) = (&done, self.promise) {
            promise.accepted(written.accepted);
        }
        if let Some(result) = self.result {
            result.put(handle::make(Written::from(written)));
        }
        done
    }
}

/// Reads the name of the record key. An empty text, unlike NULL, means no record key.
///
/// # Safety
/// As for [`seerflow_str::bytes`].
unsafe fn key_field(name: seerflow_str) -> Result<Option<String>> {
    // SAFETY: the caller upholds the contract.
    let bytes = unsafe { name.bytes("record_key_field") }?;
    let text = bytes
        .map(|bytes| std::str::from_utf8(bytes).map(str::to_owned))
        .transpose();
    text.map_err(|e| Error::invalid("record_key_field is not UTF-8").with_source(e))
}

fn timezone(name: &str) -> Result<jiff::tz::TimeZone> {
    if name == "UTC" {
        return Ok(jiff::tz::TimeZone::UTC);
    }
    jiff::tz::TimeZone::get(name)
        .map_err(|e| Error::invalid(format!("timezone {name:?} is not known")).with_source(e))
}
