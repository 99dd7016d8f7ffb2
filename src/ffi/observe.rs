//! The counters, the state and the metrics of a store.

use std::ffi::c_char;
use std::ptr;

use super::error::seerflow_error;
use super::guard::call_for;
use super::out::Place;
use super::sized::{self, SizedOut};
use super::status::{StatusNumber, seerflow_status};
use super::store::seerflow_store;
use super::text::Buffer;
use crate::engine::Health;
use crate::record::{Durability, TIME_ABSENT};

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
        call_for(store, SizedOut::new(stats, "stats"), error, |store| {
            let stats = store.share()?.stats();
            let buffer = stats.buffer;
            Ok(seerflow_stats {
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
            })
        })
    }
}

/// The state of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_state {
    /// Not used yet: the database is not open.
    Idle = 0,
    /// Healthy.
    Ok = 1,
    /// Commits currently fail. The events stay in the queue and are retried.
    Degraded = 2,
    /// Closed.
    Closed = 3,
}

/// A seerflow_state in a struct.
pub type StateNumber = u32;

/// The size of the reason in seerflow_health, including its NUL.
pub const SEERFLOW_REASON_SIZE: usize = 512;

/// Whether a store can commit now, and how full its queue is. Initialise it with SEERFLOW_HEALTH_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_health {
    /// sizeof(seerflow_health).
    pub struct_size: u32,
    /// The state.
    pub state: StateNumber,
    /// Why commits fail: the status of the last attempt. SEERFLOW_STATUS_OK unless degraded.
    pub cause: StatusNumber,
    /// Always 0.
    pub reserved: u32,
    /// Since when commits have been failing, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT unless
    /// degraded.
    pub degraded_since_ns: i64,
    /// The number of records in the queue or being committed. It may exceed `queue_events_limit`: a batch that is
    /// larger than the limit is accepted alone.
    pub queue_events: u64,
    /// The option `storage.queue_events`.
    pub queue_events_limit: u64,
    /// The number of bytes in the queue or being committed.
    pub queue_bytes: u64,
    /// The option `storage.queue_bytes`.
    pub queue_bytes_limit: u64,
    /// If degraded, the message of the last failed attempt, without passwords. If a transaction of another program has
    /// kept the sums of a healthy store waiting for more than ten seconds (PostgreSQL), its process id, application
    /// and age. Otherwise empty. NUL-terminated.
    pub reason: [c_char; SEERFLOW_REASON_SIZE],
}

impl Default for seerflow_health {
    fn default() -> Self {
        Self {
            degraded_since_ns: TIME_ABSENT,
            ..sized::zeroed()
        }
    }
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are integers.
unsafe impl sized::Struct for seerflow_health {}

/// Returns whether a store can commit now and how full its queue is.
///
/// The call takes microseconds, so a host may make it before each write: a durable write would wait while the state is
/// SEERFLOW_STATE_DEGRADED, and any write while the queue is full. A commit that waits for a lock of another program
/// counts as failed after a quarter of a second. If a write withdraws its events from a failing commit, the state stays
/// SEERFLOW_STATE_DEGRADED for one more second; then the next write finds out.
///
/// Threads: any number at once. Blocking: never; the database is not accessed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_health(
    store: *const seerflow_store,
    health: *mut seerflow_health,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
    unsafe {
        call_for(store, SizedOut::new(health, "health"), error, |store| {
            let engine = store.share()?;
            let stats = engine.stats();
            let mut health = seerflow_health {
                queue_events: stats.buffer.queue_events,
                queue_events_limit: stats.queue_limits.0,
                queue_bytes: stats.buffer.queue_bytes,
                queue_bytes_limit: stats.queue_limits.1,
                ..seerflow_health::default()
            };
            let mut reason = None;
            let state = match engine.health() {
                _ if engine.is_closed() => seerflow_state::Closed,
                Health::Idle => seerflow_state::Idle,
                Health::Ok => {
                    reason = engine.awaited();
                    seerflow_state::Ok
                }
                Health::Closed => seerflow_state::Closed,
                Health::Degraded(failure) => {
                    health.cause = seerflow_status::from(failure.kind) as StatusNumber;
                    health.degraded_since_ns = failure.since_ns;
                    reason = Some(failure.reason);
                    seerflow_state::Degraded
                }
            };
            if let Some(reason) = reason {
                let capacity = health.reason.len();
                Buffer::new(health.reason.as_mut_ptr(), capacity, ptr::null_mut())?.put(reason);
            }
            health.state = state as u32;
            Ok(health)
        })
    }
}

/// Copies the counters and the state of a store into a buffer, as by seerflow_config_get, as one text in the format
/// of OpenMetrics 1.0.
///
/// The names of all metrics start with `seerflow_`. Each metric has the labels `backend` and `database`, the latter
/// without a password. The text has about 8 KiB, and more if the path of the database is long. It may grow between two
/// calls.
///
/// Threads: any number at once. Blocking: never; the database is not accessed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_metrics(
    store: *const seerflow_store,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle and a buffer of the capacity.
    unsafe {
        let buffer = Buffer::new(buffer, capacity, length);
        call_for(store, buffer, error, |store| Ok(store.share()?.metrics()))
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
        let buffer = Buffer::new(buffer, capacity, length);
        call_for(store, buffer, error, |store| {
            Ok(store.share()?.stats().buffer.last_error.unwrap_or_default())
        })
    }
}
