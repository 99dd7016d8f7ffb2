//! The C API: one file for each C object, and the checks that every call goes through.
//!
//! `tests/header.rs` generates `include/seerflow.h` from these files. Their doc comments become the header's
//! comments, so they address C programmers. Rules that hold for every function are on the header's first page
//! (`preamble.h`).
//!
//! - `guard`: every call goes through it. It catches panics, refuses poisoned handles and fills in the error.
//! - `handle`, `sized`, `text`, `out`: check a pointer before it is used: a live handle of its type, a struct with a
//!   valid size, bytes with a length, a place for a result.
//! - [`status`], [`error`], [`version`], [`call`]: the status, the error and the deadline of calls.
//! - [`config`], [`store`], [`observe`], [`mod@write`], [`event_input`], [`result`], [`interrupt`], [`completions`]: opening
//!   a store and writing events.
//! - [`query`], [`query_filter`], [`list`]: the arguments and the results of all queries. `query_settings` converts a query
//!   to the query type of each kind of record.
//! - [`event_query`], [`event`], [`event_collection`], [`event_entity`], [`counted`], [`bucket`]: reading and
//!   counting events.
//! - [`alert`], [`alert_query`], [`feedback`], [`alert_pattern`], [`model`], [`sigma`], [`template`],
//!   [`dead_letter`]: the other kinds of records; [`records`] writes them as JSON.
//! - [`edge`], [`graph`], [`entity`]: entities and their graph.
//! - [`maintain`]: pruning, backup and checks.

// The types are named as in C.
#![allow(non_camel_case_types)]
// The safety rules are part of the C documentation: of each function, and of the header's first page.
#![allow(clippy::missing_safety_doc)]

pub mod alert;
pub mod alert_pattern;
pub mod alert_query;
pub mod bucket;
pub mod call;
pub mod completions;
pub mod config;
pub mod counted;
pub mod dead_letter;
pub mod edge;
pub mod entity;
pub mod error;
pub mod event;
pub mod event_collection;
mod event_conversion;
pub mod event_entity;
pub mod event_input;
pub mod event_query;
pub mod feedback;
pub mod graph;
mod guard;
mod handle;
pub mod interrupt;
pub mod list;
mod listed;
pub mod maintain;
pub mod model;
pub mod observe;
mod out;
pub mod query;
pub mod query_filter;
mod query_settings;
pub mod records;
pub mod result;
pub mod sigma;
mod sized;
pub mod status;
pub mod store;
pub mod template;
pub mod text;
mod unwind;
pub mod value;
pub mod version;
pub mod write;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::record::{Control, Interrupt, TIME_ABSENT, now_ns};

/// Makes a deadline from a timeout in milliseconds. A negative timeout means no deadline, 0 means now.
fn control(timeout_ms: i64, interrupt: Option<Interrupt>) -> Control {
    let deadline = u64::try_from(timeout_ms)
        .ok()
        .and_then(|ms| Instant::now().checked_add(Duration::from_millis(ms)));
    Control { deadline, interrupt }
}

/// Returns a time passed from C; the current time for SEERFLOW_TIME_ABSENT.
fn time_or_now(time_ns: i64) -> i64 {
    if time_ns == TIME_ABSENT { now_ns() } else { time_ns }
}

/// Locks a mutex, even if a panic poisoned it: the guard refuses the handle of such a mutex.
///
/// These are mutexes of the standard library, because they have no process-wide state that could be inconsistent in a
/// child after fork().
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
