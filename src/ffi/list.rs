//! `seerflow_list`: the result of every call that returns records. `listed` makes lists.

use std::ffi::{CString, c_char};
use std::ptr;

use super::error::seerflow_error;
use super::event::seerflow_event;
use super::guard::{call_on, destroy, value_of};
use super::handle::Object;
use super::listed::List;
use super::out::{Out, Place};
use super::status::seerflow_status;

/// The kind of a list's records. Numbers are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_kind {
    /// No kind: seerflow_list_kind returns it for NULL.
    None = 0,
    /// Events: seerflow_list_event_at.
    Event = 1,
    /// Alerts: seerflow_list_alert_at.
    Alert = 2,
    /// Templates: seerflow_list_template_at.
    Template = 3,
    /// Dead letters: seerflow_list_dead_letter_at.
    DeadLetter = 4,
    /// Verdicts on alerts: seerflow_list_feedback_at.
    Feedback = 5,
    /// Models: seerflow_list_model_at.
    Model = 6,
    /// State of Sigma rules: seerflow_list_sigma_rule_at.
    SigmaRule = 7,
    /// Edges between entities: seerflow_list_edge_at.
    Edge = 8,
    /// Entities with their type and value: seerflow_list_entity_at.
    Entity = 9,
    /// Values, and the number of records with each: seerflow_list_count_at.
    Count = 10,
    /// Time spans, and the number of records in each: seerflow_list_bucket_at.
    Bucket = 11,
    /// Outcomes of alerts that were written: seerflow_list_alert_result_at.
    AlertResult = 12,
    /// Patterns of true positives: seerflow_list_alert_pattern_at.
    AlertPattern = 13,
    /// Direct neighbours of an entity, with the relation: seerflow_list_related_at.
    Related = 14,
    /// Entities at a distance from another entity: seerflow_list_neighbour_at.
    Neighbour = 15,
    /// Values of a measure of the graph: seerflow_list_score_at.
    Score = 16,
    /// Findings of a check: seerflow_list_finding_at.
    Finding = 17,
    /// Records that a write rejected: seerflow_list_rejection_at.
    Rejection = 18,
    /// Matches of Sigma rules. They can only be written: seerflow_store_write_sigma_matches.
    SigmaMatches = 19,
}

/// A seerflow_kind passed from C, not yet validated.
pub type KindNumber = u32;

/// Records of one kind, returned by a call.
///
/// Any number of threads may read a list at the same time. A list does not depend on its store: it may outlive the
/// store, and a child process may read it after fork().
pub struct seerflow_list {
    _opaque: [u8; 0],
}

impl Object for seerflow_list {
    type Value = List;
    const NAME: &'static str = "seerflow_list";
    const MAGIC: [u8; 8] = *b"sf:list.";
}

/// Makes a handle of a page.
#[cfg(feature = "fault-injection")]
pub(crate) fn list_of(page: crate::record::EventPage) -> *mut seerflow_list {
    super::handle::make::<seerflow_list>(page.into())
}

/// Returns the number of records; 0 for NULL.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_count(list: *const seerflow_list) -> usize {
    // SAFETY: the header requires a live handle.
    unsafe { value_of(list, 0, |list| list.len()) }
}

/// Returns the kind of the records; SEERFLOW_KIND_NONE for NULL.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_kind(list: *const seerflow_list) -> seerflow_kind {
    // SAFETY: the header requires a live handle.
    unsafe { value_of(list, seerflow_kind::None, |list| list.kind()) }
}

/// Sets `*total` to the number of records that match the query on all pages.
///
/// Returns false, and leaves `*total` unchanged, if the query did not ask for the total (seerflow_query_set_total).
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_total(list: *const seerflow_list, total: *mut u64) -> bool {
    // SAFETY: the header requires a live handle and a valid pointer.
    unsafe {
        value_of(list, false, |list| match (list.total, Out::new(total, "total")) {
            (Some(number), Ok(total)) => {
                total.put(number);
                true
            }
            _ => false,
        })
    }
}

