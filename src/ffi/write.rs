//! Writing: what the write functions share, and they.

use std::ffi::c_void;
use std::ptr;

use super::control;
use super::error::seerflow_error;
use super::event_input::{Inputs, seerflow_event_input};
use super::guard::{call, call_on};
use super::handle::{self, Object};
use super::interrupt::{self, seerflow_interrupt};
use super::out::Out;
use super::queue::{Promise, seerflow_queue};
use super::result::seerflow_result;
use super::sized;
use super::status::seerflow_status;
use super::store::{Store, seerflow_store};
use super::text::{bytes, seerflow_str};
use crate::engine::{Input, WriteOptions};
use crate::error::{Error, Result};
use crate::record::{Interrupt, WriteOutcome};

/// The bound of calls that were given none, in milliseconds.
pub const SEERFLOW_DEFAULT_TIMEOUT_MS: i64 = 30_000;

/// How a write is to be done. Fill it with seerflow_write_options_init, then set what differs.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_write_options {
    /// sizeof(seerflow_write_options).
    pub struct_size: u32,
    /// Nonzero: return after the commit. Zero, the default: return when the events are in the queue.
    pub durable: u8,
    /// Nonzero: the input ends here; what follows the last line end is a line too, and a next call begins a new one. Zero, the
    /// default: an incomplete last record stays with the caller, `consumed` tells.
    pub complete: u8,
    /// Nonzero: keep each log line whole in `raw_event`. Zero is the default.
    pub keep_raw: u8,
    /// Nonzero: have the events committed at once instead of after `storage.flush_interval_ms`, and return without waiting
    /// for it: with `queue`, a durable write whose end is told by a completion. Zero is the default.
    pub urgent: u8,
    /// How long to wait for room in the queue and, durable, for the commit, in milliseconds. Negative is no bound, 0 is not to
    /// wait. SEERFLOW_DEFAULT_TIMEOUT_MS is the default.
    pub timeout_ms: i64,
    /// The index of the first record, for a call that goes on where another one with the same batch key ended.
    pub first_index: u64,
    /// With a batch key, events without an id get one that is made of the key, their index and their time: the same call
    /// made twice, by whichever process, stores its events once. None is the default.
    pub batch_key: seerflow_str,
    /// `source_type` of events that do not say; UTF-8.
    pub source_type: seerflow_str,
    /// `source_id` of events that do not say; UTF-8.
    pub source_id: seerflow_str,
    /// The time zone of log lines without an offset, such as "Europe/Berlin"; UTC by default.
    pub timezone: seerflow_str,
    /// Stops the call when it is raised. NULL, the default, for none.
    pub interrupt: *const seerflow_interrupt,
    /// Gets a completion when all of a call that answered SEERFLOW_STATUS_OK is committed. NULL, the default, for none.
    pub queue: *const seerflow_queue,
    /// Comes back in the completion.
    pub user_data: u64,
    /// From what the year of log lines that do not say theirs (RFC 3164) is told: a moment when they were written, or up to a
    /// year later, in nanoseconds. 0, the default, is the present.
    pub reference_ns: i64,
    /// The name of the attribute that is the record key: see `record_key` of seerflow_event_input. It is the whole key of an
    /// attribute at the top of the record (`log.record.uid` is one key, not a path) that is neither the name of a field nor read
    /// as one. A text, bytes, or an integer by its digits is a key; a record without one gets an ordinary id and is counted by
    /// seerflow_result_unkeyed. UTF-8. The default is "log.record.uid" for OpenTelemetry and Fluent, and none for other formats.
    pub record_key_field: seerflow_str,
    /// Nonzero: if a durable write fails, take back its events that are in no running transaction. They are not stored, and
    /// `*consumed` is the place where they begin. Zero, the default: they stay in the queue. Only with `durable`.
    pub withdraw: u8,
    /// Unused, 0.
    pub reserved: [u8; 7],
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_write_options {
    fn blank() -> Self {
        let none = seerflow_str::default();
        Self {
            struct_size: size_of::<Self>() as u32,
            durable: 0,
            complete: 0,
            keep_raw: 0,
            urgent: 0,
            timeout_ms: SEERFLOW_DEFAULT_TIMEOUT_MS,
            first_index: 0,
            batch_key: none,
            source_type: none,
            source_id: none,
            timezone: none,
            interrupt: ptr::null(),
            queue: ptr::null(),
            user_data: 0,
            reference_ns: 0,
            record_key_field: none,
            withdraw: 0,
            reserved: [0; 7],
        }
    }
}

/// Fills write options with their defaults. `size` is sizeof(seerflow_write_options).
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_write_options_init(
    options: *mut seerflow_write_options,
    size: usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a struct of that size.
    unsafe { call(error, || sized::init(options, size, "options")) }
}

