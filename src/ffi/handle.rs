//! Opaque handles: a box that starts with a magic number, by which most pointers that are not handles are recognised.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::error::{Error, ErrorKind, Result};

/// A C type whose pointers are handles.
pub(crate) trait Object: Sized {
    /// The Rust value of the handle. Handles are moved between threads and shared by them.
    type Value: Send + Sync;
    /// The C type's name.
    const NAME: &'static str;
    /// The first eight bytes of every live handle of this type.
    const MAGIC: [u8; 8];
}

/// The memory that a handle points to.
#[repr(C)]
pub(crate) struct Handle<T> {
    magic: AtomicU64,
    poisoned: AtomicBool,
    value: T,
}

impl<T> Handle<T> {
    /// Creates a handle that lives inside another object.
    pub(crate) fn new<O: Object<Value = T>>(value: T) -> Self {
        Self {
            magic: AtomicU64::new(u64::from_le_bytes(O::MAGIC)),
            poisoned: AtomicBool::new(false),
            value,
        }
    }

    pub(crate) fn value(&self) -> &T {
        &self.value
    }

    /// Makes every later use fail, except for destroying the handle.
    pub(crate) fn poison(&self) {
        self.poisoned.store(true, Ordering::Release);
    }

    pub(crate) fn check_poison(&self) -> Result<()> {
        if self.poisoned.load(Ordering::Acquire) {
            return Err(Error::new(
                ErrorKind::Panic,
                "an earlier call on the handle panicked: destroy it",
            ));
        }
        Ok(())
    }
}

/// Boxes a value and returns the handle.
pub(crate) fn make<O: Object>(value: O::Value) -> *mut O {
    Box::into_raw(Box::new(Handle::new::<O>(value))).cast()
}

/// Borrows the handle behind a pointer from C.
///
/// # Safety
/// `object` is NULL or points to eight readable bytes; if it is a live handle of its type, no other thread destroys
/// it.
pub(crate) unsafe fn get<'a, O: Object>(object: *const O) -> Result<&'a Handle<O::Value>> {
    let handle: *const Handle<O::Value> = object.cast();
    if handle.is_null() {
        return Err(Error::invalid(format!("{} is NULL", O::NAME)));
    }
    let not_a_handle = || Error::invalid(format!("the pointer is not a {}, or it was destroyed", O::NAME));
    if !handle.is_aligned() {
        return Err(not_a_handle());
    }
    // SAFETY: eight bytes are readable there and the pointer is aligned for them.
    let magic = unsafe { AtomicU64::from_ptr(handle.cast::<u64>().cast_mut()) }.load(Ordering::Acquire);
    if magic != u64::from_le_bytes(O::MAGIC) {
        return Err(not_a_handle());
    }
    // SAFETY: only `make` and `Handle::new` write this word, at the front of a handle of this type.
    Ok(unsafe { &*handle })
}

/// Unboxes a handle that `make` returned. Returns `None` if the pointer is not such a handle.
///
/// # Safety
/// As for [`get`]; no call on the handle runs, and the handle is not inside another object.
pub(crate) unsafe fn take<O: Object>(object: *mut O) -> Option<O::Value> {
    // SAFETY: the caller upholds the contract.
    let handle = unsafe { get(object) }.ok()?;
    // If two threads destroy the same handle, only one of them succeeds here.
    let live = u64::from_le_bytes(O::MAGIC);
    handle
        .magic
        .compare_exchange(live, 0, Ordering::AcqRel, Ordering::Relaxed)
        .ok()?;
    // SAFETY: the magic number was there, so `make` boxed this handle. It is cleared now, so no other call finds the
    // handle.
    let handle = unsafe { Box::from_raw(object.cast::<Handle<O::Value>>()) };
    Some(handle.value)
}
