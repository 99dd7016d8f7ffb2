//! `seerflow_list`: the answer of every call that returns records.

use std::any::Any;
use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::OnceLock;

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

/// A kind of record. Numbers are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_kind {
    /// No record: the kind of a list that is NULL.
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
    /// Entities with their names: seerflow_list_entity_at.
    Entity = 9,
    /// Values and how many records have each: seerflow_list_count_at.
    Count = 10,
    /// Stretches of time and how many records are in each: seerflow_list_bucket_at.
    Bucket = 11,
    /// What became of alerts that were written: seerflow_list_alert_result_at.
    AlertResult = 12,
    /// Patterns of true positives: seerflow_list_alert_pattern_at.
    AlertPattern = 13,
    /// Neighbours of an entity, with the relation: seerflow_list_related_at.
    Related = 14,
    /// Entities at a distance from another one: seerflow_list_neighbour_at.
    Neighbour = 15,
    /// Scores of entities: seerflow_list_score_at.
    Score = 16,
    /// Findings of a check: seerflow_list_finding_at.
    Finding = 17,
    /// Records that a write rejected: seerflow_list_rejection_at.
    Rejection = 18,
    /// Matches of Sigma rules, which are only written: seerflow_store_write_sigma_matches.
    SigmaMatches = 19,
}

/// A kind in an argument: not yet checked.
pub type KindNumber = u32;

/// Records that a call returned, of one kind.
///
/// A const list may be read by any number of threads at once. It does not depend on the store: it may outlive it, and a child
/// after fork() may read it.
///
/// Methods: seerflow_list_count, seerflow_list_kind, seerflow_list_total, seerflow_list_next_cursor,
/// seerflow_list_last_cursor, seerflow_list_ndjson, seerflow_list_msgpack, seerflow_list_destroy, and for each kind of record
/// its function that ends in `_at`.
pub struct seerflow_list {
    _opaque: [u8; 0],
}

impl Object for seerflow_list {
    type Value = List;
    const NAME: &'static str = "seerflow_list";
    const MAGIC: [u8; 8] = *b"sf:list.";
}

/// The records of a list, and its place in the whole answer.
pub struct List {
    records: Box<dyn Records>,
    total: Option<u64>,
    next: Option<CString>,
    last: Option<CString>,
    ndjson: OnceLock<Vec<u8>>,
}

/// A record that a list can hold.
pub(crate) trait Listed: Serialize + Send + Sync + Sized + 'static {
    /// How C sees one.
    type Struct: sized::Struct;
    const KIND: seerflow_kind;
    /// What one is called in errors.
    const NAME: &'static str;
    /// Makes C's view of a record; its texts are the record's.
    fn lend(&self) -> Self::Struct;
}

/// Records of one kind.
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

/// A page of events, and a handle for each of its events.
struct Events {
    page: EventPage,
    /// Views into `page`.
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
            ndjson: OnceLock::new(),
        }
    }
}

impl From<EventPage> for List {
    fn from(page: EventPage) -> Self {
        // SAFETY: the page keeps the blobs where they are, and lives as long as the views.
        let view = |blob| Handle::new::<seerflow_event>(unsafe { View::new(blob) });
        Self {
            total: page.total,
            next: page.next.map(|cursor| c_string(&cursor.token())),
            last: page.last.map(|cursor| c_string(&cursor.token())),
            ndjson: OnceLock::new(),
            records: Box::new(Events {
                views: page.blobs().map(view).collect(),
                page,
            }),
        }
    }
}

impl List {
    /// Says where the next page begins, and how many records match in all.
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
                format!("there are {count} records, no {name} {index}"),
            )
        };
        records.get(index).ok_or_else(absent)
    }

    fn events(&self) -> Result<&Events> {
        let held = self.records.kind();
        let events = self.records.as_any().downcast_ref();
        events.ok_or_else(|| Error::invalid(format!("the list holds records of kind {held:?}, not Event")))
    }

    /// Returns the records as JSON, one a line, and a NUL.
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

