//! Models: named state of detection, any bytes.

use std::ffi::{c_char, c_void};

use serde::{Serialize, Serializer};

use super::call::{bound, seerflow_call};
use super::error::seerflow_error;
use super::guard::call_on;
use super::list::{self, Listed, seerflow_kind, seerflow_list};
use super::out::Out;
use super::query::{self, seerflow_query};
use super::sized;
use super::status::seerflow_status;
use super::store::{Store, seerflow_store};
use super::text::{bytes, required_text, seerflow_str};
use crate::error::{Error, ErrorKind, Result};
use crate::record::ExpectedModel;
use crate::record::{ModelEntry, TIME_ABSENT};

/// A model: named state of detection, any bytes. Begin with its initialiser.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_model {
    /// sizeof(seerflow_model).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// Its key.
    pub key: seerflow_str,
    /// Its data, as seerflow_store_load_model answers with it; `data` NULL in a list of models.
    pub data: seerflow_str,
    /// Size of its data, in bytes.
    pub bytes: u64,
    /// When it was saved, in nanoseconds since 1970-01-01 UTC: what seerflow_store_swap_model expects.
    pub updated_at_ns: i64,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_model {}

/// A model with its data, or without them in a list of models.
pub(crate) struct StoredModel {
    entry: ModelEntry,
    data: Option<Vec<u8>>,
}

impl Serialize for StoredModel {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        self.entry.serialize(serializer)
    }
}

impl Listed for StoredModel {
    type Struct = seerflow_model;
    const KIND: seerflow_kind = seerflow_kind::Model;
    const NAME: &'static str = "model";

    fn lend(&self) -> seerflow_model {
        seerflow_model {
            struct_size: 0,
            reserved: 0,
            key: seerflow_str::lend(self.entry.key.as_bytes()),
            data: self.data.as_deref().map(seerflow_str::lend).unwrap_or_default(),
            bytes: self.entry.bytes,
            updated_at_ns: self.entry.updated_at_ns,
        }
    }
}

/// The arguments that both ways of saving have.
struct Save {
    key: *const c_char,
    data: *const c_void,
    length: usize,
    call: *const seerflow_call,
    saved_at_ns: *mut i64,
}

impl Save {
    /// # Safety
    /// The pointers are as the functions demand.
    unsafe fn run(self, store: &Store, expected: ExpectedModel) -> Result<()> {
        // SAFETY: the caller keeps the contract.
        unsafe {
            let place = Out::optional(self.saved_at_ns, "saved_at_ns")?;
            let key = required_text(self.key, "key")?;
            let data = bytes(self.data, self.length, "data")?;
            let models = store.engine()?.models()?;
            let time = models.save_model(key, data, expected, &bound(self.call)?)?;
            if let Some(place) = place {
                place.put(time);
            }
            Ok(())
        }
    }
}

/// Saves a model under a key, in place of what is stored; committed when it returns. The key is 1 to 256 ASCII
/// characters, the data are at most 64 MiB. `*saved_at_ns` gets the time under which the model is saved, in
/// nanoseconds since 1970-01-01 UTC: later than that of the model before. It may be NULL.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the data stay the caller's and are not
/// copied. Errors: SEERFLOW_STATUS_LIMIT if the data are larger.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_save_model(
    store: *const seerflow_store,
    key: *const c_char,
    data: *const c_void,
    length: usize,
    call: *const seerflow_call,
    saved_at_ns: *mut i64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        call_on(store, error, |store| {
            let save = Save {
                key,
                data,
                length,
                call,
                saved_at_ns,
            };
            save.run(store, ExpectedModel::Any)
        })
    }
}

/// Saves a model only if the stored one was saved at `expected_ns`, or, for SEERFLOW_TIME_ABSENT, if none is stored:
/// of two writers that loaded the same model one succeeds.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the data stay the caller's and are not
/// copied. Errors: SEERFLOW_STATUS_CONFLICT if another model is stored, and nothing is changed: load it and try
/// again. All else is as for seerflow_store_save_model.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_swap_model(
    store: *const seerflow_store,
    key: *const c_char,
    data: *const c_void,
    length: usize,
    expected_ns: i64,
    call: *const seerflow_call,
    saved_at_ns: *mut i64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        call_on(store, error, |store| {
            let save = Save {
                key,
                data,
                length,
                call,
                saved_at_ns,
            };
            let expected = match expected_ns {
                TIME_ABSENT => ExpectedModel::Absent,
                time => ExpectedModel::SavedAt(time),
            };
            save.run(store, expected)
        })
    }
}

/// Loads a model with its data: a list of one. SEERFLOW_STATUS_NOT_FOUND if it is not stored.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_load_model(
    store: *const seerflow_store,
    key: *const c_char,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        list::answer(store, call, list, error, |engine, control| {
            let key = required_text(key, "key")?;
            let found = engine.models()?.load_model(key, control)?;
            let absent = || Error::new(ErrorKind::NotFound, format!("model {key} is not stored"));
            let model = found.ok_or_else(absent)?;
            let entry = ModelEntry {
                key: key.to_owned(),
                bytes: model.data.len() as u64,
                updated_at_ns: model.updated_at_ns,
            };
            Ok(vec![StoredModel {
                entry,
                data: Some(model.data),
            }])
        })
    }
}

/// Removes a model. `*deleted` gets 1, or 0 if it was not stored; it may be NULL.
///
/// Threads: any number at once. Blocking: bounded by `call`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_delete_model(
    store: *const seerflow_store,
    key: *const c_char,
    call: *const seerflow_call,
    deleted: *mut u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::optional(deleted, "deleted")?;
            let key = required_text(key, "key")?;
            let deleted = store.engine()?.models()?.delete_model(key, &bound(call)?)?;
            if let Some(place) = place {
                place.put(deleted.into());
            }
            Ok(())
        })
    }
}

/// Lists models without their data, in the order of their keys: those whose keys begin with
/// seerflow_query_set_key_prefix, or all. The query's limit has no effect.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_query_models(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        list::answer(store, call, list, error, |engine, control| {
            let query = query::read(query)?;
            let entries = engine.models()?.models(query.models()?, control)?;
            let model = |entry| StoredModel { entry, data: None };
            Ok(entries.into_iter().map(model).collect::<Vec<_>>())
        })
    }
}

/// Fills `out` with a model of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
/// SEERFLOW_STATUS_INVALID for a list of another kind.
///
/// Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_model_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_model,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at::<StoredModel>(list, index, (out, "out"), error) }
}
