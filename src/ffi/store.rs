//! `seerflow_store`: the handle through which records are written and read.

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
    engine: ManuallyDrop<Engine>,
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
        if self.engine.is_forked() {
            return Err(Error::new(
                ErrorKind::Forked,
                "the store was used before fork(): call fork() before the first use, or exec() after fork()",
            ));
        }
        Ok(&self.engine)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // In a forked child the threads, locks and files belong to the parent, so the engine is leaked.
        if let Ok(engine) = self.engine() {
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

/// The kind of failure that a commit survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_durability {
    /// Not known: the call did not wait for a commit.
    None = 0,
    /// A crash of the process, but not a loss of power.
    Process = 1,
    /// A loss of power.
    Power = 2,
}

/// A seerflow_durability in a struct.
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

/// Counters since the store was opened, and its current state. Initialise it with SEERFLOW_STATS_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_stats {
    /// sizeof(seerflow_stats).
    pub struct_size: u32,
    /// The kind of failure that commits of this store survive.
    pub durability: DurabilityNumber,
    /// The number of accepted events.
    pub accepted: u64,
    /// The number of committed events that were new.
    pub committed: u64,
    /// The number of events whose event_id was already stored.
    pub duplicates: u64,
    /// The number of records stored as dead letters.
    pub rejected: u64,
    /// The number of committed transactions.
    pub commits: u64,
    /// The number of commits that failed and were retried.
    pub retries: u64,
    /// The number of records in the queue or being committed.
    pub queue_events: u64,
    /// The number of bytes in the queue or being committed.
    pub queue_bytes: u64,
    /// The duration of the last transaction, in nanoseconds.
    pub last_commit_ns: u64,
    /// The duration of the longest transaction, in nanoseconds.
    pub longest_commit_ns: u64,
    /// The size of the write-ahead log after the last commit, in bytes.
    pub wal_bytes: u64,
    /// The number of queries answered.
    pub queries: u64,
    /// The number of accepted events that a write with `withdraw` removed from the queue.
    pub withdrawn: u64,
    /// The number of committed events whose time was given and not understood.
    pub unparsed_times: u64,
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are integers.
unsafe impl sized::Struct for seerflow_stats {}

/// Returns the counters of a store.
///
/// Threads: any number at once. Blocking: never for long; the database is not accessed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_stats(
    store: *const seerflow_store,
    stats: *mut seerflow_stats,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
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
                unparsed_times: buffer.unparsed_times,
            });
            Ok(())
        })
    }
}

/// The state of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_health {
    /// Not used yet: the database is not open.
    Idle = 0,
    /// Healthy.
    Ok = 1,
    /// Commits currently fail. The events stay in the queue and are retried.
    Degraded = 2,
    /// Closed.
    Closed = 3,
}

/// Returns the state of a store, and copies the reason if it is degraded.
///
/// The reason is copied as by seerflow_config_get. To leave it out, pass NULL, 0 and NULL for `buffer`, `capacity`
/// and `length`.
///
/// Threads: any number at once. Blocking: never for long; the database is not accessed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_health(
    store: *const seerflow_store,
    health: *mut seerflow_health,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, valid pointers and a buffer of the capacity.
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

/// Copies the error message of the last failed commit, as by seerflow_config_get.
///
/// The message is "" if no commit failed. It remains after later commits succeed.
///
/// Threads: any number at once. Blocking: never for long; the database is not accessed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_last_error(
    store: *const seerflow_store,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle and a buffer of the capacity.
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

/// Closes a store: commits the queue until the deadline, stops all threads and closes all files.
///
/// `*lost` is set to the number of accepted records that were not stored, including records whose COMMIT was not
/// confirmed. It is 0 with SEERFLOW_STATUS_OK. `lost` may be NULL.
///
/// Running calls end with SEERFLOW_STATUS_CLOSED, and later calls return it. Closing a closed store does nothing. The
/// store must still be destroyed.
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
            let lost = store.engine()?.close(&bound(call)?)?;
            if let Some(place) = place {
                place.put(lost);
            }
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
