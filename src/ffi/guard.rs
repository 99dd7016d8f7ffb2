//! The boundary: no panic leaves the library, no handle is used after one, and every error is told the same way.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use super::error::seerflow_error;
use super::handle::{self, Handle, Object};
use super::status::seerflow_status;
use crate::error::{Error, ErrorKind, Result};

thread_local! {
    /// How many guarded calls this thread is in: a callback may make one inside another.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// What the last panic inside a guarded call said.
    static PANICKED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs a call that has no handle.
///
/// # Safety
/// `error` is NULL or points to a place for a pointer.
pub(crate) unsafe fn call(
    error: *mut *mut seerflow_error,
    work: impl FnOnce() -> Result<()>,
) -> seerflow_status {
    // SAFETY: the caller keeps the contract.
    unsafe { answer(error, catch(work)) }
}

/// Runs a call on a handle. A panic poisons the handle.
///
/// # Safety
/// As for [`handle::get`]; `error` is NULL or points to a place for a pointer.
pub(crate) unsafe fn call_on<O: Object>(
    object: *const O,
    error: *mut *mut seerflow_error,
    work: impl FnOnce(&O::Value) -> Result<()>,
) -> seerflow_status {
    // SAFETY: the caller keeps the contract.
    let done = unsafe { handle::get(object) }.and_then(|handle| {
        handle.check_poison()?;
        poisoning(handle, || work(handle.value()))
    });
    // SAFETY: the caller keeps the contract.
    unsafe { answer(error, done) }
}

/// Reads a value that a handle has; `fallback` when the pointer is no such handle.
///
/// # Safety
/// As for [`handle::get`].
pub(crate) unsafe fn value_of<O: Object, T>(
    object: *const O,
    fallback: T,
    read: impl FnOnce(&O::Value) -> T,
) -> T {
    // SAFETY: the caller keeps the contract.
    let value = unsafe { handle::get(object) }.and_then(|handle| {
        handle.check_poison()?;
        poisoning(handle, || Ok(read(handle.value())))
    });
    value.unwrap_or(fallback)
}

/// Runs a call that works on a poisoned handle too: what releases it.
///
/// # Safety
/// As for [`call_on`].
pub(crate) unsafe fn release_on<O: Object>(
    object: *const O,
    error: *mut *mut seerflow_error,
    work: impl FnOnce(&O::Value) -> Result<()>,
) -> seerflow_status {
    // SAFETY: the caller keeps the contract.
    let done = unsafe { handle::get(object) }.and_then(|handle| poisoning(handle, || work(handle.value())));
    // SAFETY: the caller keeps the contract.
    unsafe { answer(error, done) }
}

/// Takes a handle back and drops what it has. NULL, and what is no such handle, is left alone.
///
/// # Safety
/// As for [`handle::take`].
pub(crate) unsafe fn destroy<O: Object>(object: *mut O) {
    // There is nobody to tell.
    let _ = catch(|| {
        // SAFETY: the caller keeps the contract.
        drop(unsafe { handle::take(object) });
        Ok(())
    });
}

/// Tells how a call ended: the status, and the details where the caller wants them.
///
/// # Safety
/// `error` is NULL or points to a place for a pointer.
unsafe fn answer(error: *mut *mut seerflow_error, done: Result<()>) -> seerflow_status {
    let Err(failure) = done else {
        return seerflow_status::Ok;
    };
    let status = failure.kind().into();
    if !error.is_null() && error.is_aligned() {
        // SAFETY: the caller has a place there.
        unsafe { error.write(super::error::make(&failure)) };
    }
    status
}

fn poisoning<T, R>(handle: &Handle<T>, work: impl FnOnce() -> Result<R>) -> Result<R> {
    let done = catch(work);
    if matches!(&done, Err(error) if error.kind() == ErrorKind::Panic) {
        handle.poison();
    }
    done
}

/// Turns a panic into an error, and keeps it from being printed.
fn catch<R>(work: impl FnOnce() -> Result<R>) -> Result<R> {
    silence();
    let depth = DEPTH.get();
    DEPTH.set(depth + 1);
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    DEPTH.set(depth);
    done.unwrap_or_else(|payload| {
        // What a panic carries may panic when it is dropped; it is nothing of ours.
        std::mem::forget(payload);
        let text = PANICKED
            .try_with(RefCell::take)
            .ok()
            .flatten()
            .unwrap_or_else(|| "a panic".to_owned());
        Err(Error::new(ErrorKind::Panic, text))
    })
}

/// Puts a hook before the one that prints panics: those of guarded calls and of our threads are not printed.
fn silence() {
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

#[cfg(test)]
mod tests {
    use std::ffi::CStr;
    use std::ptr;

    use super::super::error::{seerflow_error_destroy, seerflow_error_message, seerflow_error_status};
    use super::*;

    struct thing;

    impl Object for thing {
        type Value = u32;
        const NAME: &'static str = "thing";
        const MAGIC: [u8; 8] = *b"sf:thing";
    }

    #[test]
    fn a_panic_is_told_and_poisons_the_handle() {
        let object = handle::make::<thing>(7);
        let mut error = ptr::null_mut();
        // SAFETY: the handle is live, and there is a place for an error.
        unsafe {
            assert_eq!(
                call_on(object, &mut error, |_| panic!("on purpose")),
                seerflow_status::Panic
            );
            assert_eq!(seerflow_error_status(error), seerflow_status::Panic);
            let message = CStr::from_ptr(seerflow_error_message(error)).to_str().unwrap();
            assert!(
                message.contains("on purpose") && message.contains("guard.rs"),
                "{message}"
            );
            seerflow_error_destroy(error);
            assert_eq!(
                call_on(object, ptr::null_mut(), |_| Ok(())),
                seerflow_status::Panic
            );
            assert_eq!(value_of(object, 0, |value| *value), 0);
            assert_eq!(
                release_on(object, ptr::null_mut(), |_| Ok(())),
                seerflow_status::Ok
            );
            destroy(object);
        }
    }

    #[test]
    fn outputs_and_errors_are_written_as_the_call_ends() {
        let mut error = ptr::dangling_mut();
        // SAFETY: there is a place for an error.
        let status = unsafe { call(&mut error, || Ok(())) };
        assert_eq!(status, seerflow_status::Ok);
        assert_eq!(error, ptr::dangling_mut(), "written only on failure");
    }

    #[test]
    fn what_is_no_handle_is_noticed() {
        let zeros = [0_u64; 4];
        let ones = [u64::MAX; 4];
        let other = handle::make::<seerflow_error>(Default::default());
        for pointer in [
            ptr::null(),
            zeros.as_ptr().cast(),
            ones.as_ptr().cast(),
            other.cast::<thing>().cast_const(),
        ] {
            // SAFETY: the pointer is NULL or has eight readable bytes.
            let status = unsafe { call_on::<thing>(pointer, ptr::null_mut(), |_| Ok(())) };
            assert_eq!(status, seerflow_status::Invalid);
        }
        // SAFETY: the handle is live.
        unsafe { destroy(other) };
    }
}
