//! `seerflow_page`: the answer to a query.

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::OnceLock;

use super::error::seerflow_error;
use super::event::{View, seerflow_event, unreadable};
use super::guard::{call_on, destroy, value_of};
use super::handle::{Handle, Object};
use super::out::Out;
use super::status::seerflow_status;
use super::text::c_string;
use crate::codec::json;
use crate::error::{Error, Result};
use crate::memory;
use crate::record::EventPage;

/// A page of events.
///
/// A const page may be read by any number of threads at once. It belongs to no store: it may outlive its own, and a child
/// after fork() may read it.
///
/// Methods: seerflow_page_count, seerflow_page_event, seerflow_page_total, seerflow_page_next_cursor,
/// seerflow_page_last_cursor, seerflow_page_data, seerflow_page_ndjson, seerflow_page_destroy.
pub struct seerflow_page {
    _opaque: [u8; 0],
}

/// What is behind the handle.
pub struct Page {
    page: EventPage,
    /// Views into `page`, each a handle of its own.
    events: Vec<Handle<View>>,
    next: Option<CString>,
    last: Option<CString>,
    ndjson: OnceLock<Vec<u8>>,
}

impl Object for seerflow_page {
    type Value = Page;
    const NAME: &'static str = "seerflow_page";
    const MAGIC: [u8; 8] = *b"sf:page.";
}

impl Page {
    pub(crate) fn new(page: EventPage) -> Self {
        // SAFETY: the page keeps the blobs where they are, and lives as long as the views.
        let events = page
            .blobs()
            .map(|blob| Handle::new::<seerflow_event>(unsafe { View::new(blob) }))
            .collect();
        let next = page.next.map(|cursor| c_string(&cursor.token()));
        let last = page.last.map(|cursor| c_string(&cursor.token()));
        Self {
            page,
            events,
            next,
            last,
            ndjson: OnceLock::new(),
        }
    }

    fn ndjson(&self) -> Result<&[u8]> {
        if let Some(text) = self.ndjson.get() {
            return Ok(text);
        }
        let mut text = Vec::new();
        for (position, blob) in self.page.blobs().enumerate() {
            json::encode_blob(blob, &mut text).map_err(|error| damaged(&error, position))?;
            text.push(b'\n');
        }
        memory::reserve(&mut text, 1)?;
        text.push(0);
        Ok(self.ndjson.get_or_init(|| text))
    }
}

fn damaged(error: &Error, position: usize) -> Error {
    unreadable(error.kind(), format!("event {position} of the page: {error}"))
}

/// Returns the number of events; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_page_count(page: *const seerflow_page) -> usize {
    // SAFETY: the header demands a live handle.
    unsafe { value_of(page, 0, |page| page.events.len()) }
}

/// Returns an event, by a number from 0; NULL behind the last one.
///
/// Ownership: the event is the page's and lives as long as it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_page_event(
    page: *const seerflow_page,
    index: usize,
) -> *const seerflow_event {
    // SAFETY: the header demands a live handle.
    unsafe {
        value_of(page, ptr::null(), |page| {
            page.events
                .get(index)
                .map_or(ptr::null(), |event| ptr::from_ref(event).cast())
        })
    }
}

/// Tells how many events match in all; returns false, and writes nothing, if the query did not ask for it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_page_total(page: *const seerflow_page, total: *mut u64) -> bool {
    // SAFETY: the header demands a live handle and a valid pointer.
    unsafe {
        value_of(page, false, |page| {
            match (page.page.total, Out::new(total, "total")) {
                (Some(number), Ok(total)) => {
                    total.put(number);
                    true
                }
                _ => false,
            }
        })
    }
}

/// Returns where the next page begins, for seerflow_query_set_cursor; NULL if this page was the last.
///
/// Ownership: the text lives as long as the page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_page_next_cursor(page: *const seerflow_page) -> *const c_char {
    // SAFETY: the header demands a live handle.
    unsafe {
        value_of(page, ptr::null(), |page| {
            page.next.as_ref().map_or(ptr::null(), |token| token.as_ptr())
        })
    }
}

/// Returns the place of the page's last event, for asking later what came after it; NULL for an empty page.
///
/// Ownership: the text lives as long as the page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_page_last_cursor(page: *const seerflow_page) -> *const c_char {
    // SAFETY: the header demands a live handle.
    unsafe {
        value_of(page, ptr::null(), |page| {
            page.last.as_ref().map_or(ptr::null(), |token| token.as_ptr())
        })
    }
}

/// Lends the page as one buffer: the events' msgpack maps one after the other, and for each of the `*count` events the
/// offset one past its last byte. Each of the four may be NULL.
///
/// Ownership: both arrays live as long as the page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_page_data(
    page: *const seerflow_page,
    data: *mut *const u8,
    length: *mut usize,
    ends: *mut *const usize,
    count: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and NULL or valid pointers.
    unsafe {
        call_on(page, error, |page| {
            let (data, length) = (Out::optional(data, "data")?, Out::optional(length, "length")?);
            let (ends, count) = (Out::optional(ends, "ends")?, Out::optional(count, "count")?);
            if let Some(data) = data {
                data.put(page.page.data().as_ptr());
            }
            if let Some(length) = length {
                length.put(page.page.data().len());
            }
            if let Some(ends) = ends {
                ends.put(page.page.ends().as_ptr());
            }
            if let Some(count) = count {
                count.put(page.page.len());
            }
            Ok(())
        })
    }
}

/// Lends the page as JSON, one object and a line end for each event, ended in NUL. It is made at the first call.
///
/// Threads: any number at once. Ownership: the text lives as long as the page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_page_ndjson(
    page: *const seerflow_page,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and valid pointers.
    unsafe {
        call_on(page, error, |page| {
            let (place, length) = (Out::new(text, "text")?, Out::optional(length, "length")?);
            let text = page.ndjson()?;
            place.put(text.as_ptr().cast());
            if let Some(length) = length {
                length.put(text.len() - 1);
            }
            Ok(())
        })
    }
}

/// Destroys a page, and with it its events. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_page_destroy(page: *mut seerflow_page) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(page) }
}
