//! `seerflow_store`: the handle through which records are written and read.

use std::ffi::{CString, c_char};
use std::mem::ManuallyDrop;
use std::time::Duration;

use super::call::{bound, seerflow_call};
use super::config::seerflow_config;
use super::error::seerflow_error;
use super::guard::{call_for, call_on, destroy, release_on, value_of};
use super::handle::{self, Object};
use super::lock;
use super::out::{Out, Place};
use super::status::seerflow_status;
use super::text::c_string;
use crate::config::Config;
use crate::engine::{Engine, SharedEngine};
use crate::error::{Error, ErrorKind, Result};
use crate::log::Logger;
use crate::record::Control;

/// The longest time that destroying a store spends on committing the queue, if the store was not closed.
const DESTROY_PATIENCE: Duration = Duration::from_secs(5);

/// A store: the connection to a database of events and other records.
///
/// Any number of threads may use one store at the same time; one store for each process is enough. If a process used
/// a store and then calls fork(), the child can only destroy that store.
pub struct seerflow_store {
    _opaque: [u8; 0],
}

/// The value of the handle.
#[derive(Debug)]
pub struct Store {
    engine: ManuallyDrop<SharedEngine>,
    path: CString,
}

impl Object for seerflow_store {
    type Value = Store;
    const NAME: &'static str = "seerflow_store";
    const MAGIC: [u8; 8] = *b"sf:store";
}

impl Store {
    /// Borrows the engine. Fails in a forked child, where a lock that a thread of the parent held is never released.
    pub(crate) fn engine(&self) -> Result<&Engine> {
        let engine = self.share()?;
        if engine.is_closed() {
            return Err(Error::new(ErrorKind::Closed, "the store is closed"));
        }
        Ok(engine)
    }

    /// Borrows the engine, which may be closed.
    pub(crate) fn share(&self) -> Result<&SharedEngine> {
        if self.engine.is_forked() {
            return Err(Error::new(
                ErrorKind::Forked,
                "the store was used before fork(): call fork() before the first use, or exec() after fork()",
            ));
        }
        Ok(&self.engine)
    }
}

impl From<SharedEngine> for Store {
    fn from(engine: SharedEngine) -> Self {
        let path = c_string(&engine.location());
        Self {
            engine: ManuallyDrop::new(engine),
            path,
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // In a forked child the threads, locks and files belong to the parent, so the engine is leaked.
        if let Ok(engine) = self.share() {
            let _ = engine.close(&Control::within(DESTROY_PATIENCE));
            // SAFETY: the store is being dropped, so the engine is not used again.
            unsafe { ManuallyDrop::drop(&mut self.engine) }
        }
    }
}

/// Creates a store from a configuration. No file is opened and no server is contacted.
///
/// seerflow_store_open opens the database, and so does the first other call; the store's threads start then. Relative
/// paths in the configuration become absolute now.
///
/// Reading does not change the database. A missing or empty database reads as an empty one and is not created; a
/// database that Seerflow created is not adopted. The first write creates or adopts it.
///
/// Threads: any. Blocking: never. Ownership: the caller closes the store and destroys it; the configuration is
/// copied. Fork: a child may use a store that the parent did not use. Errors: SEERFLOW_STATUS_CONFIG for options that
/// contradict each other; SEERFLOW_STATUS_UNSUPPORTED for a back end that this build does not contain.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_new(
    config: *const seerflow_config,
    store: *mut *mut seerflow_store,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle and NULL or valid pointers.
    unsafe { create(config, store, error, SharedEngine::exclusive) }
}

/// Returns a handle to the store that this process shares for a database, and creates that store if necessary.
///
/// All handles that this function returns for the same database (the same absolute path of a file, or the same
/// connection string and schema) are handles to one store, with one queue, one writer and one set of counters. The
/// options of all these configurations must be equal. No file is opened and no server is contacted.
///
/// Closing a handle affects only that handle, until the last one closes the store: events that the other handles
/// wrote stay in the queue and are committed. The log callback of the oldest handle that is not destroyed receives the
/// log records.
///
/// Threads: any number at once. Blocking: never. Ownership and fork: as for seerflow_store_new. Errors: those of
/// seerflow_store_new; SEERFLOW_STATUS_CONFIG if an option differs from that of the shared store: the message names
/// the option; SEERFLOW_STATUS_FORKED in a child of a process that used a store.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_shared(
    config: *const seerflow_config,
    store: *mut *mut seerflow_store,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle and NULL or valid pointers.
    unsafe { create(config, store, error, SharedEngine::open) }
}

