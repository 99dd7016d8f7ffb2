//! The boundary to C: runs a call and reports its error.

use super::error::seerflow_error;
use super::handle::{self, Object};
use super::out::Place;
use super::status::seerflow_status;
use super::unwind::{catch, poisoning};
pub(crate) use super::unwind::{destroy, value_of};
use crate::error::Result;

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

/// Runs a call on a handle, and writes its result to `place` on success.
///
/// # Safety
/// As for [`call_on`].
pub(crate) unsafe fn call_for<O: Object, P: Place>(
    object: *const O,
    place: Result<P>,
    error: *mut *mut seerflow_error,
    work: impl FnOnce(&O::Value) -> Result<P::Value>,
) -> seerflow_status {
    // SAFETY: the caller upholds the contract.
    unsafe {
        call_on(object, error, |value| {
            let place = place?;
            place.put(work(value)?);
            Ok(())
        })
    }
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
