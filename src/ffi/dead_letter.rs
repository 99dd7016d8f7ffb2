//! Dead letters: input records that could not be stored as events.

use super::call::seerflow_call;
use super::error::seerflow_error;
use super::list::{seerflow_kind, seerflow_list};
use super::listed::{self, List, Listed};
use super::query::{self, seerflow_query};
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::seerflow_str;
use crate::record::{DeadLetter, DeadLetterCursor};

/// A record that could not be stored as an event. Initialise it with SEERFLOW_DEAD_LETTER_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_dead_letter {
    /// sizeof(seerflow_dead_letter).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// Its row number. Later dead letters have larger numbers.
    pub id: i64,
    /// The time of the write, in nanoseconds since 1970-01-01 UTC.
    pub received_ns: i64,
    /// The format of the input: "lines", "ndjson", "msgpack", "otlp", "otlp-json", "fluent" or "struct".
    pub format: seerflow_str,
    /// The reason for the rejection.
    pub reason: seerflow_str,
    /// The bytes of the record. Empty if the record was a struct.
    pub payload: seerflow_str,
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
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

/// Lists dead letters, newest first.
///
/// The query may set the limit and the cursor; it must not set a filter.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy. Errors: SEERFLOW_STATUS_INVALID if the query sets a filter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_query_dead_letters(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
            let (after, limit) = query::read(query)?.dead_letters()?;
            let letters = engine.dead_letters()?.dead_letters(after, limit, control)?;
            let next = letters
                .last()
                .map(|letter| DeadLetterCursor::from(letter).token());
            Ok(List::from(letters).continued(next, None))
        })
    }
}

/// Copies the dead letter at `index` of a list to `out`. Indexes start at 0.
///
/// Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
/// NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
/// the list is not of kind SEERFLOW_KIND_DEAD_LETTER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_dead_letter_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_dead_letter,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
    unsafe { listed::at::<DeadLetter>(list, index, (out, "out"), error) }
}
