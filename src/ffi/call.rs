//! `seerflow_call`: how long a call may block, and what stops it.

use std::ptr;

use super::control;
use super::interrupt::{self, seerflow_interrupt};
use super::sized;
use crate::error::Result;
use crate::record::Control;

/// The bound of a call that was given none, in milliseconds.
pub const SEERFLOW_DEFAULT_TIMEOUT_MS: i64 = 30_000;

/// How long a call may block, and what stops it. Every function that can block takes one; NULL stands for
/// SEERFLOW_CALL_INIT.
///
/// One struct may be used for any number of calls, also at once: the library only reads it. A deadline begins when the call
/// does.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_call {
    /// sizeof(seerflow_call).
    pub struct_size: u32,
    /// Must be 0.
    pub reserved: u32,
    /// The longest time that the call may block, in milliseconds: 0 does not wait, a negative number sets no bound. A
    /// write that opens the database waits up to a second for that all the same. The default
    /// is SEERFLOW_DEFAULT_TIMEOUT_MS.
    pub timeout_ms: i64,
    /// Raising it ends the call with SEERFLOW_STATUS_INTERRUPTED. NULL, the default, if nothing stops the call.
    pub interrupt: *const seerflow_interrupt,
}

impl Default for seerflow_call {
    fn default() -> Self {
        Self {
            struct_size: size_of::<Self>() as u32,
            reserved: 0,
            timeout_ms: SEERFLOW_DEFAULT_TIMEOUT_MS,
            interrupt: ptr::null(),
        }
    }
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_call {
    fn sets_reserved(&self) -> bool {
        self.reserved != 0
    }
}

/// Returns the bound that a call's argument sets, counted from now.
///
/// # Safety
/// `call` is NULL or points to a struct that says its size; its interrupt is NULL or a live handle.
pub(crate) unsafe fn bound(call: *const seerflow_call) -> Result<Control> {
    // SAFETY: the caller keeps the contract.
    unsafe {
        let call = sized::read_or_default(call, "call")?;
        Ok(control(call.timeout_ms, interrupt::share(call.interrupt)?))
    }
}
