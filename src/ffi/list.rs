//! `seerflow_list`: the result of every call that returns records.

use std::any::Any;
use std::ffi::{CString, c_char};
use std::ptr;

use once_cell::sync::OnceCell;
use serde::Serialize;

use super::call::{bound, seerflow_call};
use super::error::seerflow_error;
use super::event::{View, seerflow_event, unreadable};
use super::guard::{call_on, destroy, value_of};
use super::handle::{self, Handle, Object};
use super::out::Out;
use super::sized::{self, SizedOut};
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::c_string;
use crate::codec::{json, records};
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::memory;
use crate::record::{Control, EventPage};

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

/// The records of a list, and its position in the whole result.
pub struct List {
    records: Box<dyn Records>,
    total: Option<u64>,
    next: Option<CString>,
    last: Option<CString>,
    ndjson: OnceCell<Vec<u8>>,
}

/// A type of record that a list can hold.
pub(crate) trait Listed: Serialize + Send + Sync + Sized + 'static {
    /// The C struct of one record.
    type Struct: sized::Struct;
    const KIND: seerflow_kind;
    /// The name of one record in error messages.
    const NAME: &'static str;
    /// Converts a record to its C struct. The texts of the struct point into the record.
    fn lend(&self) -> Self::Struct;
}

/// The records of a list: a vector of one type, or a page of events.
trait Records: Send + Sync {
    fn kind(&self) -> seerflow_kind;
    fn len(&self) -> usize;
    fn append_ndjson(&self, out: &mut Vec<u8>) -> Result<()>;
    fn as_any(&self) -> &dyn Any;
}

impl<T: Listed> Records for Vec<T> {
    fn kind(&self) -> seerflow_kind {
        T::KIND
    }

    fn len(&self) -> usize {
        Vec::len(self)
    }

    fn append_ndjson(&self, out: &mut Vec<u8>) -> Result<()> {
        records::encode(self, out)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A page of events, and one handle for each event.
struct Events {
    page: EventPage,
    /// Views of the blobs in `page`.
    views: Vec<Handle<View>>,
}

impl Records for Events {
    fn kind(&self) -> seerflow_kind {
        seerflow_kind::Event
    }

    fn len(&self) -> usize {
        self.views.len()
    }

    fn append_ndjson(&self, out: &mut Vec<u8>) -> Result<()> {
        for (position, blob) in self.page.blobs().enumerate() {
            json::encode_blob(blob, out).map_err(|error| {
                unreadable(error.kind(), format!("event {position} of the list: {error}"))
            })?;
            out.push(b'\n');
        }
        Ok(())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl<T: Listed> From<Vec<T>> for List {
    fn from(records: Vec<T>) -> Self {
        Self {
            records: Box::new(records),
            total: None,
            next: None,
            last: None,
            ndjson: OnceCell::new(),
        }
    }
}

impl From<EventPage> for List {
    fn from(page: EventPage) -> Self {
        // SAFETY: the page does not move or change its blobs, and it lives as long as the views.
        let view = |blob| Handle::new::<seerflow_event>(unsafe { View::new(blob) });
        Self {
            total: page.total,
            next: page.next.map(|cursor| c_string(&cursor.token())),
            last: page.last.map(|cursor| c_string(&cursor.token())),
            ndjson: OnceCell::new(),
            records: Box::new(Events {
                views: page.blobs().map(view).collect(),
                page,
            }),
        }
    }
}

impl List {
    /// Sets the cursor of the next page and the total number of matching records.
    pub(crate) fn continued(mut self, next: Option<String>, total: Option<u64>) -> Self {
        self.next = next.map(|token| c_string(&token));
        self.total = total;
        self
    }

    fn get<T: Listed>(&self, index: usize) -> Result<&T> {
        let records = self.records.as_any().downcast_ref::<Vec<T>>();
        let records = records.ok_or_else(|| {
            let (held, asked) = (self.records.kind(), T::KIND);
            Error::invalid(format!("the list holds records of kind {held:?}, not {asked:?}"))
        })?;
        let absent = || {
            let (count, name) = (records.len(), T::NAME);
            Error::new(
                ErrorKind::NotFound,
                format!("{name} index {index} is out of range: the list has {count} records"),
            )
        };
        records.get(index).ok_or_else(absent)
    }

    fn events(&self) -> Result<&Events> {
        let held = self.records.kind();
        let events = self.records.as_any().downcast_ref();
        events.ok_or_else(|| Error::invalid(format!("the list holds records of kind {held:?}, not Event")))
    }

    /// Returns the records as JSON: one object a line, and a NUL at the end.
    fn ndjson(&self) -> Result<&[u8]> {
        if let Some(text) = self.ndjson.get() {
            return Ok(text);
        }
        let mut text = Vec::new();
        self.records.append_ndjson(&mut text)?;
        memory::reserve(&mut text, 1)?;
        text.push(0);
        Ok(self.ndjson.get_or_init(|| text))
    }
}

/// Runs a query on a store and returns its result as a list.
///
/// # Safety
/// As for [`call_on`] and [`bound`]; `list` is NULL, or a pointer can be written there.
pub(crate) unsafe fn answer<L: Into<List>>(
    store: *const seerflow_store,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
    query: impl FnOnce(&Engine, &Control) -> Result<L>,
) -> seerflow_status {
    // SAFETY: the caller upholds the contract.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::new(list, "list")?;
            let records = query(store.engine()?, &bound(call)?)?;
            place.put(handle::make(records.into()));
            Ok(())
        })
    }
}

/// Copies a record of a list to a C struct.
///
/// # Safety
/// As for [`call_on`] and [`SizedOut::new`].
pub(crate) unsafe fn at<T: Listed>(
    list: *const seerflow_list,
    index: usize,
    (out, name): (*mut T::Struct, &str),
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the caller upholds the contract.
    unsafe {
        call_on(list, error, |list| {
            let place = SizedOut::new(out, name)?;
            place.put(list.get::<T>(index)?.lend());
            Ok(())
        })
    }
}

/// Returns the number of records; 0 for NULL.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_count(list: *const seerflow_list) -> usize {
    // SAFETY: the header requires a live handle.
    unsafe { value_of(list, 0, |list| list.records.len()) }
}

/// Returns the kind of the records; SEERFLOW_KIND_NONE for NULL.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_kind(list: *const seerflow_list) -> seerflow_kind {
    // SAFETY: the header requires a live handle.
    unsafe { value_of(list, seerflow_kind::None, |list| list.records.kind()) }
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
            if let Some(length) = length {
                length.put(text.len() - 1);
            }
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
            if let Some(data) = data {
                data.put(page.data().as_ptr());
            }
            if let Some(length) = length {
                length.put(page.data().len());
            }
            if let Some(ends) = ends {
                ends.put(page.ends().as_ptr());
            }
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
