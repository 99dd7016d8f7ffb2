//! Opaque handles: a box with a magic word in front, so that what is no handle is noticed where it can be.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::error::{Error, ErrorKind, Result};

/// A C type whose pointers are handles.
pub(crate) trait Object: Sized {
    /// What is behind a handle. Handles go from thread to thread and may be used by several.
    type Value: Send + Sync;
    /// The C type's name.
    const NAME: &'static str;
    /// What a live handle of this type begins with: eight letters.
    const MAGIC: [u8; 8];
}

/// What a handle points to.
#[repr(C)]
pub(crate) struct Handle<T> {
    magic: AtomicU64,
    poisoned: AtomicBool,
    value: T,
}

impl<T> Handle<T> {
    /// Makes a handle that lives inside another object.
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

    /// Refuses every later use but the release.
    pub(crate) fn poison(&self) {
        self.poisoned.store(true, Ordering::Release);
    }

    pub(crate) fn check_poison(&self) -> Result<()> {
        if self.poisoned.load(Ordering::Acquire) {
            return Err(Error::new(
                ErrorKind::Panic,
                "an earlier call on the handle panicked",
            ));
        }
        Ok(())
    }
}

/// Boxes a value and hands it to C.
pub(crate) fn make<O: Object>(value: O::Value) -> *mut O {
    Box::into_raw(Box::new(Handle::new::<O>(value))).cast()
}

/// Borrows what a handle points to.
///
/// # Safety
/// `object` is NULL or points to eight readable bytes; if it is a live handle of its type, no other thread destroys it.
pub(crate) unsafe fn get<'a, O: Object>(object: *const O) -> Result<&'a Handle<O::Value>> {
    let handle: *const Handle<O::Value> = object.cast();
    if handle.is_null() {
        return Err(Error::invalid(format!("{} is NULL", O::NAME)));
    }
    let stranger = || Error::invalid(format!("the pointer is no {}, or it was destroyed", O::NAME));
    if !handle.is_aligned() {
        return Err(stranger());
    }
    // SAFETY: eight bytes are readable there and the pointer is aligned for them.
    let magic = unsafe { AtomicU64::from_ptr(handle.cast::<u64>().cast_mut()) }.load(Ordering::Acquire);
    if magic != u64::from_le_bytes(O::MAGIC) {
        return Err(stranger());
    }
    // SAFETY: only `make` and `Handle::new` write this word, at the front of a handle of this type.
    Ok(unsafe { &*handle })
}

/// Takes back what `make` handed out; `None` when the pointer is no such thing.
///
/// # Safety
/// As for [`get`]; no call on the handle runs, and the handle is not inside another object.
pub(crate) unsafe fn take<O: Object>(object: *mut O) -> Option<O::Value> {
    // SAFETY: the caller keeps the contract.
    let handle = unsafe { get(object) }.ok()?;
    // Two that destroy the same handle: one wins.
    let live = u64::from_le_bytes(O::MAGIC);
    handle
        .magic
        .compare_exchange(live, 0, Ordering::AcqRel, Ordering::Relaxed)
        .ok()?;
    // SAFETY: the word was there, so `make` boxed this handle; nobody can get it from here on.
    let handle = unsafe { Box::from_raw(object.cast::<Handle<O::Value>>()) };
    Some(handle.value)
}
