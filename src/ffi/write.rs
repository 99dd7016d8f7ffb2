//! The write functions, and the options that they share.

use std::ffi::c_void;
use std::ptr;

use super::call::{bound, seerflow_call};
use super::completions::{Promise, seerflow_completions};
use super::error::seerflow_error;
use super::event_input::{Inputs, seerflow_event_input};
use super::guard::call_on;
use super::handle;
use super::out::Out;
use super::result::{Written, seerflow_result};
use super::sized;
use super::status::seerflow_status;
use super::store::{Store, seerflow_store};
use super::text::{Flag, bytes, seerflow_str};
use crate::engine::{Input, WriteOptions};
use crate::error::{Error, Result};
use crate::record::{Control, WriteOutcome};

/// A format of bytes that hold events. Numbers are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_format {
    /// Log lines: syslog (RFC 5424, RFC 3164), application and web server logs. The header of a line becomes fields; a line of
    /// no known form is stored as a message. Bytes that are not UTF-8 are accepted.
    Lines = 1,
    /// JSON, one object a line. Keys are the names of seerflow_event_input's members; the objects of other programs (zap, pino,
    /// logstash, docker) are understood too. Other keys become attributes.
    Ndjson = 2,
    /// msgpack: maps one after the other, or one array of them. Keys are as for SEERFLOW_FORMAT_NDJSON.
    Msgpack = 3,
    /// One request of OpenTelemetry: an ExportLogsServiceRequest or LogsData as protobuf, as OTLP's gRPC and HTTP carry it. Time (or
    /// observed time), severity, body, attributes, resource, scope, trace and event name become fields; attributes that name
    /// users, addresses, hosts, processes, files and domains become the event's entities.
    Otlp = 4,
    /// The same requests as JSON, one after the other, as OTLP's HTTP carries one and the Collector's file exporter writes many.
    OtlpJson = 5,
    /// Records of Fluent Forward, as Fluent Bit hands them to an output: msgpack arrays `[time, map]` or `[[time, metadata], map]`,
    /// groups of them between marks, and the messages of Forward's modes (Message, Forward, PackedForward,
    /// CompressedPackedForward). A map's usual keys (log, message, level, host, user, pid) become fields.
    Fluent = 6,
}

/// A format in an argument: not yet checked.
pub type FormatNumber = u32;

/// How events are written. Begin with SEERFLOW_WRITE_OPTIONS_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_write_options {
    /// sizeof(seerflow_write_options).
    pub struct_size: u32,
    /// Return after the commit. False, the default: return when the events are in the queue.
    pub durable: Flag,
    /// Durable writes only. If the write fails, remove from the queue those of its events that no transaction holds: they are
    /// not stored, and `*consumed` is where they begin. False, the default: they stay in the queue.
    pub withdraw: Flag,
    /// Commit the events at once instead of after `storage.flush_interval_ms`. The call does not wait for the commit; `completions`
    /// reports it. False is the default.
    pub urgent: Flag,
    /// The input is complete: the bytes after the last line feed are a record too, and a next call begins a new one. False, the
    /// default: an incomplete last record is not taken, and `*consumed` is where it begins.
    pub complete: Flag,
    /// Keep each log line whole in `raw_event`. False is the default.
    pub keep_raw: Flag,
    /// Must be 0.
    pub reserved: [u8; 7],
    /// How long to wait for room in the queue and, durable, for the commit, and what stops that. NULL, the default, stands for
    /// SEERFLOW_CALL_INIT.
    pub call: *const seerflow_call,
    /// With a batch key, events without an id get one that is made of the key, their index and their time: the same call made
    /// twice, by whichever process, stores its events once. Empty, the default, is not a key.
    pub batch_key: seerflow_str,
    /// The index of the first record, for a call that goes on where another one with the same batch key ended.
    pub first_index: u64,
    /// The name of the attribute that is the record key: see `record_key` of seerflow_event_input. It is the whole key of an
    /// attribute at the top of the record (`log.record.uid` is one key, not a path) that is neither the name of a field nor read
    /// as one. A text, bytes, or an integer by its digits is a key; a record without one gets the id that it would get
    /// otherwise and, if this option is set, counts in `unkeyed` of seerflow_outcome. UTF-8. NULL, the default, stands for
    /// "log.record.uid" in the formats of OpenTelemetry and Fluent and for no key in the others; an empty text that is not NULL
    /// stands for no key in every format.
    pub record_key_field: seerflow_str,
    /// `source_type` of events that do not state one; UTF-8. Records of OpenTelemetry without `service.name` get "otlp" by default.
    pub source_type: seerflow_str,
    /// `source_id` of events that do not state one; UTF-8.
    pub source_id: seerflow_str,
    /// A tag of the host's, such as Fluent Bit's: kept as the attribute `tag` of every event that has none, and as `source_type` of
    /// events for which neither the record nor `source_type` states one. UTF-8.
    pub tag: seerflow_str,
    /// The time zone of log lines without an offset, such as "Europe/Berlin"; UTC by default.
    pub timezone: seerflow_str,
    /// A moment when log lines without a year (RFC 3164) were written, or up to a year later, in nanoseconds since 1970-01-01 UTC:
    /// it decides their year. 0, the default, is the present.
    pub reference_ns: i64,
    /// Receives a completion when all of a call that answered SEERFLOW_STATUS_OK is committed. NULL, the default, for none.
    pub completions: *const seerflow_completions,
    /// Comes back in the completion.
    pub user_data: u64,
}

