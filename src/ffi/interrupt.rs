//! `seerflow_interrupt`: lets one thread end the blocking calls of others.

use super::error::seerflow_error;
use super::guard::{call, call_on, destroy};
use super::handle::{self, Object};
use super::out::{Out, Place};
use super::status::seerflow_status;
use crate::error::Result;
use crate::record::Interrupt;

/// A flag that ends blocking calls.
///
/// While the flag is raised, a call that was given it ends soon with SEERFLOW_STATUS_INTERRUPTED. Any number of calls
/// may use one flag. It stays raised until it is reset.
pub struct seerflow_interrupt {
    _opaque: [u8; 0],
}

impl Object for seerflow_interrupt {
    type Value = Interrupt;
    const NAME: &'static str = "seerflow_interrupt";
    const MAGIC: [u8; 8] = *b"sf:intr.";
}

/// Returns a reference to the flag of a handle; `None` for NULL.
///
/// # Safety
/// As for [`handle::get`].
pub(crate) unsafe fn share(interrupt: *const seerflow_interrupt) -> Result<Option<Interrupt>> {
    if interrupt.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller upholds the contract.
    Ok(Some(unsafe { handle::get(interrupt) }?.value().clone()))
}

/// Creates a flag that is not raised.
///
/// Threads: any. Blocking: never. Ownership: the caller destroys it with seerflow_interrupt_destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_interrupt_new(
    interrupt: *mut *mut seerflow_interrupt,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires NULL or valid pointers.
    unsafe {
        call(error, || {
            Out::new(interrupt, "interrupt")?.put(handle::make(Interrupt::new()));
            Ok(())
        })
    }
}

/// Raises the flag: ends every call that uses it.
///
/// Threads: any number at once, also while calls use the flag. Blocking: never. Must not be called from a signal
/// handler.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_interrupt_raise(interrupt: *const seerflow_interrupt) -> seerflow_status {
    // SAFETY: the header requires a live handle.
    unsafe {
        call_on(interrupt, std::ptr::null_mut(), |flag| {
            flag.raise();
            Ok(())
        })
    }
}

/// Lowers the flag, so that further calls may use it.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_interrupt_reset(interrupt: *const seerflow_interrupt) -> seerflow_status {
    // SAFETY: the header requires a live handle.
    unsafe {
        call_on(interrupt, std::ptr::null_mut(), |flag| {
            flag.reset();
            Ok(())
        })
    }
}

/// Destroys a flag. Does nothing for NULL. Running calls that were given it are not affected.
///
/// Threads: no other call on the object may run. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_interrupt_destroy(interrupt: *mut seerflow_interrupt) {
    // SAFETY: the header requires NULL, or a live handle that no other call uses.
    unsafe { destroy(interrupt) }
}
