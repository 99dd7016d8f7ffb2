//! `seerflow_interrupt`: how one thread stops what another one waits for.

use super::error::seerflow_error;
use super::guard::{call, call_on, destroy};
use super::handle::{self, Object};
use super::out::Out;
use super::status::seerflow_status;
use crate::error::Result;
use crate::record::Interrupt;

/// A flag that stops calls: those that were given it answer SEERFLOW_STATUS_INTERRUPTED soon after it is raised.
///
/// It may be given to any number of calls, and stays raised until it is reset.
///
/// Methods: seerflow_interrupt_new, seerflow_interrupt_raise, seerflow_interrupt_reset, seerflow_interrupt_destroy.
pub struct seerflow_interrupt {
    _opaque: [u8; 0],
}

impl Object for seerflow_interrupt {
    type Value = Interrupt;
    const NAME: &'static str = "seerflow_interrupt";
    const MAGIC: [u8; 8] = *b"sf:intr.";
}

/// Shares the flag of a handle; `None` for NULL.
///
/// # Safety
/// As for [`handle::get`].
pub(crate) unsafe fn share(interrupt: *const seerflow_interrupt) -> Result<Option<Interrupt>> {
    if interrupt.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller keeps the contract.
    Ok(Some(unsafe { handle::get(interrupt) }?.value().clone()))
}

/// Makes a lowered flag.
///
/// Ownership: the caller destroys it.
///
/// Threads: any. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_interrupt_new(
    interrupt: *mut *mut seerflow_interrupt,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands NULL or valid pointers.
    unsafe {
        call(error, || {
            Out::new(interrupt, "interrupt")?.put(handle::make(Interrupt::new()));
            Ok(())
        })
    }
}

/// Raises the flag.
///
/// Threads: any number at once, while calls use the flag. Blocking: never. It is not for signal handlers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_interrupt_raise(interrupt: *const seerflow_interrupt) -> seerflow_status {
    // SAFETY: the header demands a live handle.
    unsafe {
        call_on(interrupt, std::ptr::null_mut(), |flag| {
            flag.raise();
            Ok(())
        })
    }
}

/// Lowers the flag, for use by further calls.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_interrupt_reset(interrupt: *const seerflow_interrupt) -> seerflow_status {
    // SAFETY: the header demands a live handle.
    unsafe {
        call_on(interrupt, std::ptr::null_mut(), |flag| {
            flag.reset();
            Ok(())
        })
    }
}

/// Destroys a flag. Calls and queries that were given it keep what they need of it. NULL is fine.
///
/// Threads: no other call on the object may run. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_interrupt_destroy(interrupt: *mut seerflow_interrupt) {
    // SAFETY: the header demands NULL or a live handle on which no function is called.
    unsafe { destroy(interrupt) }
}
