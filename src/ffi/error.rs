//! `seerflow_error`: the details of a call that failed.

use std::ffi::{CString, c_char};

use super::guard::{destroy, value_of};
use super::handle::{self, Object};
use super::status::seerflow_status;
use crate::error::Error;

/// The details of a call that failed.
///
/// A function that can fail takes `seerflow_error **error` as its last argument. It may be NULL; else it is written to when
/// the call fails, and only then. Who gets an error destroys it.
///
/// Methods: seerflow_error_status, seerflow_error_retriable, seerflow_error_message, seerflow_error_destroy.
pub struct seerflow_error {
    _opaque: [u8; 0],
}

/// What is behind the handle.
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

/// Returns the status that the call answered too; SEERFLOW_STATUS_INVALID for NULL.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_error_status(error: *const seerflow_error) -> seerflow_status {
    let code = |details: &Details| {
        details
            .failure
            .map_or(seerflow_status::Invalid, |(status, _)| status)
    };
    // SAFETY: the header demands a live handle.
    unsafe { value_of(error, seerflow_status::Invalid, code) }
}

/// Returns whether the same call may succeed later and does nothing twice; false for NULL.
///
/// A write is to be made again with its input from `*consumed` on. It is retriable if that cannot store an event twice: no event of
/// the failed call is left in the queue or in a transaction, or each of its events gets the same id again (by a batch key, a record
/// key or its own `event_id`). A rejected record may become a second dead letter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_error_retriable(error: *const seerflow_error) -> bool {
    // SAFETY: the header demands a live handle.
    unsafe {
        value_of(error, false, |details| {
            details.failure.is_some_and(|(_, retriable)| retriable)
        })
    }
}

/// Returns what failed, where and why, as one line of UTF-8. It holds no password. "" for NULL.
///
/// Threads: any number at once. Blocking: never. Ownership: the text lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_error_message(error: *const seerflow_error) -> *const c_char {
    // SAFETY: the header demands a live handle.
    unsafe { value_of(error, c"".as_ptr(), |details| details.message.as_ptr()) }
}

/// Destroys an error. NULL is fine.
///
/// Threads: no other call on the object may run. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_error_destroy(error: *mut seerflow_error) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(error) }
}
