//! The C API: one file per C object, and the boundary that all of them stand behind.
//!
//! `include/seerflow.h` is made from these files by `tests/header.rs`; their docs are the header's, written for people who
//! program in C. What holds for every function is said once, on the header's first page (`preamble.h`).
//!
//! - `guard`: every call goes through it: panics, poisoned handles, the error out-parameter.
//! - `handle`, `sized`, `text`, `out`: the checks of a pointer before it is followed: a live object of its type, a struct of a
//!   known size, bytes with a length, a place for a result.
//! - [`status`], [`error`], [`version`], [`call`]: how a call answers, and how long it may take.
//! - [`config`], [`store`], [`mod@write`], [`event_input`], [`result`], [`interrupt`], [`completions`]: opening and writing.
//! - [`query`], [`list`]: the one form of questions and the one form of answers. `question` makes the records' own questions of a
//!   query.
//! - [`event_query`], [`event`], [`event_entity`], [`counted`], [`bucket`]: events.
//! - [`alert`], [`alert_query`], [`feedback`], [`alert_pattern`], [`model`], [`sigma`], [`template`], [`dead_letter`]: the other
//!   records; [`records`] writes them as JSON.
//! - [`edge`], [`graph`], [`entity`]: entities and their graph.
//! - Upkeep: [`maintain`].

// The names are C's.
#![allow(non_camel_case_types)]
// What callers must keep is said in C's terms, in each doc and on the header's first page.
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
pub mod event_entity;
pub mod event_input;
pub mod event_query;
pub mod feedback;
pub mod graph;
mod guard;
mod handle;
pub mod interrupt;
pub mod list;
pub mod maintain;
pub mod model;
mod out;
pub mod query;
mod question;
pub mod records;
pub mod result;
pub mod sigma;
mod sized;
pub mod status;
pub mod store;
pub mod template;
pub mod text;
pub mod value;
pub mod version;
pub mod write;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::record::{Control, Interrupt, TIME_ABSENT, now_ns};

/// Turns a number of milliseconds into a bound: negative is none, 0 is now.
fn control(timeout_ms: i64, interrupt: Option<Interrupt>) -> Control {
    let deadline = u64::try_from(timeout_ms)
        .ok()
        .and_then(|ms| Instant::now().checked_add(Duration::from_millis(ms)));
    Control { deadline, interrupt }
}

/// Returns a time of the caller's; the present for SEERFLOW_TIME_ABSENT.
fn time_or_now(time_ns: i64) -> i64 {
    if time_ns == TIME_ABSENT { now_ns() } else { time_ns }
}

/// Locks a mutex; one that a panic left locked too, since its handle is refused by then.
///
/// Mutexes here are the standard library's: they keep nothing for the whole process that a child made by fork() would
/// find in disorder.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
