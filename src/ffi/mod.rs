//! The C API: one file per C object, and the boundary that all of them stand behind.
//!
//! `include/seerflow.h` is made from these files by `tests/header.rs`; the docs here are that header's, written for those
//! who program in C. What holds for every function is said once, on the header's first page (`preamble.h`).
//!
//! - `guard`: every call goes through it: panics, poisoned handles, the error out-parameter.
//! - `handle`, `sized`, `text`: what a pointer must be before it is followed: a live object of its type, a struct of a known
//!   size, bytes with a length. `out` are the pointers that results are written to.
//! - [`status`], [`error`], [`version`]: how a call answers.
//! - [`config`], [`store`], [`mod@write`], [`event_input`], [`result`], [`interrupt`], [`queue`]: opening and writing.
//! - [`query`], [`page`], [`event`], [`event_entity`], [`histogram`], [`counted`]: reading. `ask` is what every query has, `list`
//!   what every list has.
//! - [`alert`], [`alert_query`], [`alert_page`], [`feedback`], [`alert_pattern`], [`model`], [`sigma`], [`edge`]: what detection keeps.
//! - [`graph`], [`neighbour`]: the entity graph.
//! - [`template`], [`dead_letter`], [`maintain`], [`entity`]: the rest.

// The names are C's.
#![allow(non_camel_case_types)]
// What callers must keep is said in C's terms, in each doc and on the header's first page.
#![allow(clippy::missing_safety_doc)]

pub mod alert;
pub mod alert_page;
pub mod alert_pattern;
pub mod alert_query;
mod ask;
pub mod config;
pub mod counted;
pub mod dead_letter;
pub mod edge;
pub mod entity;
pub mod error;
pub mod event;
pub mod event_entity;
pub mod event_input;
pub mod feedback;
pub mod graph;
mod guard;
mod handle;
pub mod histogram;
pub mod interrupt;
mod list;
pub mod maintain;
pub mod model;
pub mod neighbour;
mod out;
pub mod page;
pub mod query;
pub mod queue;
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

use crate::error::Result;
use crate::record::{Control, Interrupt};
use interrupt::seerflow_interrupt;

/// Turns a number of milliseconds into a bound: negative is none, 0 is now.
fn control(timeout_ms: i64, interrupt: Option<Interrupt>) -> Control {
    let deadline = u64::try_from(timeout_ms)
        .ok()
        .and_then(|ms| Instant::now().checked_add(Duration::from_millis(ms)));
    Control { deadline, interrupt }
}

/// Bounds a call as its arguments say.
///
/// # Safety
/// As for [`interrupt::share`].
unsafe fn bound(timeout_ms: i64, interrupt: *const seerflow_interrupt) -> Result<Control> {
    // SAFETY: the caller keeps the contract.
    Ok(control(timeout_ms, unsafe { interrupt::share(interrupt) }?))
}

/// Locks a mutex; one that a panic left locked too, since its handle is refused by then.
///
/// Mutexes here are the standard library's: they keep nothing for the whole process that a child made by fork() would
/// find in disorder.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
