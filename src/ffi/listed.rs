//! The Rust side of `seerflow_list`: holds records of any kind, and converts them to C structs when they are read.

use std::any::Any;
use std::ffi::CString;

use once_cell::sync::OnceCell;
use serde::Serialize;

use super::call::{bound, seerflow_call};
use super::error::seerflow_error;
use super::event::{View, seerflow_event, unreadable};
use super::guard::call_for;
use super::handle::{self, Handle};
use super::list::{seerflow_kind, seerflow_list};
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

/// The records of a list, and its position in the whole result.
pub struct List {
    records: Box<dyn Records>,
    pub(super) total: Option<u64>,
    pub(super) next: Option<CString>,
    pub(super) last: Option<CString>,
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
pub(super) struct Events {
    pub(super) page: EventPage,
    /// Views of the blobs in `page`.
    pub(super) views: Vec<Handle<View>>,
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
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn kind(&self) -> seerflow_kind {
        self.records.kind()
    }

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

    pub(super) fn events(&self) -> Result<&Events> {
        let held = self.records.kind();
        let events = self.records.as_any().downcast_ref();
        events.ok_or_else(|| Error::invalid(format!("the list holds records of kind {held:?}, not Event")))
    }

    /// Returns the records as JSON: one object a line, and a NUL at the end.
    pub(super) fn ndjson(&self) -> Result<&[u8]> {
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
pub(crate) unsafe fn query<L: Into<List>>(
    store: *const seerflow_store,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
    run: impl FnOnce(&Engine, &Control) -> Result<L>,
) -> seerflow_status {
    // SAFETY: the caller upholds the contract.
    unsafe {
        call_for(store, Out::new(list, "list"), error, |store| {
            let records = run(store.engine()?, &bound(call)?)?;
            Ok(handle::make(records.into()))
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
        call_for(list, SizedOut::new(out, name), error, |list| {
            Ok(list.get::<T>(index)?.lend())
        })
    }
}