fn lend_cursor(cursor: Option<&CString>) -> *const c_char {
    cursor.map_or(ptr::null(), |token| token.as_ptr())
}

/// Returns the cursor of the next page, for seerflow_query_set_cursor.
///
/// The cursor is a text of any length. Returns NULL if there are no more records, or if the call does not return
/// pages. Lists of edges, dead letters and verdicts have a cursor unless they are empty: the page after the last
/// record is an empty list.
///
/// Threads: any number at once. Blocking: never. Ownership: the text belongs to the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_next_cursor(list: *const seerflow_list) -> *const c_char {
    // SAFETY: the header requires a live handle.
    unsafe { value_of(list, ptr::null(), |list| lend_cursor(list.next.as_ref())) }
}

/// Returns the cursor after the last event of the list, for querying later events.
///
/// Returns NULL for an empty list, and for records of another kind.
///
/// Threads: any number at once. Blocking: never. Ownership: the text belongs to the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_last_cursor(list: *const seerflow_list) -> *const c_char {
    // SAFETY: the header requires a live handle.
    unsafe { value_of(list, ptr::null(), |list| lend_cursor(list.last.as_ref())) }
}

/// Returns all records as JSON: one object and a line feed for each, and a NUL at the end.
///
/// The keys are the names of the members of the record's struct. The first call makes the text; later calls return
/// the same one. `*length` is set to the number of bytes without the NUL; `length` may be NULL.
///
/// Threads: any number at once. Blocking: never. Ownership: the text belongs to the list. Errors:
/// SEERFLOW_STATUS_CORRUPT if an event is damaged; SEERFLOW_STATUS_LIMIT if there is not enough memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_ndjson(
    list: *const seerflow_list,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle and valid pointers.
    unsafe {
        call_on(list, error, |list| {
            let (place, length) = (Out::new(text, "text")?, Out::optional(length, "length")?);
            let text = list.ndjson()?;
            place.put(text.as_ptr().cast());
            length.put(text.len() - 1);
            Ok(())
        })
    }
}

/// Returns the events of a list in their stored form: msgpack maps, one after the other.
///
/// `*data` is set to the first byte, `*length` to the number of bytes, and `*ends` to an array with the end offset of
/// each event. Each of the three pointers may be NULL.
///
/// Threads: any number at once. Blocking: never. Ownership: both arrays belong to the list. Errors:
/// SEERFLOW_STATUS_INVALID if the list does not hold events.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_msgpack(
    list: *const seerflow_list,
    data: *mut *const u8,
    length: *mut usize,
    ends: *mut *const usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle and NULL or valid pointers.
    unsafe {
        call_on(list, error, |list| {
            let (data, length) = (Out::optional(data, "data")?, Out::optional(length, "length")?);
            let ends = Out::optional(ends, "ends")?;
            let page = &list.events()?.page;
            data.put(page.data().as_ptr());
            length.put(page.data().len());
            ends.put(page.ends().as_ptr());
            Ok(())
        })
    }
}

/// Returns the event at `index` of a list. Indexes start at 0.
///
/// Returns NULL if `index` is past the last event, or if the list does not hold events.
///
/// Threads: any number at once. Blocking: never. Ownership: the event belongs to the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_event_at(
    list: *const seerflow_list,
    index: usize,
) -> *const seerflow_event {
    // SAFETY: the header requires a live handle.
    unsafe {
        value_of(list, ptr::null(), |list| {
            let event = list.events().ok().and_then(|events| events.views.get(index));
            event.map_or(ptr::null(), |event| ptr::from_ref(event).cast())
        })
    }
}

/// Destroys a list and its events. Does nothing for NULL.
///
/// Threads: no other call on the list may run. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_destroy(list: *mut seerflow_list) {
    // SAFETY: the header requires NULL, or a live handle that no other call uses.
    unsafe { destroy(list) }
}
