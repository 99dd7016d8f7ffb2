//! `seerflow_call`: the deadline and the interrupt of a call that may block.

use super::control;
use super::interrupt::{self, seerflow_interrupt};
use super::sized;
use crate::error::Result;
use crate::record::Control;

/// The deadline of a call whose timeout is not set, in milliseconds.
pub const SEERFLOW_DEFAULT_TIMEOUT_MS: i64 = 30_000;

/// The deadline and the interrupt of a call that may block.
///
/// Every function that may block takes a pointer to this struct. NULL means the defaults, SEERFLOW_CALL_INIT.
///
/// The library only reads the struct, so any number of calls may share one, also at the same time. The timeout is
/// counted from the start of each call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_call {
    /// sizeof(seerflow_call).
    pub struct_size: u32,
    /// Must be 0.
    pub reserved: u32,
    /// The longest time that the call may block, in milliseconds. 0 means do not wait; a negative number means no
    /// limit. The default is SEERFLOW_DEFAULT_TIMEOUT_MS. A write with a shorter timeout still waits up to one second
    /// if it has to open the database.
    pub timeout_ms: i64,
    /// Ends the call with SEERFLOW_STATUS_INTERRUPTED when raised. NULL, the default, means that nothing interrupts
    /// the call.
    pub interrupt: *const seerflow_interrupt,
}

impl Default for seerflow_call {
    fn default() -> Self {
        Self {
            timeout_ms: SEERFLOW_DEFAULT_TIMEOUT_MS,
            ..sized::zeroed()
        }
    }
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
unsafe impl sized::Struct for seerflow_call {
    fn sets_reserved(&self) -> bool {
        self.reserved != 0
    }
}

/// Returns the deadline and the interrupt of a call; the timeout is counted from now.
///
/// # Safety
/// `call` is NULL or points to a struct whose `struct_size` is set; its interrupt is NULL or a live handle.
pub(crate) unsafe fn bound(call: *const seerflow_call) -> Result<Control> {
    // SAFETY: the caller upholds the contract.
    unsafe {
        let call = sized::read_or_default(call, "call")?;
        Ok(control(call.timeout_ms, interrupt::share(call.interrupt)?))
    }
}
