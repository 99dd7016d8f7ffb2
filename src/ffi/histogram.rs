//! `seerflow_histogram`: events per stretch of time.

use super::control;
use super::error::seerflow_error;
use super::guard::{call_on, destroy, value_of};
use super::handle::{self, Object};
use super::interrupt::{self, seerflow_interrupt};
use super::out::Out;
use super::status::seerflow_status;
use super::store::seerflow_store;
use crate::error::{Error, ErrorKind};

/// How many events there are in each bucket of time, in the order of time. Buckets without events are left out.
///
/// A const histogram may be read by any number of threads at once.
///
/// Methods: seerflow_histogram_count, seerflow_histogram_at, seerflow_histogram_destroy.
pub struct seerflow_histogram {
    _opaque: [u8; 0],
}

impl Object for seerflow_histogram {
    type Value = Vec<(i64, u64)>;
    const NAME: &'static str = "seerflow_histogram";
    const MAGIC: [u8; 8] = *b"sf:histo";
}

/// Counts the events between two times, per bucket of `bucket_ns` nanoseconds, a whole number of minutes. The window is
/// widened to whole minutes. `interrupt` may be NULL.
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
        call_on(store, error, |store| {
            let place = Out::new(histogram, "histogram")?;
            let control = control(timeout_ms, interrupt::share(interrupt)?);
            let buckets = store.engine()?.histogram(from_ns, to_ns, bucket_ns, &control)?;
            place.put(handle::make(buckets));
            Ok(())
        })
    }
}

/// Returns the number of buckets; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_histogram_count(histogram: *const seerflow_histogram) -> usize {
    // SAFETY: the header demands a live handle.
    unsafe { value_of(histogram, 0, Vec::len) }
}

/// Tells when a bucket begins and how many events are in it, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last
/// one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_histogram_at(
    histogram: *const seerflow_histogram,
    index: usize,
    start_ns: *mut i64,
    count: *mut u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and valid pointers.
    unsafe {
        call_on(histogram, error, |buckets| {
            let (start, count) = (Out::new(start_ns, "start_ns")?, Out::new(count, "count")?);
            let bucket = buckets.get(index);
            let bucket = bucket
                .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no bucket {index}")))?;
            start.put(bucket.0);
            count.put(bucket.1);
            Ok(())
        })
    }
}

/// Destroys a histogram. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_histogram_destroy(histogram: *mut seerflow_histogram) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(histogram) }
}
