//! Catches panics at the boundary to C, and refuses handles that were used during one.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use super::handle::{self, Handle, Object};
use crate::error::{Error, ErrorKind, Result};

thread_local! {
    /// The nesting depth of guarded calls on this thread. A callback may call the library again.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// The message of the last panic inside a guarded call.
    static PANICKED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Reads a value of a handle. Returns `fallback` if the pointer is not a handle of this type, or if the handle is
/// poisoned.
///
/// # Safety
/// As for [`handle::get`].
pub(crate) unsafe fn value_of<O: Object, T>(
    object: *const O,
    fallback: T,
    read: impl FnOnce(&O::Value) -> T,
) -> T {
    // SAFETY: the caller upholds the contract.
    let value = unsafe { handle::get(object) }.and_then(|handle| {
        handle.check_poison()?;
        poisoning(handle, || Ok(read(handle.value())))
    });
    value.unwrap_or(fallback)
}

/// Destroys a handle and drops its value. Does nothing if the pointer is NULL or not a handle of this type.
///
/// # Safety
/// As for [`handle::take`].
pub(crate) unsafe fn destroy<O: Object>(object: *mut O) {
    // The C function returns nothing, so an error cannot be reported.
    let _ = catch(|| {
        // SAFETY: the caller upholds the contract.
        drop(unsafe { handle::take(object) });
        Ok(())
    });
}

pub(super) fn poisoning<T, R>(handle: &Handle<T>, work: impl FnOnce() -> Result<R>) -> Result<R> {
    let done = catch(work);
    if matches!(&done, Err(error) if error.kind() == ErrorKind::Panic) {
        handle.poison();
    }
    done
}

/// Turns a panic into an error, without printing it.
pub(super) fn catch<R>(work: impl FnOnce() -> Result<R>) -> Result<R> {
    silence_panics();
    let depth = DEPTH.get();
    DEPTH.set(depth + 1);
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    DEPTH.set(depth);
    done.unwrap_or_else(|payload| {
        // The payload may panic when it is dropped, so it is leaked.
        std::mem::forget(payload);
        let text = PANICKED
            .try_with(RefCell::take)
            .ok()
            .flatten()
            .unwrap_or_else(|| "the library panicked".to_owned());
        Err(Error::new(ErrorKind::Panic, text))
    })
}

/// Installs a panic hook that does not print panics of guarded calls and of this library's threads.
///
/// Other panics go to the previous hook.
fn silence_panics() {
    static HOOK: Once = Once::new();
    if HOOK.is_completed() || std::thread::panicking() {
        return;
    }
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let ours = std::thread::current()
                .name()
                .is_some_and(|name| name.starts_with("seerflow-"));
            if DEPTH.get() > 0 {
                let text = info.to_string().replace('\n', " ");
                let _ = PANICKED.try_with(|place| place.replace(Some(text)));
            } else if !ours {
                previous(info);
            }
        }));
    });
}
