//! Pointers to which results are written. They are checked before the work starts.

use std::ptr::NonNull;

use crate::error::{Error, Result};

/// The caller's memory for one result, checked before the work of a call starts.
pub(crate) trait Place {
    /// The type of the result.
    type Value;

    /// Writes the result.
    fn put(self, value: Self::Value);
}

/// A place that the caller may leave out.
impl<P: Place> Place for Option<P> {
    type Value = P::Value;

    fn put(self, value: P::Value) {
        if let Some(place) = self {
            place.put(value);
        }
    }
}

/// The caller's memory for a value.
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
}

impl<T> Place for Out<T> {
    type Value = T;

    fn put(self, value: T) {
        // SAFETY: the caller of `new` promised that the memory is writable; `new` checked the alignment.
        unsafe { self.0.write(value) }
    }
}
