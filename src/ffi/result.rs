//! `seerflow_result`: the outcome of a write, and the records that it rejected.

use super::error::seerflow_error;
use super::guard::{call_for, destroy, value_of};
use super::handle::{Handle, Object};
use super::list::{seerflow_kind, seerflow_list};
use super::listed::{self, List, Listed};
use super::observe::{DurabilityNumber, seerflow_durability};
use super::sized::{self, SizedOut};
use super::status::seerflow_status;
use super::text::seerflow_str;
use crate::record::{Rejection, WriteOutcome};

/// The outcome of one write, and the records that it rejected.
///
/// A write that failed after it accepted events has a result too. Any number of threads may read a result at the same
/// time.
pub struct seerflow_result {
    _opaque: [u8; 0],
}

/// The value of the handle.
pub struct Written {
    outcome: WriteOutcome,
    rejections: Handle<List>,
    rejected: u64,
}

impl Object for seerflow_result {
    type Value = Written;
    const NAME: &'static str = "seerflow_result";
    const MAGIC: [u8; 8] = *b"sf:reslt";
}

impl From<WriteOutcome> for Written {
    fn from(mut outcome: WriteOutcome) -> Self {
        let rejected = std::mem::take(&mut outcome.rejected);
        Self {
            rejected: rejected.len() as u64,
            rejections: Handle::new::<seerflow_list>(List::from(rejected)),
            outcome,
        }
    }
}

/// The numbers of events of one write. Initialise it with SEERFLOW_OUTCOME_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_outcome {
    /// sizeof(seerflow_outcome).
    pub struct_size: u32,
    /// What the commit of a durable write survives. SEERFLOW_DURABILITY_NONE if the write was not durable.
    pub durability: DurabilityNumber,
    /// The number of accepted events. After a durable write it is the sum of `committed`, `duplicates` and `queued`;
    /// if the write returned SEERFLOW_STATUS_CLOSED, the difference was lost.
    pub accepted: u64,
    /// Of the accepted events, those that are committed and were new. 0 if the write was not durable.
    pub committed: u64,
    /// Of the accepted events, those whose event_id was already stored. 0 if the write was not durable.
    pub duplicates: u64,
    /// Of the accepted events, those that were in the queue or in a transaction when the call returned. They are
    /// stored later.
    pub queued: u64,
    /// Events that were removed from the queue because of `withdraw` in the options. They are neither accepted nor
    /// stored.
    pub withdrawn: u64,
    /// Records that could not be stored as events. They are stored as dead letters; seerflow_result_rejections lists
    /// them.
    pub rejected: u64,
    /// Events without an event_id and without the record key that `record_key_field` names. 0 if that option is not
    /// set.
    pub unkeyed: u64,
    /// Accepted events whose time was given and not understood. They have the time at which they were received, and the
    /// attribute `seerflow.time.unparsed` has the text of the time.
    pub unparsed_times: u64,
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are integers.
unsafe impl sized::Struct for seerflow_outcome {}

/// A record that could not become an event. Begin with SEERFLOW_REJECTION_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_rejection {
    /// sizeof(seerflow_rejection).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// Its index in the input, plus `options->first_index`. Empty lines are not counted.
    pub index: u64,
    /// Why it was rejected.
    pub reason: seerflow_str,
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
unsafe impl sized::Struct for seerflow_rejection {}

impl Listed for Rejection {
    type Struct = seerflow_rejection;
    const KIND: seerflow_kind = seerflow_kind::Rejection;
    const NAME: &'static str = "rejection";

    fn lend(&self) -> seerflow_rejection {
        seerflow_rejection {
            struct_size: 0,
            reserved: 0,
            index: self.index,
            reason: seerflow_str::lend(self.reason.as_bytes()),
        }
    }
}

/// Returns the numbers of events of a write.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_result_outcome(
    result: *const seerflow_result,
    outcome: *mut seerflow_outcome,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
    unsafe {
        call_for(result, SizedOut::new(outcome, "outcome"), error, |written| {
            let outcome = &written.outcome;
            Ok(seerflow_outcome {
                struct_size: 0,
                durability: seerflow_durability::from(outcome.durability) as u32,
                accepted: outcome.accepted,
                committed: outcome.committed,
                duplicates: outcome.duplicates,
                queued: outcome.queued,
                withdrawn: outcome.withdrawn,
                rejected: written.rejected,
                unkeyed: outcome.unkeyed,
                unparsed_times: outcome.unparsed_times,
            })
        })
    }
}

/// Returns the records that a write rejected, as a list of SEERFLOW_KIND_REJECTION.
///
/// The list is empty if the write rejected no record. Returns NULL for NULL.
///
/// Threads: any number at once. Blocking: never. Ownership: the list belongs to the result. Do not destroy it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_result_rejections(result: *const seerflow_result) -> *const seerflow_list {
    // SAFETY: the header requires a live handle.
    unsafe {
        value_of(result, std::ptr::null(), |written| {
            std::ptr::from_ref(&written.rejections).cast()
        })
    }
}

/// Copies the rejected record at `index` of a list to `out`. Indexes start at 0.
///
/// Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
/// NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
/// the list is not of kind SEERFLOW_KIND_REJECTION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_rejection_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_rejection,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
    unsafe { listed::at::<Rejection>(list, index, (out, "out"), error) }
}

/// Destroys a result and its list of rejected records. Does nothing for NULL.
///
/// Threads: no other call on the result may run. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_result_destroy(result: *mut seerflow_result) {
    // SAFETY: the header requires NULL, or a live handle that no other call uses.
    unsafe { destroy(result) }
}
