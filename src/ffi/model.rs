//! `seerflow_model`: named state of detection, any bytes.

use std::ffi::{c_char, c_void};

use super::bound;
use super::error::seerflow_error;
use super::guard::{call_on, destroy, value_of};
use super::handle::{self, Object};
use super::interrupt::seerflow_interrupt;
use super::list::{self, List, Listed};
use super::out::Out;
use super::sized;
use super::status::seerflow_status;
use super::store::{Store, seerflow_store};
use super::text::{bytes, optional_text, required_text, seerflow_str};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Model, ModelEntry, TIME_ABSENT};
use crate::store::sql::model::Expected;

/// A model as it was loaded: its bytes, and when it was saved.
///
/// A const model may be read by any number of threads at once. It belongs to no store: it may outlive its own.
///
/// Methods: seerflow_model_data, seerflow_model_updated_at, seerflow_model_destroy.
pub struct seerflow_model {
    _opaque: [u8; 0],
}

impl Object for seerflow_model {
    type Value = Model;
    const NAME: &'static str = "seerflow_model";
    const MAGIC: [u8; 8] = *b"sf:model";
}

/// The arguments that both ways of saving have.
struct Save {
    key: *const c_char,
    data: *const c_void,
    length: usize,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    saved_at_ns: *mut i64,
}

impl Save {
    /// # Safety
    /// The pointers are as the functions demand.
    unsafe fn run(self, store: &Store, expected: Expected) -> Result<()> {
        // SAFETY: the caller keeps the contract.
        unsafe {
            let place = Out::optional(self.saved_at_ns, "saved_at_ns")?;
            let key = required_text(self.key, "key")?;
            let data = bytes(self.data, self.length, "data")?;
            let control = bound(self.timeout_ms, self.interrupt)?;
            let time = store
                .engine()?
                .models()?
                .save_model(key, data, expected, &control)?;
            if let Some(place) = place {
                place.put(time);
            }
            Ok(())
        }
    }
}

/// Saves a model under a key, in place of what is there; committed when it returns. The key is 1 to 256 ASCII characters, the data
/// at most 64 MiB. `*saved_at_ns` gets the time under which it is saved, in nanoseconds since 1970-01-01 UTC: later than that of
/// the model before. `interrupt` and `saved_at_ns` may be NULL.
///
/// SEERFLOW_STATUS_LIMIT: the data is larger.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// data stays the caller's and is not copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_save_model(
    store: *const seerflow_store,
    key: *const c_char,
    data: *const c_void,
    length: usize,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    saved_at_ns: *mut i64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles, a NUL-terminated text, bytes as their length says, and NULL or valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let save = Save {
                key,
                data,
                length,
                timeout_ms,
                interrupt,
                saved_at_ns,
            };
            save.run(store, Expected::Anything)
        })
    }
}

/// Saves a model only if what is stored was saved at `expected_ns`, or, for SEERFLOW_TIME_ABSENT, if nothing is: of two writers
/// that loaded the same model one succeeds. All else is as for seerflow_store_save_model.
///
/// SEERFLOW_STATUS_CONFLICT: something else is stored; nothing is changed. Load it and try again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_swap_model(
    store: *const seerflow_store,
    key: *const c_char,
    data: *const c_void,
    length: usize,
    expected_ns: i64,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    saved_at_ns: *mut i64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles, a NUL-terminated text, bytes as their length says, and NULL or valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let save = Save {
                key,
                data,
                length,
                timeout_ms,
                interrupt,
                saved_at_ns,
            };
            let expected = match expected_ns {
                TIME_ABSENT => Expected::Nothing,
                time => Expected::SavedAt(time),
            };
            save.run(store, expected)
        })
    }
}

/// Loads a model. SEERFLOW_STATUS_NOT_FOUND if there is none. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_load_model(
    store: *const seerflow_store,
    key: *const c_char,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    model: *mut *mut seerflow_model,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles, a NUL-terminated text and valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::new(model, "model")?;
            let key = required_text(key, "key")?;
            let found = store
                .engine()?
                .models()?
                .load_model(key, &bound(timeout_ms, interrupt)?)?;
            let absent = || Error::new(ErrorKind::NotFound, format!("there is no model {key}"));
            place.put(handle::make(found.ok_or_else(absent)?));
            Ok(())
        })
    }
}

