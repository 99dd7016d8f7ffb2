//! Fallible allocation, for sizes that data decides: running out of memory is an error instead of an abort.

use std::io;

use crate::error::{Error, ErrorKind, Result};

/// Reserves capacity for `more` elements.
///
/// # Errors
/// [`Limit`](ErrorKind::Limit) if there is not enough memory.
pub fn reserve<T>(vector: &mut Vec<T>, more: usize) -> Result<()> {
    vector
        .try_reserve(more)
        .map_err(|_| exhausted(more * size_of::<T>()))
}

/// Checks that `bytes` bytes are free, before work that takes them by allocations that cannot fail.
///
/// # Errors
/// [`Limit`](ErrorKind::Limit) if there is not enough memory.
pub fn probe(bytes: usize) -> Result<()> {
    reserve(&mut Vec::<u8>::new(), bytes)
}

/// Appends an element to a vector.
///
/// # Errors
/// [`Limit`](ErrorKind::Limit) if there is not enough memory.
pub fn push<T>(vector: &mut Vec<T>, element: T) -> Result<()> {
    reserve(vector, 1)?;
    vector.push(element);
    Ok(())
}

/// Copies bytes.
///
/// # Errors
/// [`Limit`](ErrorKind::Limit) if there is not enough memory.
pub fn copy(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len())
        .map_err(|_| exhausted(bytes.len()))?;
    copy.extend_from_slice(bytes);
    Ok(copy)
}

/// Copies a text.
///
/// # Errors
/// [`Limit`](ErrorKind::Limit) if there is not enough memory.
pub fn copy_text(text: &str) -> Result<String> {
    let mut copy = String::new();
    copy.try_reserve_exact(text.len())
        .map_err(|_| exhausted(text.len()))?;
    copy.push_str(text);
    Ok(copy)
}

fn exhausted(bytes: usize) -> Error {
    Error::new(
        ErrorKind::Limit,
        format!("not enough memory for {bytes} more bytes"),
    )
}

/// A writer that appends to a vector. It fails with [`OutOfMemory`](io::ErrorKind::OutOfMemory) where `Vec` would abort.
#[derive(Debug)]
pub struct Appending<'v>(pub &'v mut Vec<u8>);

impl io::Write for Appending<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .try_reserve(bytes.len())
            .map_err(|_| io::ErrorKind::OutOfMemory)?;
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The usual `remedy` for [`Room::require`] if the query has a limit.
pub const FEWER: &str = "ask for fewer";

/// The size budget of one answer.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    bound: usize,
    used: usize,
    is_empty: bool,
}

impl Room {
    /// Creates a budget of `bound` bytes, normally `storage.page_bytes`.
    pub fn new(bound: usize) -> Self {
        Self {
            bound,
            used: 0,
            is_empty: true,
        }
    }

    /// Reserves the bytes of one more record; returns false if the answer must end before it. The first record always fits.
    pub fn take(&mut self, bytes: usize) -> bool {
        self.used = self.used.saturating_add(bytes);
        std::mem::take(&mut self.is_empty) || self.used <= self.bound
    }

    /// Reserves the bytes of one more record, for an answer that cannot be continued.
    ///
    /// # Errors
    /// [`Limit`](ErrorKind::Limit) if the record does not fit; `remedy` tells the caller how to ask for less.
    pub fn require(&mut self, bytes: usize, remedy: &str) -> Result<()> {
        if self.take(bytes) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Limit,
            format!(
                "the answer exceeds storage.page_bytes ({} bytes): {remedy}, or raise the option",
                self.bound
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_record_always_fits() {
        let mut room = Room::new(10);
        assert!(room.take(11));
        assert!(!room.take(0));
        let mut room = Room::new(10);
        assert!(room.take(4) && room.take(6) && !room.take(1));
    }

    #[test]
    fn failed_allocation_is_an_error() {
        let mut bytes = vec![1_u8];
        let error = reserve(&mut bytes, isize::MAX as usize - 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert_eq!(bytes, [1]);
    }
}
