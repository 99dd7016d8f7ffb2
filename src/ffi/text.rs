//! Text and bytes passed between C and Rust.

use std::ffi::{CStr, CString, c_char, c_void};
use std::path::PathBuf;

use super::out::{Out, Place};
use crate::error::{Error, Result};

/// Text with a length. It is not NUL-terminated.
///
/// An absent text has `data` NULL and `len` 0; the field then has its default. NULL with another length is an error.
///
/// Texts of events and templates may contain invalid UTF-8, which is replaced by U+FFFD. An event keeps the exact
/// bytes, in base64, in its attribute `seerflow.raw.<field>`; for a list or a map, that attribute holds pairs of the
/// position of a text and its bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_str {
    /// The first byte, or NULL.
    pub data: *const c_char,
    /// The number of bytes.
    pub len: usize,
}

/// The largest accepted length, in bytes. A larger one is a mistake of the caller: that many bytes are not there.
const LONGEST: usize = 1 << 30;

impl seerflow_str {
    /// Lends text to C: the struct points to `bytes`.
    pub(crate) fn lend(bytes: &[u8]) -> Self {
        Self {
            data: bytes.as_ptr().cast(),
            len: bytes.len(),
        }
    }

    /// Borrows the bytes; `None` if the text is absent.
    ///
    /// # Safety
    /// `len` bytes are readable at `data` for as long as the borrow lasts, or `data` is NULL.
    pub(crate) unsafe fn bytes<'a>(self, name: &str) -> Result<Option<&'a [u8]>> {
        if self.data.is_null() && self.len == 0 {
            return Ok(None);
        }
        if self.len > LONGEST {
            return Err(Error::invalid(format!(
                "{name} has {} bytes; the limit is {LONGEST}",
                self.len
            )));
        }
        // SAFETY: the caller upholds the contract.
        unsafe { bytes(self.data.cast(), self.len, name) }.map(Some)
    }

    /// Copies text that people read: invalid UTF-8 becomes U+FFFD. An absent text is empty.
    ///
    /// # Safety
    /// As for [`seerflow_str::bytes`].
    pub(crate) unsafe fn lossy(self, name: &str) -> Result<String> {
        // SAFETY: the caller upholds the contract.
        let bytes = unsafe { self.bytes(name) }?.unwrap_or_default();
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    /// Copies text that must be UTF-8, because other records refer to it. An absent text is empty.
    ///
    /// # Safety
    /// As for [`seerflow_str::bytes`].
    pub(crate) unsafe fn exact(self, name: &str) -> Result<String> {
        // SAFETY: the caller upholds the contract.
        Ok(unsafe { self.utf8(name) }?.unwrap_or_default().to_owned())
    }

    /// Borrows text that must be UTF-8; `None` if it is absent or empty.
    ///
    /// # Safety
    /// As for [`seerflow_str::bytes`].
    pub(crate) unsafe fn utf8<'a>(self, name: &str) -> Result<Option<&'a str>> {
        // SAFETY: the caller upholds the contract.
        let bytes = unsafe { self.bytes(name) }?.unwrap_or_default();
        let text = std::str::from_utf8(bytes)
            .map_err(|e| Error::invalid(format!("{name} is not UTF-8")).with_source(e))?;
        Ok((!text.is_empty()).then_some(text))
    }
}

/// A C `bool`: any byte, of which 0 is false.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flag(u8);

impl Flag {
    pub(crate) const SET: Self = Self(1);

