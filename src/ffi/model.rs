//! Models: the saved state of detectors, any bytes under a name.

use std::ffi::{c_char, c_void};

use serde::Serialize;

use super::call::{bound, seerflow_call};
use super::error::seerflow_error;
use super::guard::call_for;
use super::list::{seerflow_kind, seerflow_list};
use super::listed::{self, Listed};
use super::out::Out;
use super::query::{self, seerflow_query};
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{bytes, required_text, seerflow_str};
use crate::error::{Error, ErrorKind};
use crate::record::{ExpectedModel, ModelEntry, TIME_ABSENT};

/// A model: the saved state of a detector, any bytes under a key. Initialise it with SEERFLOW_MODEL_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_model {
    /// sizeof(seerflow_model).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// The key of the model.
    pub key: seerflow_str,
    /// The data. Only seerflow_store_load_model returns them; in other lists `data` is NULL.
    pub data: seerflow_str,
    /// The size of the data, in bytes.
    pub bytes: u64,
    /// The time at which the model was saved, in nanoseconds since 1970-01-01 UTC. Pass it to
    /// seerflow_store_swap_model.
    pub updated_at_ns: i64,
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
unsafe impl sized::Struct for seerflow_model {}

/// A model, with its data if it was loaded. JSON leaves the data out.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct StoredModel {
    entry: ModelEntry,
    #[serde(skip)]
    data: Option<Vec<u8>>,
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

/// Saves a model under a key, replacing a stored one. It is committed when the function returns.
///
/// The key has 1 to 256 ASCII characters. The data may have up to 64 MiB. `*saved_at_ns` is set to the time of the
/// save, in nanoseconds since 1970-01-01 UTC; it is always later than that of the replaced model. `saved_at_ns` may
/// be NULL.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the data remain the caller's; they are not
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
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        call_for(store, Out::optional(saved_at_ns, "saved_at_ns"), error, |store| {
            let (key, data) = (required_text(key, "key")?, bytes(data, length, "data")?);
            let models = store.engine()?.models()?;
            models.save_model(key, data, ExpectedModel::Any, &bound(call)?)
        })
    }
}

/// Saves a model only if the stored one was saved at `expected_ns` (compare and swap).
///
/// SEERFLOW_TIME_ABSENT means: save it only if no model with this key is stored. Of two writers that loaded the same
/// model, only one succeeds. Otherwise the function works as seerflow_store_save_model.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the data remain the caller's; they are not
/// copied. Errors: SEERFLOW_STATUS_CONFLICT if the stored model is another one. Nothing is changed then; load the
/// model and try again.
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
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        call_for(store, Out::optional(saved_at_ns, "saved_at_ns"), error, |store| {
            let (key, data) = (required_text(key, "key")?, bytes(data, length, "data")?);
            let expected = match expected_ns {
                TIME_ABSENT => ExpectedModel::Absent,
                time => ExpectedModel::SavedAt(time),
            };
            let models = store.engine()?.models()?;
            models.save_model(key, data, expected, &bound(call)?)
        })
    }
}

/// Returns a model with its data, as a list of one record.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy. Errors: SEERFLOW_STATUS_NOT_FOUND if no model with this key is stored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_load_model(
    store: *const seerflow_store,
    key: *const c_char,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
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

/// Deletes a model. It is not an error if the model is not stored.
///
/// `*deleted` is set to 1, or to 0 if the model was not stored. It may be NULL.
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
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        call_for(store, Out::optional(deleted, "deleted"), error, |store| {
            let key = required_text(key, "key")?;
            let deleted = store.engine()?.models()?.delete_model(key, &bound(call)?)?;
            Ok(deleted.into())
        })
    }
}

/// Lists models without their data, in the order of their keys.
///
/// seerflow_query_set_key_prefix selects models by the start of their keys. The query's limit has no effect.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_query_models(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
            let query = query::read(query)?;
            let entries = engine.models()?.models(query.models()?, control)?;
            let model = |entry| StoredModel { entry, data: None };
            Ok(entries.into_iter().map(model).collect::<Vec<_>>())
        })
    }
}

/// Copies the model at `index` of a list to `out`. Indexes start at 0.
///
/// Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
/// NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
/// the list is not of kind SEERFLOW_KIND_MODEL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_model_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_model,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
    unsafe { listed::at::<StoredModel>(list, index, (out, "out"), error) }
}
