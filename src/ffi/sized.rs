//! Public structs that start with their size, so that a program and the library may have different versions.
//!
//! A struct that is smaller than the library's comes from an older program: the missing members keep their defaults.
//! A larger struct comes from a newer program: it is accepted if the members that this library does not know are
//! zero.

use std::mem::MaybeUninit;
use std::ptr::NonNull;

use super::out::Place;
use crate::error::{Error, Result};

/// No version of a struct is larger than this. Larger sizes are uninitialised memory.
const MAX_SIZE: usize = 4096;

/// A public struct that starts with its size.
///
/// # Safety
/// The type is `repr(C)`, its first field is `struct_size: u32`, and every bit pattern is a valid value.
pub(crate) unsafe trait Struct: Copy + Default {
    /// Returns true if a reserved member is not 0.
    fn sets_reserved(&self) -> bool {
        false
    }
}

/// Returns a struct of zeros with its size: its numbers are 0, its texts and lists are absent.
pub(crate) fn zeroed<T: Struct>() -> T {
    let mut value = MaybeUninit::<T>::zeroed();
    // SAFETY: every bit pattern is a valid value, and the first member is a `u32`.
    unsafe {
        value.as_mut_ptr().cast::<u32>().write(size_of::<T>() as u32);
        value.assume_init()
    }
}

/// Copies a struct passed from C.
///
/// # Safety
/// `from` is NULL, or at least four bytes are readable there, and as many as they state.
pub(crate) unsafe fn read<T: Struct>(from: *const T, name: &str) -> Result<T> {
    // SAFETY: the caller upholds the contract.
    let size = unsafe { size(from, name) }?;
    // SAFETY: the caller upholds the contract.
    unsafe { copy(from, size) }.map_err(|error| error.within(name))
}

/// Copies a struct of a known size.
///
/// # Safety
/// `size` bytes are readable there.
unsafe fn copy<T: Struct>(from: *const T, size: usize) -> Result<T> {
    let mut value = T::default();
    // SAFETY: the caller upholds the contract. At most the size of `value` is copied, and any bytes are a valid
    // value.
    unsafe {
        std::ptr::copy_nonoverlapping(
            from.cast::<u8>(),
            (&raw mut value).cast::<u8>(),
            size.min(size_of::<T>()),
        );
    }
    if value.sets_reserved() {
        return Err(Error::invalid("reserved must be 0"));
    }
    Ok(value)
}

/// Copies a struct passed from C; NULL means the defaults.
///
/// # Safety
/// As for [`read`].
pub(crate) unsafe fn read_or_default<T: Struct>(from: *const T, name: &str) -> Result<T> {
    if from.is_null() {
        return Ok(T::default());
    }
    // SAFETY: the caller upholds the contract.
    unsafe { read(from, name) }
}

/// An array passed from C, whose structs may be larger or smaller than the library's.
pub(crate) struct Array<T> {
    first: *const T,
    stride: usize,
    name: &'static str,
}

impl<T: Struct> Array<T> {
    /// Checks an array, which may be NULL if it is empty. The size that the first struct states is the stride.
    ///
    /// # Safety
    /// `first` is NULL, or `count` structs of the size that the first one states are readable there.
    pub(crate) unsafe fn new(first: *const T, count: usize, name: &'static str) -> Result<Self> {
        if count == 0 {
            return Ok(Self {
                first,
                stride: size_of::<T>(),
                name,
            });
        }
        if first.is_null() {
            return Err(Error::invalid(format!("{name} is NULL but its count is {count}")));
        }
        // SAFETY: the caller upholds the contract.
        let stride =
            unsafe { size(first, "struct") }.map_err(|error| error.within(format_args!("{name}[0]")))?;
        if count
            .checked_mul(stride)
            .is_none_or(|size| size > isize::MAX as usize)
        {
            return Err(Error::invalid(format!(
                "{name}: {count} structs of {stride} bytes exceed the address space"
            )));
        }
        Ok(Self { first, stride, name })
    }

