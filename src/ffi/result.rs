//! `seerflow_result`: what became of the records of a write.

use super::error::seerflow_error;
use super::guard::{call_on, destroy, value_of};
use super::handle::{Handle, Object};
use super::list::{self, List, Listed, seerflow_kind, seerflow_list};
use super::sized::{self, SizedOut};
use super::status::seerflow_status;
use super::store::{DurabilityNumber, seerflow_durability};
use super::text::seerflow_str;
use crate::record::{Rejection, WriteOutcome};

/// What became of the records of one write, also of a write that failed after it took events.
///
/// A const result may be read by any number of threads at once.
///
/// Methods: seerflow_result_outcome, seerflow_result_rejections, seerflow_result_destroy.
pub struct seerflow_result {
    _opaque: [u8; 0],
}

/// What is behind the handle.
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

/// Numbers of events of one write. Begin with SEERFLOW_OUTCOME_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_outcome {
    /// sizeof(seerflow_outcome).
    pub struct_size: u32,
    /// What the commit of a durable write survives; SEERFLOW_DURABILITY_NONE for another write.
    pub durability: DurabilityNumber,
    /// Events that were accepted: the sum of `committed`, `duplicates` and `queued` after a durable write. After
    /// SEERFLOW_STATUS_CLOSED the rest of them is lost.
    pub accepted: u64,
    /// Accepted events that are committed and were new. Known after a durable write; otherwise 0.
    pub committed: u64,
    /// Accepted events whose event_id was stored before. Known after a durable write; otherwise 0.
    pub duplicates: u64,
    /// Accepted events that were in the queue or in a transaction when the call ended. They are stored later.
    pub queued: u64,
    /// Events that were taken back (`withdraw` of seerflow_write_options). They are not among the accepted and not stored.
    pub withdrawn: u64,
    /// Records that could not become events and are kept as dead letters: seerflow_result_rejections.
    pub rejected: u64,
    /// Events without the record key that `record_key_field` names and without an event_id; 0 if that option is not set.
    pub unkeyed: u64,
}

// SAFETY: `repr(C)`, the size in front, integers only.
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

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
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

/// Fills `outcome` with the numbers of events of a write.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_result_outcome(
    result: *const seerflow_result,
    outcome: *mut seerflow_outcome,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe {
        call_on(result, error, |written| {
            let place = SizedOut::new(outcome, "outcome")?;
            let outcome = &written.outcome;
            place.put(seerflow_outcome {
                struct_size: 0,
                durability: seerflow_durability::from(outcome.durability) as u32,
                accepted: outcome.accepted,
                committed: outcome.committed,
                duplicates: outcome.duplicates,
                queued: outcome.queued,
                withdrawn: outcome.withdrawn,
                rejected: written.rejected,
                unkeyed: outcome.unkeyed,
            });
            Ok(())
        })
    }
}

/// Returns the records of a write that could not become events: a list of SEERFLOW_KIND_REJECTION, empty if there are none.
/// Returns NULL for NULL.
///
/// Threads: any number at once. Blocking: never. Ownership: the list lives as long as the result; it is not to be destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_result_rejections(result: *const seerflow_result) -> *const seerflow_list {
    // SAFETY: the header demands a live handle.
    unsafe {
        value_of(result, std::ptr::null(), |written| {
            std::ptr::from_ref(&written.rejections).cast()
        })
    }
}

/// Fills `out` with a rejected record of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
/// SEERFLOW_STATUS_INVALID for a list of another kind.
///
/// Threads: any number at once. Blocking: never. Ownership: its text lives as long as the list. It does not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_rejection_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_rejection,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at::<Rejection>(list, index, (out, "out"), error) }
}

/// Destroys a result, and with it its list of rejected records. NULL is fine.
///
/// Threads: no other call on the result may run. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_result_destroy(result: *mut seerflow_result) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(result) }
}
