//! `seerflow_result`: what became of the records of a write.

use std::ffi::{CString, c_char};

use super::error::seerflow_error;
use super::guard::{call_on, destroy, value_of};
use super::handle::Object;
use super::out::Out;
use super::status::seerflow_status;
use super::store::seerflow_durability;
use super::text::c_string;
use crate::error::{Error, ErrorKind};
use crate::record::WriteOutcome;

/// What became of the records of one write, also of one that failed after it took events.
///
/// A const result may be read by any number of threads at once.
///
/// Methods: seerflow_result_accepted, seerflow_result_committed, seerflow_result_duplicates, seerflow_result_queued,
/// seerflow_result_withdrawn, seerflow_result_unkeyed, seerflow_result_durability, seerflow_result_rejected_count,
/// seerflow_result_rejected_at, seerflow_result_destroy.
pub struct seerflow_result {
    _opaque: [u8; 0],
}

/// What is behind the handle.
#[derive(Debug)]
pub struct Written {
    outcome: WriteOutcome,
    reasons: Vec<CString>,
}

impl From<WriteOutcome> for Written {
    fn from(outcome: WriteOutcome) -> Self {
        let reasons = outcome
            .rejected
            .iter()
            .map(|rejection| c_string(&rejection.reason))
            .collect();
        Self { outcome, reasons }
    }
}

impl Object for seerflow_result {
    type Value = Written;
    const NAME: &'static str = "seerflow_result";
    const MAGIC: [u8; 8] = *b"sf:reslt";
}

/// Returns the number of events that were accepted: those committed, duplicates and queued. After SEERFLOW_STATUS_CLOSED the rest of
/// them is lost.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_result_accepted(result: *const seerflow_result) -> u64 {
    // SAFETY: the header demands a live handle.
    unsafe { value_of(result, 0, |written| written.outcome.accepted) }
}

/// Returns how many of the accepted events are committed and were new. Known after a durable write; else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_result_committed(result: *const seerflow_result) -> u64 {
    // SAFETY: the header demands a live handle.
    unsafe { value_of(result, 0, |written| written.outcome.committed) }
}

/// Returns how many of the accepted events were in the queue or in a transaction when the call ended. They are stored later: 0 after
/// a durable write that answered SEERFLOW_STATUS_OK.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_result_queued(result: *const seerflow_result) -> u64 {
    // SAFETY: the header demands a live handle.
    unsafe { value_of(result, 0, |written| written.outcome.queued) }
}

/// Returns how many events were taken back, see `withdraw` of seerflow_write_options. They are not among the accepted and not stored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_result_withdrawn(result: *const seerflow_result) -> u64 {
    // SAFETY: the header demands a live handle.
    unsafe { value_of(result, 0, |written| written.outcome.withdrawn) }
}

/// Returns how many events lacked the record key that `record_key_field` names, and got an ordinary id.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_result_unkeyed(result: *const seerflow_result) -> u64 {
    // SAFETY: the header demands a live handle.
    unsafe { value_of(result, 0, |written| written.outcome.unkeyed) }
}

/// Returns how many of the accepted events had an event_id that was stored before. Known after a durable write; else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_result_duplicates(result: *const seerflow_result) -> u64 {
    // SAFETY: the header demands a live handle.
    unsafe { value_of(result, 0, |written| written.outcome.duplicates) }
}

/// Returns what the commit of a durable write survives; SEERFLOW_DURABILITY_NONE for another write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_result_durability(result: *const seerflow_result) -> seerflow_durability {
    // SAFETY: the header demands a live handle.
    unsafe {
        value_of(result, seerflow_durability::None, |written| {
            written.outcome.durability.into()
        })
    }
}

/// Returns the number of records that could not become events and are kept as dead letters.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_result_rejected_count(result: *const seerflow_result) -> usize {
    // SAFETY: the header demands a live handle.
    unsafe { value_of(result, 0, |written| written.reasons.len()) }
}

/// Tells a rejected record, by a number from 0: its index in the input (plus `options->first_index`), empty lines not
/// counted, and why it was rejected. `index` and `reason` may be NULL. SEERFLOW_STATUS_NOT_FOUND behind the last one.
///
/// Ownership: the reason lives as long as the result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_result_rejected_at(
    result: *const seerflow_result,
    position: usize,
    index: *mut u64,
    reason: *mut *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and NULL or valid pointers.
    unsafe {
        call_on(result, error, |written| {
            let (index, text) = (Out::optional(index, "index")?, Out::optional(reason, "reason")?);
            let (Some(rejection), Some(reason)) = (
                written.outcome.rejected.get(position),
                written.reasons.get(position),
            ) else {
                return Err(Error::new(
                    ErrorKind::NotFound,
                    format!("there is no rejected record {position}"),
                ));
            };
            if let Some(index) = index {
                index.put(rejection.index);
            }
            if let Some(text) = text {
                text.put(reason.as_ptr());
            }
            Ok(())
        })
    }
}

/// Destroys a result. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_result_destroy(result: *mut seerflow_result) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(result) }
}
