//! Pointers to which results are written. They are checked before the work starts.

use std::ptr::NonNull;

use crate::error::{Error, Result};

/// The caller's memory for one result.
pub(crate) struct Out<T>(NonNull<T>);

impl<T> Out<T> {
    /// Accepts a pointer that must not be NULL.
    ///
    /// # Safety
    /// `pointer` is NULL, misaligned, or writable until the call ends.
    pub(crate) unsafe fn new(pointer: *mut T, name: &str) -> Result<Self> {
        match NonNull::new(pointer) {
            Some(pointer) if pointer.is_aligned() => Ok(Self(pointer)),
            Some(_) => Err(Error::invalid(format!("{name} is not aligned"))),
            None => Err(Error::invalid(format!("{name} is NULL"))),
        }
    }

    /// Accepts a pointer that may be NULL.
    ///
    /// # Safety
    /// As for [`Out::new`].
    pub(crate) unsafe fn optional(pointer: *mut T, name: &str) -> Result<Option<Self>> {
        if pointer.is_null() {
            return Ok(None);
        }
        // SAFETY: the caller upholds the contract.
        unsafe { Self::new(pointer, name) }.map(Some)
    }

    /// Writes the result.
    pub(crate) fn put(self, value: T) {
        // SAFETY: the caller of `new` promised that the memory is writable; `new` checked the alignment.
        unsafe { self.0.write(value) }
    }
}
