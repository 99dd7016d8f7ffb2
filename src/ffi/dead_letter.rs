//! Dead letters: records that could not become events.

use super::call::seerflow_call;
use super::error::seerflow_error;
use super::list::{self, List, Listed, seerflow_kind, seerflow_list};
use super::query::{self, seerflow_query};
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::seerflow_str;
use crate::record::{DeadLetter, DeadLetterCursor};

/// A record that could not become an event. Begin with its initialiser.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_dead_letter {
    /// sizeof(seerflow_dead_letter).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// Its number; later ones are larger.
    pub id: i64,
    /// When it arrived, in nanoseconds since 1970-01-01 UTC.
    pub received_ns: i64,
    /// The input's format: "lines", "ndjson", "msgpack", "otlp", "otlp-json", "fluent", "struct".
    pub format: seerflow_str,
    /// Why it was rejected.
    pub reason: seerflow_str,
    /// The record as it was given; empty for a struct.
    pub payload: seerflow_str,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_dead_letter {}

impl Listed for DeadLetter {
    type Struct = seerflow_dead_letter;
    const KIND: seerflow_kind = seerflow_kind::DeadLetter;
    const NAME: &'static str = "dead letter";

    fn lend(&self) -> seerflow_dead_letter {
        seerflow_dead_letter {
            struct_size: 0,
            reserved: 0,
            id: self.id,
            received_ns: self.received_ns,
            format: seerflow_str::lend(self.format.as_bytes()),
            reason: seerflow_str::lend(self.reason.as_bytes()),
            payload: seerflow_str::lend(&self.payload),
        }
    }
}

/// Lists dead letters, newest first. The query sets the limit and the cursor, and no filter.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_query_dead_letters(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        list::answer(store, call, list, error, |engine, control| {
            let (after, limit) = query::read(query)?.dead_letters()?;
            let letters = engine.dead_letters(after, limit, control)?;
            let next = letters
                .last()
                .map(|letter| DeadLetterCursor::from(letter).token());
            Ok(List::from(letters).continued(next, None))
        })
    }
}

/// Fills `out` with a dead letter of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
/// SEERFLOW_STATUS_INVALID for a list of another kind.
///
/// Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_dead_letter_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_dead_letter,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at::<DeadLetter>(list, index, (out, "out"), error) }
}
