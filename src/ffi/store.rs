//! `seerflow_store`: the handle that everything is written to and read from.

use std::ffi::{CString, c_char};
use std::mem::ManuallyDrop;
use std::time::Duration;

use super::call::{bound, seerflow_call};
use super::config::seerflow_config;
use super::error::seerflow_error;
use super::guard::{call_on, destroy, release_on, value_of};
use super::handle::{self, Object};
use super::lock;
use super::out::Out;
use super::sized::{self, SizedOut};
use super::status::seerflow_status;
use super::text::{Buffer, c_string};
use crate::engine::{Engine, Health};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Durability};

/// How long a destroyed store that was not closed tries to store what waits.
const DESTROY_PATIENCE: Duration = Duration::from_secs(5);

/// A store: where events and all other records are written to and read from. Any number of threads may use one at once; one
/// for each process is enough.
///
/// After fork() the child can only destroy the parent's store, if the parent used it before.
///
/// Methods: seerflow_store_new and every function whose name begins with `seerflow_store_`.
pub struct seerflow_store {
    _opaque: [u8; 0],
}

/// What is behind the handle.
#[derive(Debug)]
pub struct Store {
    engine: ManuallyDrop<Engine>,
    path: CString,
}

impl Object for seerflow_store {
    type Value = Store;
    const NAME: &'static str = "seerflow_store";
    const MAGIC: [u8; 8] = *b"sf:store";
}

impl Store {
    /// Borrows the engine, if this is the process to which it belongs: elsewhere its locks may never be released.
    pub(crate) fn engine(&self) -> Result<&Engine> {
        if self.engine.is_forked() {
            return Err(Error::new(
                ErrorKind::Forked,
                "the store was used before fork(): fork before the first use, or exec() after the fork",
            ));
        }
        Ok(&self.engine)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // In a forked child threads, locks and files are the parent's: what is left is left.
        if let Ok(engine) = self.engine() {
            let _ = engine.close(&Control::within(DESTROY_PATIENCE));
            // SAFETY: the store is going; nobody sees the engine again.
            unsafe { ManuallyDrop::drop(&mut self.engine) }
        }
    }
}

/// Makes a store from a configuration. It opens no file, connects to no server and starts no thread: seerflow_store_open does, or
/// the first other call. Relative paths in the configuration become absolute now.
///
/// Reading changes nothing in the database: one that is missing or empty answers like an empty one and is not made, one that
/// Seerflow made is not adopted. The first write makes or adopts it.
///
/// Threads: any. Blocking: never. Ownership: the caller closes and destroys the store. The configuration is copied. Fork: a
/// store that was not used may be used by the child. Errors: SEERFLOW_STATUS_CONFIG for values that do not fit together;
/// SEERFLOW_STATUS_UNSUPPORTED for a back end that this build does not have.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_new(
    config: *const seerflow_config,
    store: *mut *mut seerflow_store,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and NULL or valid pointers.
    unsafe {
        call_on(config, error, |settings| {
            let store = Out::new(store, "store")?;
            let settings = lock(settings);
            let engine = Engine::open(&settings.config, settings.logger.clone())?;
            let path = c_string(&engine.location());
            store.put(handle::make(Store {
                engine: ManuallyDrop::new(engine),
                path,
            }));
            Ok(())
        })
    }
}

/// Opens the database for writing now instead of at the first write: makes its directory and tables if they are missing, and
/// adopts a database that Seerflow made. A file that may only be read is opened for reading.
/// A store that was not opened is opened by the first other call, within that call's own deadline.
///
/// Threads: any number at once. Blocking: bounded by `call`. Errors: SEERFLOW_STATUS_TIMEOUT and SEERFLOW_STATUS_INTERRUPTED
/// leave the opening under way; a later call waits for its end.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_open(
    store: *const seerflow_store,
    call: *const seerflow_call,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a call that says its size.
    unsafe { call_on(store, error, |store| store.engine()?.start(&bound(call)?)) }
}

/// Returns where the database is: the absolute path of its file, or the server without a password; "" for NULL.
///
/// Ownership: the text lives as long as the store.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_path(store: *const seerflow_store) -> *const c_char {
    // SAFETY: the header demands a live handle.
    unsafe { value_of(store, c"".as_ptr(), |store| store.path.as_ptr()) }
}

/// Waits until everything that any thread had accepted before the call is committed.
///
/// SEERFLOW_STATUS_TIMEOUT, with the reason if commits fail at present, leaves the events in the queue.
///
/// Threads: any number at once. Blocking: bounded by `call`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_flush(
    store: *const seerflow_store,
    call: *const seerflow_call,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and a call that says its size.
    unsafe { call_on(store, error, |store| store.engine()?.flush(&bound(call)?)) }
}

/// What a commit survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_durability {
    /// Not known: there was no commit to wait for.
    None = 0,
    /// The death of the process.
    Process = 1,
    /// The loss of power.
    Power = 2,
}

/// A durability in a struct.
pub type DurabilityNumber = u32;

impl From<Option<Durability>> for seerflow_durability {
    fn from(durability: Option<Durability>) -> Self {
        match durability {
            None => Self::None,
            Some(Durability::Process) => Self::Process,
            Some(Durability::Power) => Self::Power,
        }
    }
}

