//! `seerflow_histogram`: records per stretch of time.

use std::ffi::c_char;

use super::counted::{CountByNumber, count_by};
use super::error::seerflow_error;
use super::guard::destroy;
use super::handle::Object;
use super::interrupt::seerflow_interrupt;
use super::list::{self, List, Listed};
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::seerflow_str;
use crate::record::{AlertQuery, Bucket, EventQuery, Window};

/// A stretch of time and how many records are in it. Prepare it with SEERFLOW_PREPARE.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_bucket {
    /// sizeof(seerflow_bucket).
    pub struct_size: u32,
    /// Unused, 0.
    pub reserved: u32,
    /// When it begins, in nanoseconds since 1970-01-01 UTC.
    pub start_ns: i64,
    /// Number of records.
    pub count: u64,
    /// Of which value the records are; empty in a histogram that is not split.
    pub value: seerflow_str,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_bucket {
    fn blank() -> Self {
        Self::default()
    }
}

/// How many records there are in each bucket of time, in the order of time. Buckets without records are left out.
///
/// A const histogram may be read by any number of threads at once.
///
/// Methods: seerflow_histogram_count, seerflow_histogram_at, seerflow_histogram_ndjson, seerflow_histogram_destroy.
pub struct seerflow_histogram {
    _opaque: [u8; 0],
}

impl Object for seerflow_histogram {
    type Value = List<Bucket>;
    const NAME: &'static str = "seerflow_histogram";
    const MAGIC: [u8; 8] = *b"sf:histo";
}

impl Listed for seerflow_histogram {
    type Record = Bucket;
    type Struct = seerflow_bucket;
    const RECORD: &'static str = "bucket";

    fn lend(bucket: &Bucket) -> seerflow_bucket {
        seerflow_bucket {
            struct_size: 0,
            reserved: 0,
            start_ns: bucket.start_ns,
            count: bucket.events,
            value: seerflow_str::lend(bucket.value.as_bytes()),
        }
    }
}

/// Counts the events from one time up to, not including, another one, per bucket of `bucket_ns` nanoseconds. Buckets begin at
/// multiples of their length; those of whole minutes are counted fastest. SEERFLOW_STATUS_LIMIT if the
/// buckets take more than `storage.page_bytes`.
/// `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the histogram.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_histogram(
    store: *const seerflow_store,
    from_ns: i64,
    to_ns: i64,
    bucket_ns: i64,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    histogram: *mut *mut seerflow_histogram,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and valid pointers.
    unsafe {
        list::answer(
            store,
            (timeout_ms, interrupt),
            histogram,
            error,
            |engine, control| {
                let query = EventQuery::within(Window { from_ns, to_ns });
                engine.aggregates()?.histogram(None, &query, bucket_ns, control)
            },
        )
    }
}

/// Does what seerflow_store_histogram does for each source (SEERFLOW_COUNT_BY_SOURCE) or severity (SEERFLOW_COUNT_BY_SEVERITY) by
/// itself: buckets in the order of time, then of the value. SEERFLOW_STATUS_INVALID for another `split`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_split_histogram(
    store: *const seerflow_store,
    split: CountByNumber,
    from_ns: i64,
    to_ns: i64,
    bucket_ns: i64,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    histogram: *mut *mut seerflow_histogram,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and valid pointers.
    unsafe {
        list::answer(
            store,
            (timeout_ms, interrupt),
            histogram,
            error,
            |engine, control| {
                let (split, query) = (count_by(split)?, EventQuery::within(Window { from_ns, to_ns }));
                engine
                    .aggregates()?
                    .histogram(Some(split), &query, bucket_ns, control)
            },
        )
    }
}

/// Counts the alerts from one time up to, not including, another one, per bucket of `bucket_ns` nanoseconds. Buckets begin at
/// multiples of their length. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the histogram.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_alert_histogram(
    store: *const seerflow_store,
    from_ns: i64,
    to_ns: i64,
    bucket_ns: i64,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    histogram: *mut *mut seerflow_histogram,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and valid pointers.
    unsafe {
        list::answer(
            store,
            (timeout_ms, interrupt),
            histogram,
            error,
            |engine, control| {
                let query = AlertQuery::within(Window { from_ns, to_ns });
                let counts = engine.alerts()?.alerts_by_time(&query, bucket_ns, control)?;
                let bucket = |(start_ns, events)| Bucket {
                    start_ns,
                    events,
                    ..Bucket::default()
                };
                Ok(counts.into_iter().map(bucket).collect())
            },
        )
    }
}

/// Returns the number of buckets; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_histogram_count(histogram: *const seerflow_histogram) -> usize {
    // SAFETY: the header demands a live handle.
    unsafe { list::count(histogram) }
}

/// Tells a bucket, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
///
/// Ownership: its text lives as long as the histogram. It does not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_histogram_at(
    histogram: *const seerflow_histogram,
    index: usize,
    bucket: *mut seerflow_bucket,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at(histogram, index, (bucket, "bucket"), error) }
}

/// Lends the histogram as JSON, one object and a line end for each bucket, ended in NUL: {"start_ns": ..., "value": ..., "count":
/// ...}. It is made at the first call. `length` may be NULL.
///
/// Threads: any number at once. Ownership: the text lives as long as the histogram.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_histogram_ndjson(
    histogram: *const seerflow_histogram,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and valid pointers.
    unsafe { list::ndjson(histogram, text, length, error) }
}

/// Destroys a histogram. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_histogram_destroy(histogram: *mut seerflow_histogram) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(histogram) }
}