/// Writes events given as structs. `event_size` is sizeof(seerflow_event_input), the distance from one to the next.
///
/// The batch is accepted into bounded memory, or, durable, committed when the call returns. An event that cannot be stored
/// (a severity out of range, an id that is no UUID) is kept as a dead letter; `result` tells which and why, and the others
/// are stored. `*consumed` gets the number of events that were taken: fewer than `count` when the queue stayed full until the
/// deadline. `options`, `consumed` and `result` may be NULL.
///
/// SEERFLOW_STATUS_AGAIN: the queue stayed full, or the database was not open in time; nothing was taken.
/// SEERFLOW_STATUS_TIMEOUT and SEERFLOW_STATUS_INTERRUPTED, durable: not everything was committed in time. The events before
/// `*consumed` are stored or stay in the queue, and are stored later; those after it were not taken. With `options->withdraw` only
/// events that a running transaction holds stay in the queue.
/// SEERFLOW_STATUS_CLOSED, durable: the store was closed before everything was committed.
/// A call that fails after it took events writes `*consumed` and `*result` too: the result tells how many events are committed,
/// queued and withdrawn. seerflow_error_retriable tells whether to send the input from `*consumed` on again.
/// SEERFLOW_STATUS_INVALID: pointers, lengths or sizes that cannot be; nothing was taken.
///
/// Threads: any number at once. Blocking: at most `options->timeout_ms`; the call that opens the database may wait up to a second
/// for that, and one that withdraws up to half a second after its deadline for a transaction that holds some of its events.
/// Ownership: the events stay the caller's; the caller destroys the result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_write_events(
    store: *const seerflow_store,
    events: *const seerflow_event_input,
    event_size: usize,
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
            let inputs = Inputs::new(events, event_size, count)?;
            let events = (0..count).map(|position| inputs.event(position));
            call.run(store, Input::Events(Box::new(events)))
        })
    }
}

/// Writes events given as msgpack: maps one after the other, or one array of them. Keys are the names of the fields, as in
/// seerflow_event_input; other keys become attributes.
///
/// `*consumed` gets the number of bytes that were taken. The rest is an incomplete last map, unless
/// `options->complete`, or did not fit the queue: give it again later. A value that is no map is a dead letter; an incomplete map of
/// more than `storage.max_event_bytes`, and what has no map behind it, is one with all that is there behind it, for nothing tells where
/// the next one begins: end the stream then, since bytes that follow begin inside of a record. All else is as for
/// seerflow_store_write_events.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_write_msgpack(
    store: *const seerflow_store,
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
            call.run(store, Input::Msgpack(bytes(data, length, "data")?))
        })
    }
}

/// Writes events given as JSON, one object a line. Keys are the names of the fields, as in seerflow_event_input; objects
/// as other programs log them (zap, pino, logstash, docker) are understood too.
///
/// `*consumed` gets the number of bytes that were taken. The rest is an incomplete last line, unless
/// `options->complete`, or did not fit the queue: give it again later, with more input behind it. A line longer than
/// `storage.max_event_bytes` is one dead letter, also when it comes in pieces: while it is incomplete, calls take its first bytes and
/// leave the last `storage.max_event_bytes` + 2, by which the line is known when its end comes. A buffer of twice that size
/// always has room. All else is as for seerflow_store_write_events.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_write_ndjson(
    store: *const seerflow_store,
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
            call.run(store, Input::Ndjson(bytes(data, length, "data")?))
        })
    }
}

/// Writes log lines: syslog (RFC 5424, RFC 3164), application and web server logs. What a line's header says becomes
/// fields; a line of no known format is stored as its message. Bytes that are not UTF-8 are accepted.
///
/// `*consumed` gets the number of bytes that were taken. The rest is an incomplete last line, unless
/// `options->complete`, or did not fit the queue: give it again later, with more input behind it. A line longer than
/// `storage.max_event_bytes` is one dead letter, also when it comes in pieces: while it is incomplete, calls take its first bytes and
/// leave the last `storage.max_event_bytes` + 2, by which the line is known when its end comes. A buffer of twice that size
/// always has room. All else is as for seerflow_store_write_events.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_write_lines(
    store: *const seerflow_store,
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
            call.run(store, Input::Lines(bytes(data, length, "data")?))
        })
    }
}

/// Writes the log records of one OpenTelemetry request: an ExportLogsServiceRequest or LogsData as protobuf, as OTLP's gRPC and
/// HTTP carry it. Time (else observed time), severity, body, attributes, resource, scope, trace and event name become fields;
/// attributes that name users, addresses, hosts, processes, files and domains become the event's entities.
///
/// A request is taken whole or, with SEERFLOW_STATUS_AGAIN, not at all. (One of more than 262,144 records, or whose events take
/// more than 64 MiB, is taken in parts: send it again with the same batch key.) A record that is damaged is kept as a dead
/// letter, the others are stored. `options->source_type` is that of records without `service.name`, "otlp" if it is not given.
///
/// Each event has the attributes of its resource and scope. What the events of a request repeat of them is bounded by 1 MiB and 64
/// times the request: events beyond that go without, and tell by the attribute `seerflow.omitted_attributes` how many. A
/// resource or scope of more than `storage.max_event_bytes` makes dead letters of its records. All else is as for
/// seerflow_store_write_events.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_write_otlp(
    store: *const seerflow_store,
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
            call.run(store, Input::Otlp(bytes(data, length, "data")?))
        })
    }
}

