//! Lists that calls answer with: how many records, a struct for each, and all of them as JSON.

use std::ffi::c_char;
use std::sync::OnceLock;

use serde::Serialize;

use super::bound;
use super::error::seerflow_error;
use super::guard::{call_on, value_of};
use super::handle::{self, Object};
use super::interrupt::seerflow_interrupt;
use super::out::Out;
use super::sized::{self, SizedOut};
use super::status::seerflow_status;
use super::store::seerflow_store;
use crate::codec::records;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::memory;
use crate::record::Control;

/// Records, and their JSON once somebody has asked for it.
#[derive(Debug)]
pub struct List<T> {
    records: Vec<T>,
    ndjson: OnceLock<Vec<u8>>,
}

impl<T> From<Vec<T>> for List<T> {
    fn from(records: Vec<T>) -> Self {
        Self {
            records,
            ndjson: OnceLock::new(),
        }
    }
}

impl<T: Serialize> List<T> {
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    pub(crate) fn get(&self, index: usize, what: &str) -> Result<&T> {
        self.records
            .get(index)
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no {what} {index}")))
    }

    /// The records as JSON, one a line, and a NUL.
    pub(crate) fn ndjson(&self) -> Result<&[u8]> {
        if let Some(text) = self.ndjson.get() {
            return Ok(text);
        }
        let mut text = Vec::new();
        records::encode(&self.records, &mut text)?;
        memory::reserve(&mut text, 1)?;
        text.push(0);
        Ok(self.ndjson.get_or_init(|| text))
    }
}

/// A C type whose handle is a list.
pub(crate) trait Listed: Object<Value = List<Self::Record>> {
    /// What it lists.
    type Record: Serialize + Send + Sync;
    /// How C sees one.
    type Struct: sized::Struct;
    /// What one is called in errors.
    const RECORD: &'static str;
    /// Makes C's view of a record; its texts are the record's.
    fn lend(record: &Self::Record) -> Self::Struct;
}

/// Asks a store and hands out the list that it answers with.
///
/// # Safety
/// As for [`call_on`]; `interrupt` is NULL or a live handle, `list` NULL or a place for a pointer.
pub(crate) unsafe fn answer<L: Listed>(
    store: *const seerflow_store,
    (timeout_ms, interrupt): (i64, *const seerflow_interrupt),
    list: *mut *mut L,
    error: *mut *mut seerflow_error,
    ask: impl FnOnce(&Engine, &Control) -> Result<Vec<L::Record>>,
) -> seerflow_status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::new(list, "list")?;
            let records = ask(store.engine()?, &bound(timeout_ms, interrupt)?)?;
            place.put(handle::make::<L>(records.into()));
            Ok(())
        })
    }
}

/// # Safety
/// As for [`handle::get`].
pub(crate) unsafe fn count<L: Listed>(list: *const L) -> usize {
    // SAFETY: the caller keeps the contract.
    unsafe { value_of(list, 0, List::len) }
}

/// # Safety
/// As for [`call_on`] and [`SizedOut::new`].
pub(crate) unsafe fn at<L: Listed>(
    list: *const L,
    index: usize,
    (out, name): (*mut L::Struct, &str),
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call_on(list, error, |list| {
            let place = SizedOut::new(out, name)?;
            place.put(L::lend(list.get(index, L::RECORD)?));
            Ok(())
        })
    }
}

/// # Safety
/// As for [`call_on`] and [`Out::new`].
pub(crate) unsafe fn ndjson<L: Listed>(
    list: *const L,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the caller keeps the contract.
    unsafe { call_on(list, error, |list| lend_ndjson(text, length, || list.ndjson())) }
}

/// Lends text that ends in NUL, and tells its length without it.
///
/// # Safety
/// As for [`Out::new`].
pub(crate) unsafe fn lend_ndjson<'t>(
    text: *mut *const c_char,
    length: *mut usize,
    make: impl FnOnce() -> Result<&'t [u8]>,
) -> Result<()> {
    // SAFETY: the caller keeps the contract.
    let (place, length) = unsafe { (Out::new(text, "text")?, Out::optional(length, "length")?) };
    let text = make()?;
    place.put(text.as_ptr().cast());
    if let Some(length) = length {
        length.put(text.len() - 1);
    }
    Ok(())
}