/// Lends a model's bytes. `length` may be NULL.
///
/// Ownership: the bytes live as long as the model. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_model_data(
    model: *const seerflow_model,
    data: *mut *const u8,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and valid pointers.
    unsafe {
        call_on(model, error, |model| {
            let (data, length) = (Out::new(data, "data")?, Out::optional(length, "length")?);
            data.put(model.data.as_ptr());
            if let Some(length) = length {
                length.put(model.data.len());
            }
            Ok(())
        })
    }
}

/// Returns when a model was saved, for seerflow_store_swap_model, in nanoseconds since 1970-01-01 UTC; SEERFLOW_TIME_ABSENT for
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_model_updated_at(model: *const seerflow_model) -> i64 {
    // SAFETY: the header demands a live handle.
    unsafe { value_of(model, TIME_ABSENT, |model| model.updated_at_ns) }
}

/// Destroys a model. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_model_destroy(model: *mut seerflow_model) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(model) }
}

/// Removes a model. `*deleted` gets 1, or 0 if there was none; it may be NULL. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_delete_model(
    store: *const seerflow_store,
    key: *const c_char,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    deleted: *mut u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles, a NUL-terminated text and NULL or valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::optional(deleted, "deleted")?;
            let key = required_text(key, "key")?;
            let deleted = store
                .engine()?
                .models()?
                .delete_model(key, &bound(timeout_ms, interrupt)?)?;
            if let Some(place) = place {
                place.put(deleted.into());
            }
            Ok(())
        })
    }
}

/// A model's key, size and time. Prepare it with SEERFLOW_PREPARE.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_model_entry {
    /// sizeof(seerflow_model_entry).
    pub struct_size: u32,
    /// Unused, 0.
    pub reserved: u32,
    /// Its key.
    pub key: seerflow_str,
    /// Size of its data, in bytes.
    pub bytes: u64,
    /// When it was saved, in nanoseconds since 1970-01-01 UTC.
    pub updated_at_ns: i64,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_model_entry {
    fn blank() -> Self {
        Self::default()
    }
}

/// Keys of models, their sizes and times, in the order of the keys.
///
/// A const list may be read by any number of threads at once.
///
/// Methods: seerflow_model_list_count, seerflow_model_list_at, seerflow_model_list_ndjson, seerflow_model_list_destroy.
pub struct seerflow_model_list {
    _opaque: [u8; 0],
}

impl Object for seerflow_model_list {
    type Value = List<ModelEntry>;
    const NAME: &'static str = "seerflow_model_list";
    const MAGIC: [u8; 8] = *b"sf:modls";
}

impl Listed for seerflow_model_list {
    type Record = ModelEntry;
    type Struct = seerflow_model_entry;
    const RECORD: &'static str = "model";

    fn lend(entry: &ModelEntry) -> seerflow_model_entry {
        seerflow_model_entry {
            struct_size: 0,
            reserved: 0,
            key: seerflow_str::lend(entry.key.as_bytes()),
            bytes: entry.bytes,
            updated_at_ns: entry.updated_at_ns,
        }
    }
}

/// Lists the models whose keys begin with `prefix`; all of them if it is NULL or "". `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_models(
    store: *const seerflow_store,
    prefix: *const c_char,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    list: *mut *mut seerflow_model_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        list::answer(store, (timeout_ms, interrupt), list, error, |engine, control| {
            let prefix = optional_text(prefix, "prefix")?.unwrap_or_default();
            engine.models()?.models(prefix, control)
        })
    }
}

/// Returns the number of models; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_model_list_count(list: *const seerflow_model_list) -> usize {
    // SAFETY: the header demands a live handle.
    unsafe { list::count(list) }
}

/// Tells a model, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
///
/// Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_model_list_at(
    list: *const seerflow_model_list,
    index: usize,
    entry: *mut seerflow_model_entry,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at(list, index, (entry, "entry"), error) }
}

/// Lends the list as JSON, one object and a line end for each model, ended in NUL. It is made at the first call. `length` may
/// be NULL.
///
/// Threads: any number at once. Ownership: the text lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_model_list_ndjson(
    list: *const seerflow_model_list,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and valid pointers.
    unsafe { list::ndjson(list, text, length, error) }
}

/// Destroys a list. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_model_list_destroy(list: *mut seerflow_model_list) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(list) }
}