/// Creates a store.
///
/// # Safety
/// `config` is a live handle; the other pointers are NULL or valid.
unsafe fn create(
    config: *const seerflow_config,
    store: *mut *mut seerflow_store,
    error: *mut *mut seerflow_error,
    open: fn(&Config, Logger) -> Result<SharedEngine>,
) -> seerflow_status {
    // SAFETY: the caller upholds the contract.
    unsafe {
        call_for(config, Out::new(store, "store"), error, |settings| {
            let settings = lock(settings);
            let engine = open(&settings.config, settings.logger.clone())?;
            Ok(handle::make(Store::from(engine)))
        })
    }
}

/// Opens the database for writing now, instead of at the first write.
///
/// Creates the directory and the tables if they are missing, and adopts a database that Seerflow created. A read-only
/// file, or a database with storage.read_only, is opened for reading. If this function is not called, the first other
/// call opens the database, within its own deadline.
///
/// Threads: any number at once. Blocking: bounded by `call`. Errors: after SEERFLOW_STATUS_TIMEOUT or
/// SEERFLOW_STATUS_INTERRUPTED the opening continues in the background; a later call waits for it.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_open(
    store: *const seerflow_store,
    call: *const seerflow_call,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a call whose `struct_size` is set.
    unsafe { call_on(store, error, |store| store.engine()?.start(&bound(call)?)) }
}

/// Returns the location of the database: the absolute path of its file, or the server without a password.
///
/// Returns "" for NULL.
///
/// Threads: any number at once. Blocking: never. Ownership: the text belongs to the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_path(store: *const seerflow_store) -> *const c_char {
    // SAFETY: the header requires a live handle.
    unsafe { value_of(store, c"".as_ptr(), |store| store.path.as_ptr()) }
}

/// Waits until all events are committed that any thread had written before this call.
///
/// Threads: any number at once. Blocking: bounded by `call`. Errors: SEERFLOW_STATUS_TIMEOUT leaves the events in the
/// queue; if commits currently fail, the message says why.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_flush(
    store: *const seerflow_store,
    call: *const seerflow_call,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and a call whose `struct_size` is set.
    unsafe { call_on(store, error, |store| store.engine()?.flush(&bound(call)?)) }
}

/// Closes a store: commits the queue until the deadline, stops all threads and closes all files.
///
/// `*lost` is set to the number of accepted records that were not stored, including records whose COMMIT was not
/// confirmed. It is 0 with SEERFLOW_STATUS_OK. `lost` may be NULL.
///
/// Running calls end with SEERFLOW_STATUS_CLOSED, and later calls return it. Closing a closed store does nothing. The
/// store must still be destroyed. While a shared store has other handles, closing one of them returns at once; events
/// stay in the queue.
///
/// Threads: any. Blocking: bounded by `call`, and by the transaction that is being committed. Errors:
/// SEERFLOW_STATUS_LOST if accepted records could not be stored; the store is closed nevertheless.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_close(
    store: *const seerflow_store,
    call: *const seerflow_call,
    lost: *mut u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle and NULL or valid pointers.
    unsafe {
        release_on(store, error, |store| {
            let place = Out::optional(lost, "lost")?;
            let lost = store.share()?.close(&bound(call)?)?;
            place.put(lost);
            if lost > 0 {
                return Err(Error::new(
                    ErrorKind::Lost,
                    format!("the store is closed, but {lost} accepted records were not stored"),
                ));
            }
            Ok(())
        })
    }
}

/// Destroys a store. Does nothing for NULL.
///
/// A store that was not closed is closed first, with a deadline of five seconds. Records that could not be stored by
/// then are lost without an error.
///
/// Threads: no other call on the store may run. Blocking: up to the deadline, if the store was not closed. Fork: in a
/// child of the process that used the store, only memory is released.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_destroy(store: *mut seerflow_store) {
    // SAFETY: the header requires NULL, or a live handle that no other call uses.
    unsafe { destroy(store) }
}
