//! Dead letters: records that could not become events.

use super::control;
use super::error::seerflow_error;
use super::guard::{call_on, destroy, value_of};
use super::handle::{self, Object};
use super::interrupt::{self, seerflow_interrupt};
use super::out::Out;
use super::sized::{self, SizedOut};
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::seerflow_str;
use crate::error::{Error, ErrorKind};
use crate::record::DeadLetter;

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
    /// The input's format: "lines", "ndjson", "msgpack", "struct".
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
/// Methods: seerflow_dead_letter_list_count, seerflow_dead_letter_list_at, seerflow_dead_letter_list_destroy.
pub struct seerflow_dead_letter_list {
    _opaque: [u8; 0],
}

impl Object for seerflow_dead_letter_list {
    type Value = Vec<DeadLetter>;
    const NAME: &'static str = "seerflow_dead_letter_list";
    const MAGIC: [u8; 8] = *b"sf:deads";
}

/// Lists dead letters with numbers below `before_id`, newest first, at most `limit` of them. INT64_MAX begins with the newest;
/// the last one's number goes on. `interrupt` may be NULL.
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
        call_on(store, error, |store| {
            let place = Out::new(list, "list")?;
            let control = control(timeout_ms, interrupt::share(interrupt)?);
            place.put(handle::make(
                store.engine()?.dead_letters(before_id, limit, &control)?,
            ));
            Ok(())
        })
    }
}

/// Returns the number of dead letters in the list; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_dead_letter_list_count(list: *const seerflow_dead_letter_list) -> usize {
    // SAFETY: the header demands a live handle.
    unsafe { value_of(list, 0, Vec::len) }
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
    unsafe {
        call_on(list, error, |list| {
            let place = SizedOut::new(dead_letter, "dead_letter")?;
            let absent = || Error::new(ErrorKind::NotFound, format!("there is no dead letter {index}"));
            let letter = list.get(index).ok_or_else(absent)?;
            place.put(seerflow_dead_letter {
                struct_size: 0,
                reserved: 0,
                id: letter.id,
                received_ns: letter.received_ns,
                format: seerflow_str::lend(letter.format.as_bytes()),
                reason: seerflow_str::lend(letter.reason.as_bytes()),
                payload: seerflow_str::lend(&letter.payload),
            });
            Ok(())
        })
    }
}

/// Destroys a list. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_dead_letter_list_destroy(list: *mut seerflow_dead_letter_list) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(list) }
}
