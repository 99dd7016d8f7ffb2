//! The C API: one file per C object, and the boundary that all of them stand behind.
//!
//! `include/seerflow.h` is made from these files by `tests/header.rs`; the docs here are that header's, written for those
//! who program in C. What holds for every function is said once, on the header's first page (`header.h`).
//!
//! - `guard`: every call goes through it: panics, poisoned handles, the error out-parameter.
//! - `handle`, `sized`, `text`: what a pointer must be before it is followed: a live object of its type, a struct of a known
//!   size, bytes with a length. `out` are the pointers that results are written to.
//! - [`status`], [`error`], [`version`]: how a call answers.
//! - [`config`], [`store`], [`mod@write`], [`event_input`], [`result`], [`interrupt`], [`queue`]: opening and writing.
//! - [`query`], [`page`], [`event`], [`histogram`]: reading.
//! - [`template`], [`dead_letter`], [`maintain`], [`entity`]: the rest.

// The names are C's.
#![allow(non_camel_case_types)]
// What callers must keep is said in C's terms, in each doc and on the header's first page.
#![allow(clippy::missing_safety_doc)]

pub mod config;
pub mod dead_letter;
pub mod entity;
pub mod error;
pub mod event;
pub mod event_input;
mod guard;
mod handle;
pub mod histogram;
pub mod interrupt;
pub mod maintain;
mod out;
pub mod page;
pub mod query;
pub mod queue;
pub mod result;
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

use crate::record::{Control, Interrupt};

/// Turns a number of milliseconds into a bound: negative is none, 0 is now.
fn control(timeout_ms: i64, interrupt: Option<Interrupt>) -> Control {
    let deadline = u64::try_from(timeout_ms)
        .ok()
        .and_then(|ms| Instant::now().checked_add(Duration::from_millis(ms)));
    Control { deadline, interrupt }
}

/// Locks a mutex; one that a panic left locked too, since its handle is refused by then.
///
/// Mutexes here are the standard library's: they keep nothing for the whole process that a child made by fork() would
/// find in disorder.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