/// Asks a store and hands out the list that it answers with.
///
/// # Safety
/// As for [`call_on`] and [`bound`]; `list` is NULL or a place for a pointer.
pub(crate) unsafe fn answer<L: Into<List>>(
    store: *const seerflow_store,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
    ask: impl FnOnce(&Engine, &Control) -> Result<L>,
) -> seerflow_status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::new(list, "list")?;
            let records = ask(store.engine()?, &bound(call)?)?;
            place.put(handle::make(records.into()));
            Ok(())
        })
    }
}

/// Fills a struct with a record.
///
/// # Safety
/// As for [`call_on`] and [`SizedOut::new`].
pub(crate) unsafe fn at<T: Listed>(
    list: *const seerflow_list,
    index: usize,
    (out, name): (*mut T::Struct, &str),
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the caller keeps the contract.
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
    // SAFETY: the header demands a live handle.
    unsafe { value_of(list, 0, |list| list.records.len()) }
}

/// Returns the kind of the records; SEERFLOW_KIND_NONE for NULL.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_kind(list: *const seerflow_list) -> seerflow_kind {
    // SAFETY: the header demands a live handle.
    unsafe { value_of(list, seerflow_kind::None, |list| list.records.kind()) }
}

/// Writes to `*total` how many records match in all. Returns false, and writes nothing, if the query did not ask for it
/// (seerflow_query_set_total).
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_total(list: *const seerflow_list, total: *mut u64) -> bool {
    // SAFETY: the header demands a live handle and a valid pointer.
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

/// Returns where the next page begins, for seerflow_query_set_cursor: a text of any length. Returns NULL if there are no further records, or if the
/// call does not answer by pages.
///
/// Edges, dead letters and verdicts have a cursor after every page that is not empty; the page after their last record is
/// empty.
///
/// Threads: any number at once. Blocking: never. Ownership: the text lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_next_cursor(list: *const seerflow_list) -> *const c_char {
    // SAFETY: the header demands a live handle.
    unsafe { value_of(list, ptr::null(), |list| lend_cursor(list.next.as_ref())) }
}

/// Returns the place of the last event of the list, for asking later for events that came after it. Returns NULL for an empty
/// list and for records of another kind.
///
/// Threads: any number at once. Blocking: never. Ownership: the text lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_last_cursor(list: *const seerflow_list) -> *const c_char {
    // SAFETY: the header demands a live handle.
    unsafe { value_of(list, ptr::null(), |list| lend_cursor(list.last.as_ref())) }
}

/// Lends all records as JSON: one object and a line feed for each, and a NUL after the last. The names are those of the
/// record's struct. The text is made at the first call. `length`, the number of bytes without the NUL, may be NULL.
///
/// Threads: any number at once. Blocking: never. Ownership: the text lives as long as the list. Errors: SEERFLOW_STATUS_CORRUPT if an event is
/// damaged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_ndjson(
    list: *const seerflow_list,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and valid pointers.
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

/// Lends a list of events in the form in which they are stored: `*data` gets their msgpack maps one after the other, `*length` the
/// number of bytes, `*ends` for each event the offset one past its last byte. Any of the three may be NULL.
///
/// Threads: any number at once. Blocking: never. Ownership: both arrays live as long as the list. Errors: SEERFLOW_STATUS_INVALID for a list of
/// another kind.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_msgpack(
    list: *const seerflow_list,
    data: *mut *const u8,
    length: *mut usize,
    ends: *mut *const usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and NULL or valid pointers.
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

/// Returns an event of a list, by its number from 0; NULL past the last one, and for a list of another kind.
///
/// Threads: any number at once. Blocking: never. Ownership: the event lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_event_at(
    list: *const seerflow_list,
    index: usize,
) -> *const seerflow_event {
    // SAFETY: the header demands a live handle.
    unsafe {
        value_of(list, ptr::null(), |list| {
            let event = list.events().ok().and_then(|events| events.views.get(index));
            event.map_or(ptr::null(), |event| ptr::from_ref(event).cast())
        })
    }
}

/// Destroys a list, and with it its events. NULL is fine.
///
/// Threads: no other call on the list may run. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_destroy(list: *mut seerflow_list) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(list) }
}