    pub(crate) fn is_set(self) -> bool {
        self.0 != 0
    }
}

impl From<bool> for Flag {
    fn from(is_set: bool) -> Self {
        Self(is_set.into())
    }
}

/// Borrows bytes. `data` may be NULL if the length is 0.
///
/// # Safety
/// `length` bytes are readable at `data` for as long as the borrow lasts, or `data` is NULL.
pub(crate) unsafe fn bytes<'a>(data: *const c_void, length: usize, name: &str) -> Result<&'a [u8]> {
    // SAFETY: the caller upholds the contract; bytes need no alignment.
    unsafe { items(data.cast(), length, name) }
}

/// Borrows an array. `data` may be NULL if the count is 0.
///
/// # Safety
/// `count` items are readable at `data` for as long as the borrow lasts, or `data` is NULL.
pub(crate) unsafe fn items<'a, T>(data: *const T, count: usize, name: &str) -> Result<&'a [T]> {
    if count == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(Error::invalid(format!(
            "{name} is NULL but its length is {count}"
        )));
    }
    if !data.is_aligned() {
        return Err(Error::invalid(format!("{name} is not aligned")));
    }
    if count
        .checked_mul(size_of::<T>())
        .is_none_or(|size| size > isize::MAX as usize)
    {
        return Err(Error::invalid(format!(
            "{name}: a length of {count} exceeds the address space"
        )));
    }
    // SAFETY: the caller upholds the contract; alignment and size were checked.
    Ok(unsafe { std::slice::from_raw_parts(data, count) })
}

/// Borrows a NUL-terminated text; `None` for NULL.
///
/// # Safety
/// `text` is NULL or NUL-terminated, and lives as long as the borrow.
pub(crate) unsafe fn optional_text<'a>(text: *const c_char, name: &str) -> Result<Option<&'a str>> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller upholds the contract.
    let text = unsafe { CStr::from_ptr(text) }.to_str();
    text.map(Some)
        .map_err(|e| Error::invalid(format!("{name} is not UTF-8")).with_source(e))
}

/// Borrows a NUL-terminated text that must not be NULL.
///
/// # Safety
/// As for [`optional_text`].
pub(crate) unsafe fn required_text<'a>(text: *const c_char, name: &str) -> Result<&'a str> {
    // SAFETY: the caller upholds the contract.
    unsafe { optional_text(text, name) }?.ok_or_else(|| Error::invalid(format!("{name} is NULL")))
}

/// Reads a path: any bytes on Unix, UTF-8 elsewhere.
///
/// # Safety
/// As for [`optional_text`].
pub(crate) unsafe fn path(text: *const c_char, name: &str) -> Result<PathBuf> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        if text.is_null() {
            return Err(Error::invalid(format!("{name} is NULL")));
        }
        // SAFETY: the caller upholds the contract.
        let bytes = unsafe { CStr::from_ptr(text) }.to_bytes();
        Ok(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
    }
    #[cfg(not(unix))]
    {
        // SAFETY: the caller upholds the contract.
        unsafe { required_text(text, name) }.map(PathBuf::from)
    }
}

/// Makes a NUL-terminated text. A NUL inside the text, where C would stop reading, becomes U+FFFD.
pub(crate) fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}

/// The caller's buffer for a text, and the place for the length of that text.
pub(crate) struct Buffer {
    start: *mut u8,
    capacity: usize,
    length: Option<Out<usize>>,
}

impl Buffer {
    /// Checks a buffer of the caller's.
    ///
    /// # Safety
    /// `capacity` bytes are writable at `start`, or `start` is NULL; `length` is NULL or points to a place for a
    /// size.
    pub(crate) unsafe fn new(start: *mut c_char, capacity: usize, length: *mut usize) -> Result<Self> {
        if start.is_null() && capacity > 0 {
            return Err(Error::invalid(format!(
                "buffer is NULL but its capacity is {capacity}"
            )));
        }
        // SAFETY: the caller upholds the contract.
        let length = unsafe { Out::optional(length, "length") }?;
        if capacity == 0 && length.is_none() {
            return Err(Error::invalid(
                "buffer has no capacity and length is NULL: pass one of the two",
            ));
        }
        Ok(Self {
            start: start.cast(),
            capacity,
            length,
        })
    }
}

impl Place for Buffer {
    type Value = String;

    /// Copies as much of the text as fits, followed by a NUL, and reports the length of the whole text.
    fn put(self, text: String) {
        if self.capacity > 0 {
            let mut fitting = text.len().min(self.capacity - 1);
            while !text.is_char_boundary(fitting) {
                fitting -= 1;
            }
            // SAFETY: the caller of `new` promised `capacity` bytes; the copied part and the NUL fit into them.
            unsafe {
                std::ptr::copy_nonoverlapping(text.as_ptr(), self.start, fitting);
                self.start.add(fitting).write(0);
            }
        }
        self.length.put(text.len());
    }
}