/// Counters since a store was opened, and its present state. Begin with its initialiser.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_stats {
    /// sizeof(seerflow_stats).
    pub struct_size: u32,
    /// What a commit survives.
    pub durability: DurabilityNumber,
    /// Events accepted.
    pub accepted: u64,
    /// Events committed that were new.
    pub committed: u64,
    /// Events whose event_id was there already.
    pub duplicates: u64,
    /// Records kept as dead letters.
    pub rejected: u64,
    /// Transactions.
    pub commits: u64,
    /// Commits that failed and were tried again.
    pub retries: u64,
    /// Records waiting or being committed.
    pub queue_events: u64,
    /// Bytes waiting or being committed.
    pub queue_bytes: u64,
    /// Nanoseconds that the last transaction took.
    pub last_commit_ns: u64,
    /// Nanoseconds that the longest transaction took.
    pub longest_commit_ns: u64,
    /// Bytes of the write-ahead log after the last commit.
    pub wal_bytes: u64,
    /// Queries answered.
    pub queries: u64,
    /// Events accepted that their write took back, see `withdraw`.
    pub withdrawn: u64,
}

// SAFETY: `repr(C)`, the size in front, integers only.
unsafe impl sized::Struct for seerflow_stats {}

/// Tells the counters.
///
/// Threads: any number at once. Blocking: never for long; asks nothing of the database.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_stats(
    store: *const seerflow_store,
    stats: *mut seerflow_stats,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe {
        call_on(store, error, |store| {
            let place = SizedOut::new(stats, "stats")?;
            let stats = store.engine()?.stats();
            let buffer = stats.buffer;
            place.put(seerflow_stats {
                struct_size: 0,
                durability: seerflow_durability::from(Some(stats.durability)) as u32,
                accepted: buffer.accepted,
                committed: buffer.committed,
                duplicates: buffer.duplicates,
                rejected: buffer.rejected,
                commits: buffer.commits,
                retries: buffer.retries,
                queue_events: buffer.queue_events,
                queue_bytes: buffer.queue_bytes,
                last_commit_ns: buffer.last_commit_ns,
                longest_commit_ns: buffer.longest_commit_ns,
                wal_bytes: buffer.wal_bytes,
                queries: stats.queries,
                withdrawn: buffer.withdrawn,
            });
            Ok(())
        })
    }
}

/// How a store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_health {
    /// Not used yet: nothing is open.
    Idle = 0,
    /// All is well.
    Ok = 1,
    /// Commits fail at present; events are kept and tried again.
    Degraded = 2,
    /// Closed.
    Closed = 3,
}

/// Tells how the store is, and copies the reason if it is degraded, as seerflow_config_get copies. Of `buffer` with
/// `capacity`, and `length`, any may be left out.
///
/// Threads: any number at once. Blocking: never for long; asks nothing of the database.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_health(
    store: *const seerflow_store,
    health: *mut seerflow_health,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle, valid pointers and a buffer of the capacity.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::new(health, "health")?;
            let wants_reason = capacity > 0 || !length.is_null();
            let buffer = if wants_reason {
                Some(Buffer::new(buffer, capacity, length)?)
            } else {
                None
            };
            let (health, reason) = match store.engine()?.health() {
                Health::Idle => (seerflow_health::Idle, String::new()),
                Health::Ok => (seerflow_health::Ok, String::new()),
                Health::Degraded(reason) => (seerflow_health::Degraded, reason),
                Health::Closed => (seerflow_health::Closed, String::new()),
            };
            place.put(health);
            if let Some(buffer) = buffer {
                buffer.put(&reason);
            }
            Ok(())
        })
    }
}

/// Copies the text of the last commit that failed, as seerflow_config_get copies; "" if none did. It stays after
/// recovery.
///
/// Threads: any number at once. Blocking: never for long.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_last_error(
    store: *const seerflow_store,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a buffer of the capacity.
    unsafe {
        call_on(store, error, |store| {
            let buffer = Buffer::new(buffer, capacity, length)?;
            buffer.put(
                store
                    .engine()?
                    .stats()
                    .buffer
                    .last_error
                    .as_deref()
                    .unwrap_or_default(),
            );
            Ok(())
        })
    }
}

/// Closes a store: commits the queue until the deadline, stops every thread and releases every file. `*lost`, which may be NULL,
/// gets the number of accepted records that could not be stored, 0 with SEERFLOW_STATUS_OK; records whose COMMIT was not answered
/// count among them.
///
/// Calls that run meanwhile end with SEERFLOW_STATUS_CLOSED, and so does every later one. Closing again does nothing. The handle is
/// still to be destroyed.
///
/// Threads: any. Blocking: bounded by `call`, and by the commit that runs. Errors: SEERFLOW_STATUS_LOST if accepted records could
/// not be stored; the store is closed all the same.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_close(
    store: *const seerflow_store,
    call: *const seerflow_call,
    lost: *mut u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and NULL or valid pointers.
    unsafe {
        release_on(store, error, |store| {
            let place = Out::optional(lost, "lost")?;
            let lost = store.engine()?.close(&bound(call)?)?;
            if let Some(place) = place {
                place.put(lost);
            }
            if lost > 0 {
                return Err(Error::new(
                    ErrorKind::Lost,
                    format!("closed, {lost} accepted records are not stored"),
                ));
            }
            Ok(())
        })
    }
}

/// Destroys a store. One that was not closed is closed first, with a deadline of five seconds; nobody is told what could not be
/// stored. NULL is fine.
///
/// Threads: no other call on the store may run. Fork: in a child of the process that used the store, only memory is
/// released.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_destroy(store: *mut seerflow_store) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(store) }
}
