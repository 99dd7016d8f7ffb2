//! The boundary to C: catches panics, refuses handles that were used during one, and reports errors.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use super::error::seerflow_error;
use super::handle::{self, Handle, Object};
use super::status::seerflow_status;
use crate::error::{Error, ErrorKind, Result};

thread_local! {
    /// The nesting depth of guarded calls on this thread. A callback may call the library again.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// The message of the last panic inside a guarded call.
    static PANICKED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs a call that takes no handle.
///
/// # Safety
/// `error` is NULL, or a pointer can be written there.
pub(crate) unsafe fn call(
    error: *mut *mut seerflow_error,
    work: impl FnOnce() -> Result<()>,
) -> seerflow_status {
    // SAFETY: the caller upholds the contract.
    unsafe { report(error, catch(work)) }
}

/// Runs a call on a handle. A panic poisons the handle.
///
/// # Safety
/// As for [`handle::get`]; `error` is NULL, or a pointer can be written there.
pub(crate) unsafe fn call_on<O: Object>(
    object: *const O,
    error: *mut *mut seerflow_error,
    work: impl FnOnce(&O::Value) -> Result<()>,
) -> seerflow_status {
    // SAFETY: the caller upholds the contract.
    let done = unsafe { handle::get(object) }.and_then(|handle| {
        handle.check_poison()?;
        poisoning(handle, || work(handle.value()))
    });
    // SAFETY: the caller upholds the contract.
    unsafe { report(error, done) }
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

/// Runs a call that also works on a poisoned handle, because it releases resources.
///
/// # Safety
/// As for [`call_on`].
pub(crate) unsafe fn release_on<O: Object>(
    object: *const O,
    error: *mut *mut seerflow_error,
    work: impl FnOnce(&O::Value) -> Result<()>,
) -> seerflow_status {
    // SAFETY: the caller upholds the contract.
    let done = unsafe { handle::get(object) }.and_then(|handle| poisoning(handle, || work(handle.value())));
    // SAFETY: the caller upholds the contract.
    unsafe { report(error, done) }
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

/// Returns the status of a call; on failure, writes the details to `*error` if the caller asked for them.
///
/// # Safety
/// `error` is NULL, or a pointer can be written there.
unsafe fn report(error: *mut *mut seerflow_error, done: Result<()>) -> seerflow_status {
    let Err(failure) = done else {
        return seerflow_status::Ok;
    };
    let status = failure.kind().into();
    if !error.is_null() && error.is_aligned() {
        // SAFETY: the caller promised a writable pointer there.
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

/// Turns a panic into an error, without printing it.
fn catch<R>(work: impl FnOnce() -> Result<R>) -> Result<R> {
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
    fn a_panic_is_reported_and_poisons_the_handle() {
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
    fn the_error_pointer_is_written_only_on_failure() {
        let mut error = ptr::dangling_mut();
        // SAFETY: there is a place for an error.
        let status = unsafe { call(&mut error, || Ok(())) };
        assert_eq!(status, seerflow_status::Ok);
        assert_eq!(
            error,
            ptr::dangling_mut(),
            "a successful call must not write to it"
        );
    }

    #[test]
    fn pointers_that_are_not_handles_are_refused() {
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