/// Writes the log records of OpenTelemetry requests in JSON, one after the other, as OTLP's HTTP carries one and the collector's
/// file exporter writes many.
///
/// `*consumed` gets the number of bytes that were taken. The rest is an incomplete last request, unless
/// `options->complete`, or did not fit the queue: give it again later. More than 64 MiB of an incomplete one are a dead letter.
/// All else is as for seerflow_store_write_otlp.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_write_otlp_json(
    store: *const seerflow_store,
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
            call.run(store, Input::OtlpJson(bytes(data, length, "data")?))
        })
    }
}

/// Writes records of Fluent Forward, as Fluent Bit hands them to an output: msgpack arrays `[time, map]` or
/// `[[time, metadata], map]`, groups of them between marks, and the messages of Forward's modes (Message, Forward,
/// PackedForward, CompressedPackedForward). A map's usual keys (log, message, level, host, user, pid) become fields.
///
/// `*consumed` gets the number of bytes that were taken. The rest is an incomplete last record, message or group, unless
/// `options->complete`, or did not fit the queue: give it again later. A message and a group are taken whole,
/// as a request is by seerflow_store_write_otlp.
///
/// An incomplete record of more than `storage.max_event_bytes`, an incomplete message of more than 64 MiB (256 MiB if its records are
/// packed) and what is none of all this is a dead letter with all that is there behind it: end the stream then, since bytes that
/// follow begin inside of a record. Records of a group without an end
/// within 64 MiB are taken, and a dead letter tells that those behind them are read without it. What the events of a message or
/// a group repeat of its tag, resource and scope is bounded as for seerflow_store_write_otlp. All else is as for
/// seerflow_store_write_events.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_write_fluent(
    store: *const seerflow_store,
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
            call.run(store, Input::Fluent(bytes(data, length, "data")?))
        })
    }
}

/// The arguments that all write functions have.
struct WriteCall {
    options: WriteOptions,
    timeout_ms: i64,
    interrupt: Option<Interrupt>,
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
        let given = if options.is_null() {
            sized::Struct::blank()
        } else {
            // SAFETY: the caller keeps the contract.
            unsafe { sized::read(options, "options") }?
        };
        // SAFETY: the caller keeps the contract.
        unsafe {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let promise = Promise::new(given.queue, given.user_data)?;
            let key = given.batch_key.bytes("batch_key")?.filter(|key| !key.is_empty());
            if given.reserved != [0; 7] {
                return Err(Error::invalid("options: reserved is not 0"));
            }
            let key_field = given.record_key_field.utf8("record_key_field")?;
            let options = WriteOptions {
                durable: given.durable != 0,
                withdraw: given.withdraw != 0,
                record_key_field: owned(key_field.filter(|name| !name.is_empty())),
                urgent: given.urgent != 0,
                batch_key: key.map(<[u8]>::to_vec),
                first_index: given.first_index,
                complete: given.complete != 0,
                source_type: owned(given.source_type.utf8("source_type")?),
                source_id: owned(given.source_id.utf8("source_id")?),
                timezone: given.timezone.utf8("timezone")?.map(timezone).transpose()?,
                keep_raw: given.keep_raw != 0,
                as_they_were: false,
                reference_ns: (given.reference_ns != 0).then_some(given.reference_ns),
                on_committed: promise.as_ref().map(Promise::on_committed),
            };
            Ok(Self {
                options,
                timeout_ms: given.timeout_ms,
                interrupt: interrupt::share(given.interrupt)?,
                promise,
                consumed: Out::optional(consumed, "consumed")?,
                result: Out::optional(result, "result")?,
            })
        }
    }

    fn run(self, store: &Store, input: Input<'_>) -> Result<()> {
        let mut written = WriteOutcome::default();
        let control = control(self.timeout_ms, self.interrupt);
        let done = store
            .engine()?
            .write_into(input, self.options, &control, &mut written);
        if done.is_err() && written.accepted + written.withdrawn + written.rejected.len() as u64 == 0 {
            return done;
        }
        if let Some(consumed) = self.consumed {
            consumed.put(written.consumed);
        }
        if let (Ok(()), Some(promise)) = (&done, self.promise) {
            promise.accepted(written.accepted);
        }
        if let Some(result) = self.result {
            result.put(handle::make(<seerflow_result as Object>::Value::from(written)));
        }
        done
    }
}

fn timezone(name: &str) -> Result<jiff::tz::TimeZone> {
    if name == "UTC" {
        return Ok(jiff::tz::TimeZone::UTC);
    }
    jiff::tz::TimeZone::get(name)
        .map_err(|e| Error::invalid(format!("timezone {name:?} is not known")).with_source(e))
}