    /// Copies the struct at a position.
    ///
    /// # Safety
    /// `count` structs of `stride` bytes are readable there, and the position is below `count`.
    pub(crate) unsafe fn at(&self, position: usize) -> Result<T> {
        let at: *const T = self
            .first
            .cast::<u8>()
            .wrapping_add(position * self.stride)
            .cast();
        let within = |error: Error| error.within(format_args!("{}[{position}]", self.name));
        // SAFETY: the caller upholds the contract.
        let size = unsafe { size(at, "struct") }.map_err(within)?;
        if size != self.stride {
            return Err(within(Error::invalid(format!(
                "struct_size is {size}, but that of the first struct is {}",
                self.stride
            ))));
        }
        // SAFETY: the caller upholds the contract.
        unsafe { copy(at, size) }.map_err(within)
    }
}

/// Converts each struct of an array passed from C. An error names the position of its struct.
///
/// # Safety
/// `first` is NULL, or `count` structs of the size that the first one states are readable there.
pub(crate) unsafe fn read_all<T: Struct, R>(
    first: *const T,
    count: usize,
    name: &'static str,
    convert: impl Fn(T) -> Result<R>,
) -> Result<Vec<R>> {
    // SAFETY: the caller upholds the contract.
    let array = unsafe { Array::new(first, count, name) }?;
    let item = |position| {
        // SAFETY: the caller upholds the contract, and the position is below the count.
        let item = unsafe { array.at(position) }?;
        convert(item).map_err(|error| error.within(format_args!("{name}[{position}]")))
    };
    (0..count).map(item).collect()
}

/// A struct of the caller's into which a result is written.
pub(crate) struct SizedOut<T> {
    place: NonNull<T>,
    size: usize,
}

impl<T: Struct> SizedOut<T> {
    /// Checks a struct whose `struct_size` the caller has set.
    ///
    /// # Safety
    /// `to` is NULL, or at least four bytes are readable there, and as many as they state are writable.
    pub(crate) unsafe fn new(to: *mut T, name: &str) -> Result<Self> {
        // SAFETY: the caller upholds the contract.
        let size = unsafe { size(to, name) }?;
        NonNull::new(to)
            .map(|place| Self { place, size })
            .ok_or_else(|| Error::invalid(format!("{name} is NULL")))
    }

    /// Checks a struct that may be NULL.
    ///
    /// # Safety
    /// As for [`SizedOut::new`].
    pub(crate) unsafe fn optional(to: *mut T, name: &str) -> Result<Option<Self>> {
        if to.is_null() {
            return Ok(None);
        }
        // SAFETY: the caller upholds the contract.
        unsafe { Self::new(to, name) }.map(Some)
    }
}

impl<T: Struct> Place for SizedOut<T> {
    type Value = T;

    /// Writes the part of the result that fits into the caller's struct. Its `struct_size` stays the same.
    fn put(self, value: T) {
        let known = self.size.min(size_of::<T>());
        let to = self.place.as_ptr().cast::<MaybeUninit<u8>>();
        // SAFETY: the caller of `new` promised `size` writable bytes; `size()` checked the alignment.
        unsafe {
            std::ptr::copy_nonoverlapping((&raw const value).cast(), to, known);
            to.cast::<u32>().write(self.size as u32);
            to.add(known).write_bytes(0, self.size - known);
        }
    }
}

/// Reads and checks the size of a struct.
///
/// # Safety
/// As for [`read`].
unsafe fn size<T>(from: *const T, name: &str) -> Result<usize> {
    if from.is_null() {
        return Err(Error::invalid(format!("{name} is NULL")));
    }
    if !from.is_aligned() {
        return Err(Error::invalid(format!("{name} is not aligned")));
    }
    // SAFETY: four bytes are readable there.
    let size = unsafe { from.cast::<u32>().read() } as usize;
    check_size::<T>(size, name)?;
    for position in size_of::<T>()..size {
        // SAFETY: the struct states that it has that many bytes.
        if unsafe { from.cast::<u8>().add(position).read() } != 0 {
            return Err(Error::invalid(format!(
                "{name} sets a member that this version of the library does not know"
            )));
        }
    }
    Ok(size)
}

fn check_size<T>(size: usize, name: &str) -> Result<()> {
    // In every version of a struct, the size was a multiple of its alignment.
    let possible = size >= align_of::<T>() && size <= MAX_SIZE && size.is_multiple_of(align_of::<T>());
    if possible {
        Ok(())
    } else {
        Err(Error::invalid(format!(
            "{name}: struct_size {size} is not a size of this struct: use its initialiser"
        )))
    }
}