impl Default for seerflow_write_options {
    fn default() -> Self {
        let none = seerflow_str::default();
        Self {
            struct_size: size_of::<Self>() as u32,
            durable: Flag::default(),
            withdraw: Flag::default(),
            urgent: Flag::default(),
            complete: Flag::default(),
            keep_raw: Flag::default(),
            reserved: [0; 7],
            call: ptr::null(),
            batch_key: none,
            first_index: 0,
            record_key_field: none,
            source_type: none,
            source_id: none,
            tag: none,
            timezone: none,
            reference_ns: 0,
            completions: ptr::null(),
            user_data: 0,
        }
    }
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_write_options {
    fn sets_reserved(&self) -> bool {
        self.reserved != [0; 7]
    }
}

/// Writes events given as bytes of a format.
///
/// The events are accepted into bounded memory, or, with `options->durable`, committed when the call returns. A record that cannot
/// be stored is kept as a dead letter; `result` says which and why, and the others are stored. `options`, `consumed` and
/// `result` may be NULL.
///
/// SEERFLOW_STATUS_OK means that the input before `*consumed` was taken. That may be less than all of it: pass `consumed`, and
/// write the rest again later, unless the input is small and complete. A stop after the first part is such an OK too; the next
/// call returns the reason.
///
/// `*consumed` gets the number of bytes that were taken. The rest is an incomplete last record, unless `options->complete`, or
/// did not fit the queue: give it again later. One request, message or group of OpenTelemetry and Fluent is taken whole or not
/// at all, unless it has more than 262,144 records or its events take more than 64 MiB; then it is taken in parts, and sending
/// it again with the same batch key stores each event once.
///
/// Bounds:
/// - A record above `storage.max_event_bytes` becomes a dead letter, also a line that comes in pieces: a buffer of twice that
///   size and 2 bytes always has room for the pieces.
/// - If an incomplete record of msgpack or Fluent exceeds that, an incomplete message, group or request 64 MiB (256 MiB of a
///   packed message), or if the bytes are not a value of the format, the rest of the input becomes one dead letter. Close such
///   a stream: the bytes that follow begin inside a record.
/// - The events of one request or message repeat at most 1 MiB, or 64 times its size, of its resource, scope and tag. Further
///   events lack them, and their attribute `seerflow.omitted_attributes` says how many they lack.
///
/// Threads: any number at once. Blocking: bounded by `options->call`, with two exceptions: the call that opens the
/// database waits up to a second for that, and a call that withdraws up to half a second for a transaction that holds some
/// of its events. Ownership: the bytes stay the caller's; the caller destroys the result.
///
/// Errors:
/// SEERFLOW_STATUS_AGAIN: the queue stayed full, or the database was not open in time; nothing was taken.
/// SEERFLOW_STATUS_TIMEOUT and SEERFLOW_STATUS_INTERRUPTED, durable: not everything was committed in time. The events before
/// `*consumed` are stored or stay in the queue and are stored later; those after it were not taken. With
/// `options->withdraw` only events that a running transaction holds stay in the queue.
/// SEERFLOW_STATUS_CLOSED, durable: the store was closed before everything was committed.
/// SEERFLOW_STATUS_CORRUPT, _SCHEMA, _PERMISSION, _NOT_FOUND and _UNSUPPORTED: somebody has to mend the database, its rights or the
/// file first. A durable write is told at once; its events stay in the queue unless it withdraws.
/// SEERFLOW_STATUS_INVALID: pointers, lengths or sizes that cannot be; nothing was taken.
/// A call that fails after it took events writes `*consumed` and `*result` too. seerflow_error_retriable says whether to send the
/// input from `*consumed` on again.
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
    // SAFETY: the header demands live handles, bytes as their length says, and NULL or valid pointers.
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
/// `*consumed` gets the number of events that were taken: fewer than `count` if the queue stayed full until the deadline. All
/// else is as for seerflow_store_write.
///
/// Threads: any number at once. Blocking: as for seerflow_store_write.
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
    // SAFETY: the header demands live handles, events as their sizes say, and NULL or valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let call = WriteCall::new(options, consumed, result)?;
            let inputs = Inputs::new(events, count)?;
            let events = (0..count).map(|position| inputs.event(position));
            call.run(store, Input::Events(Box::new(events)))
        })
    }
}

/// The arguments that both write functions have.
struct WriteCall {
    options: WriteOptions,
    control: Control,
    promise: Option<Promise>,
    consumed: Option<Out<usize>>,
    result: Option<Out<*mut seerflow_result>>,
}

impl WriteCall {
    /// # Safety
    /// The pointers are as the write functions demand.
    unsafe fn new(
        options: *const seerflow_write_options,
        consumed: *mut usize,
        result: *mut *mut seerflow_result,
    ) -> Result<Self> {
        // SAFETY: the caller keeps the contract.
        unsafe {
            let given = sized::read_or_default(options, "options")?;
            let text = |text: seerflow_str, name| -> Result<Option<String>> {
                Ok(text.utf8(name)?.map(str::to_owned))
            };
            let promise = Promise::new(given.completions, given.user_data)?;
            let key = given.batch_key.bytes("batch_key")?.filter(|key| !key.is_empty());
            let tag = text(given.tag, "tag")?;
            let options = WriteOptions {
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
                reference_ns: (given.reference_ns != 0).then_some(given.reference_ns),
                as_they_were: false,
                on_committed: promise.as_ref().map(Promise::on_committed),
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
        if let Some(consumed) = self.consumed {
            consumed.put(written.consumed);
        }
        if let (Ok(()), Some(promise)) = (&done, self.promise) {
            promise.accepted(written.accepted);
        }
        if let Some(result) = self.result {
            result.put(handle::make(Written::from(written)));
        }
        done
    }
}

/// Reads the name of the record key: an empty text, unlike NULL, stands for no key.
///
/// # Safety
/// As for [`seerflow_str::bytes`].
unsafe fn key_field(name: seerflow_str) -> Result<Option<String>> {
    // SAFETY: the caller keeps the contract.
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
