//! Public structs that begin with their size, so that programs and library may be of different ages.
//!
//! A smaller struct is an older program's: what it lacks keeps its default. A larger one is a newer program's: it is
//! accepted if what this library does not know is zero.

use std::mem::MaybeUninit;
use std::ptr::NonNull;

use crate::error::{Error, Result};

/// Sizes above this are garbage.
const MAX_SIZE: usize = 4096;

/// A public struct.
///
/// # Safety
/// The type is `repr(C)`, its first field is `struct_size: u32`, and every bit pattern is a value of it.
pub(crate) unsafe trait Struct: Copy + Default {
    /// Returns true if a member that must be 0 is not.
    fn sets_reserved(&self) -> bool {
        false
    }
}

/// Reads a struct of the caller's.
///
/// # Safety
/// `from` is NULL, or at least four bytes are readable there and as many as they say.
pub(crate) unsafe fn read<T: Struct>(from: *const T, name: &str) -> Result<T> {
    // SAFETY: the caller keeps the contract.
    let size = unsafe { size(from, name) }?;
    // SAFETY: the caller keeps the contract.
    unsafe { copy(from, size) }.map_err(|error| error.within(name))
}

/// Copies a struct of the caller's that has this size.
///
/// # Safety
/// `size` bytes are readable there.
unsafe fn copy<T: Struct>(from: *const T, size: usize) -> Result<T> {
    let mut value = T::default();
    // SAFETY: the caller keeps the contract, the value takes its own size, and any bytes are a value of it.
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

/// Reads a struct of the caller's; NULL stands for the defaults.
///
/// # Safety
/// As for [`read`].
pub(crate) unsafe fn read_or_default<T: Struct>(from: *const T, name: &str) -> Result<T> {
    if from.is_null() {
        return Ok(T::default());
    }
    // SAFETY: the caller keeps the contract.
    unsafe { read(from, name) }
}

/// An array of the caller's, whose structs may be larger or smaller than ours.
pub(crate) struct Array<T> {
    first: *const T,
    stride: usize,
    name: &'static str,
}

impl<T: Struct> Array<T> {
    /// Accepts an array; NULL if it is empty. The size that the first struct states is the distance from one to the next.
    ///
    /// # Safety
    /// `first` is NULL, or `count` structs of the size that the first states are readable there.
    pub(crate) unsafe fn new(first: *const T, count: usize, name: &'static str) -> Result<Self> {
        if count == 0 {
            return Ok(Self {
                first,
                stride: size_of::<T>(),
                name,
            });
        }
        if first.is_null() {
            return Err(Error::invalid(format!("{name} is NULL, the count is {count}")));
        }
        // SAFETY: the caller keeps the contract.
        let stride =
            unsafe { size(first, "struct") }.map_err(|error| error.within(format_args!("{name}[0]")))?;
        if count
            .checked_mul(stride)
            .is_none_or(|size| size > isize::MAX as usize)
        {
            return Err(Error::invalid(format!(
                "{name}: no memory has room for {count} of {stride} bytes"
            )));
        }
        Ok(Self { first, stride, name })
    }

    /// Reads the struct at a position.
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
        // SAFETY: the caller keeps the contract.
        let size = unsafe { size(at, "struct") }.map_err(within)?;
        if size != self.stride {
            return Err(within(Error::invalid(format!(
                "struct_size is {size}, that of the first is {}",
                self.stride
            ))));
        }
        // SAFETY: the caller keeps the contract.
        unsafe { copy(at, size) }.map_err(within)
    }
}

/// Converts each struct of an array of the caller's; an error names the struct that it is about.
///
/// # Safety
/// `first` is NULL, or `count` structs of the size that the first states are readable there.
pub(crate) unsafe fn read_all<T: Struct, R>(
    first: *const T,
    count: usize,
    name: &'static str,
    convert: impl Fn(T) -> Result<R>,
) -> Result<Vec<R>> {
    // SAFETY: the caller keeps the contract.
    let array = unsafe { Array::new(first, count, name) }?;
    let item = |position| {
        // SAFETY: the caller keeps the contract, and the position is below the count.
        let item = unsafe { array.at(position) }?;
        convert(item).map_err(|error| error.within(format_args!("{name}[{position}]")))
    };
    (0..count).map(item).collect()
}

/// A struct of the caller's that is to be filled.
pub(crate) struct SizedOut<T> {
    place: NonNull<T>,
    size: usize,
}

impl<T: Struct> SizedOut<T> {
    /// Accepts a struct whose `struct_size` the caller has set.
    ///
    /// # Safety
    /// `to` is NULL, or at least four bytes are readable there and as many as they say are writable.
    pub(crate) unsafe fn new(to: *mut T, name: &str) -> Result<Self> {
        // SAFETY: the caller keeps the contract.
        let size = unsafe { size(to, name) }?;
        NonNull::new(to)
            .map(|place| Self { place, size })
            .ok_or_else(|| Error::invalid(format!("{name} is NULL")))
    }

    /// Accepts a struct that may be NULL.
    ///
    /// # Safety
    /// As for [`SizedOut::new`].
    pub(crate) unsafe fn optional(to: *mut T, name: &str) -> Result<Option<Self>> {
        if to.is_null() {
            return Ok(None);
        }
        // SAFETY: the caller keeps the contract.
        unsafe { Self::new(to, name) }.map(Some)
    }

    /// Writes what the struct has room for; its `struct_size` stays the caller's.
    pub(crate) fn put(self, value: T) {
        let known = self.size.min(size_of::<T>());
        let to = self.place.as_ptr().cast::<MaybeUninit<u8>>();
        // SAFETY: the constructors were promised `size` writable bytes and saw that the pointer is aligned for a u32.
        unsafe {
            std::ptr::copy_nonoverlapping((&raw const value).cast(), to, known);
            to.cast::<u32>().write(self.size as u32);
            to.add(known).write_bytes(0, self.size - known);
        }
    }
}

/// Reads and checks a struct's size.
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
        // SAFETY: the struct says that it has that many bytes.
        if unsafe { from.cast::<u8>().add(position).read() } != 0 {
            return Err(Error::invalid(format!(
                "{name} sets a field that this library does not know"
            )));
        }
    }
    Ok(size)
}

fn check_size<T>(size: usize, name: &str) -> Result<()> {
    // Every version of the struct had a multiple of its alignment.
    let whole = size >= align_of::<T>() && size <= MAX_SIZE && size.is_multiple_of(align_of::<T>());
    if whole {
        Ok(())
    } else {
        Err(Error::invalid(format!(
            "{name}: struct_size {size} is none of this struct"
        )))
    }
}
