//! Dead letters: records that could not become events.

use std::ffi::c_char;

use super::error::seerflow_error;
use super::guard::destroy;
use super::handle::Object;
use super::interrupt::seerflow_interrupt;
use super::list::{self, List, Listed};
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::seerflow_str;
use crate::record::{DeadLetter, DeadLetterCursor};

/// A record that could not become an event. Prepare it with SEERFLOW_PREPARE.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_dead_letter {
    /// sizeof(seerflow_dead_letter).
    pub struct_size: u32,
    /// Unused, 0.
    pub reserved: u32,
    /// Its number; later ones are larger.
    pub id: i64,
    /// When it arrived, in nanoseconds since 1970-01-01 UTC.
    pub received_ns: i64,
    /// The input's format: "lines", "ndjson", "msgpack", "otlp", "otlp-json", "fluent", "struct".
    pub format: seerflow_str,
    /// Why it was rejected.
    pub reason: seerflow_str,
    /// The record as it came; empty for a struct.
    pub payload: seerflow_str,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_dead_letter {
    fn blank() -> Self {
        Self::default()
    }
}

/// Dead letters of a store.
///
/// A const list may be read by any number of threads at once.
///
/// Methods: seerflow_dead_letter_list_count, seerflow_dead_letter_list_at, seerflow_dead_letter_list_ndjson,
/// seerflow_dead_letter_list_destroy.
pub struct seerflow_dead_letter_list {
    _opaque: [u8; 0],
}

impl Object for seerflow_dead_letter_list {
    type Value = List<DeadLetter>;
    const NAME: &'static str = "seerflow_dead_letter_list";
    const MAGIC: [u8; 8] = *b"sf:deads";
}

impl Listed for seerflow_dead_letter_list {
    type Record = DeadLetter;
    type Struct = seerflow_dead_letter;
    const RECORD: &'static str = "dead letter";

    fn lend(letter: &DeadLetter) -> seerflow_dead_letter {
        seerflow_dead_letter {
            struct_size: 0,
            reserved: 0,
            id: letter.id,
            received_ns: letter.received_ns,
            format: seerflow_str::lend(letter.format.as_bytes()),
            reason: seerflow_str::lend(letter.reason.as_bytes()),
            payload: seerflow_str::lend(&letter.payload),
        }
    }
}

/// Lists dead letters with numbers below `before_id`, newest first, at most `limit` of them. INT64_MAX begins with the newest;
/// the last one's number goes on, until a list is empty: one may end early at `storage.page_bytes`. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_dead_letters(
    store: *const seerflow_store,
    before_id: i64,
    limit: u32,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    list: *mut *mut seerflow_dead_letter_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and valid pointers.
    unsafe {
        list::answer(store, (timeout_ms, interrupt), list, error, |engine, control| {
            engine.dead_letters(Some(DeadLetterCursor { id: before_id }), limit, control)
        })
    }
}

/// Returns the number of dead letters in the list; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_dead_letter_list_count(list: *const seerflow_dead_letter_list) -> usize {
    // SAFETY: the header demands a live handle.
    unsafe { list::count(list) }
}

/// Tells a dead letter, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
///
/// Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_dead_letter_list_at(
    list: *const seerflow_dead_letter_list,
    index: usize,
    dead_letter: *mut seerflow_dead_letter,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at(list, index, (dead_letter, "dead_letter"), error) }
}

/// Lends the list as JSON, one object and a line end for each dead letter, ended in NUL. It is made at the first call. A payload
/// that is not UTF-8 is {"$bin": base64}. `length` may be NULL.
///
/// Threads: any number at once. Ownership: the text lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_dead_letter_list_ndjson(
    list: *const seerflow_dead_letter_list,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and valid pointers.
    unsafe { list::ndjson(list, text, length, error) }
}

/// Destroys a list. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_dead_letter_list_destroy(list: *mut seerflow_dead_letter_list) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(list) }
}
