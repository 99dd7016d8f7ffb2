//! `seerflow_error`: the details of a failed call.

use std::ffi::{CString, c_char};

use super::handle::{self, Object};
use super::status::seerflow_status;
use super::unwind::{destroy, value_of};
use crate::error::Error;

/// The details of a failed call.
///
/// A function that can fail takes `seerflow_error **error` as its last argument. Pass NULL if the details do not
/// matter. The function writes to `*error` only if it fails; the caller then owns the error and destroys it with
/// seerflow_error_destroy.
pub struct seerflow_error {
    _opaque: [u8; 0],
}

/// The value of the handle.
#[derive(Debug, Default)]
pub struct Details {
    failure: Option<(seerflow_status, bool)>,
    message: CString,
}

impl Object for seerflow_error {
    type Value = Details;
    const NAME: &'static str = "seerflow_error";
    const MAGIC: [u8; 8] = *b"sf:error";
}

pub(crate) fn make(error: &Error) -> *mut seerflow_error {
    let message = super::text::c_string(&error.to_string());
    handle::make(Details {
        failure: Some((error.kind().into(), error.is_retriable())),
        message,
    })
}

/// Returns the status that the failed call returned. Returns SEERFLOW_STATUS_INVALID for NULL.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_error_status(error: *const seerflow_error) -> seerflow_status {
    let code = |details: &Details| {
        details
            .failure
            .map_or(seerflow_status::Invalid, |(status, _)| status)
    };
    // SAFETY: the header requires a live handle.
    unsafe { value_of(error, seerflow_status::Invalid, code) }
}

/// Returns true if the same call may succeed later, and repeating it has no effect twice.
///
/// For a write, repeat the call with its input from `*consumed` on. The error is retriable only if the repetition
/// cannot store an event twice: either no event of the failed call is still in the queue or in a transaction, or each
/// of its events gets the same id again (from a batch key, a record key or its own `event_id`). A rejected record may
/// be stored as a second dead letter. Returns false for NULL.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_error_retriable(error: *const seerflow_error) -> bool {
    // SAFETY: the header requires a live handle.
    unsafe {
        value_of(error, false, |details| {
            details.failure.is_some_and(|(_, retriable)| retriable)
        })
    }
}

/// Returns what failed, on what, and why, as one line of UTF-8 without passwords. Returns "" for NULL.
///
/// Threads: any number at once. Blocking: never. Ownership: the text belongs to the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_error_message(error: *const seerflow_error) -> *const c_char {
    // SAFETY: the header requires a live handle.
    unsafe { value_of(error, c"".as_ptr(), |details| details.message.as_ptr()) }
}

/// Destroys an error. Does nothing for NULL.
///
/// Threads: no other call on the object may run. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_error_destroy(error: *mut seerflow_error) {
    // SAFETY: the header requires NULL, or a live handle that no other call uses.
    unsafe { destroy(error) }
}
