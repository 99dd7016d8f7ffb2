//! Stretches of time and how many records are in each.

use super::error::seerflow_error;
use super::list::{self, Listed, seerflow_kind, seerflow_list};
use super::sized;
use super::status::seerflow_status;
use super::text::seerflow_str;
use crate::record::Bucket;

/// A stretch of time and how many records are in it. Begin with its initialiser.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_bucket {
    /// sizeof(seerflow_bucket).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// When it begins, in nanoseconds since 1970-01-01 UTC.
    pub start_ns: i64,
    /// Number of records.
    pub count: u64,
    /// Of which value the records are; empty in a histogram that is not split.
    pub value: seerflow_str,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_bucket {}

impl Listed for Bucket {
    type Struct = seerflow_bucket;
    const KIND: seerflow_kind = seerflow_kind::Bucket;
    const NAME: &'static str = "bucket";

    fn lend(&self) -> seerflow_bucket {
        seerflow_bucket {
            struct_size: 0,
            reserved: 0,
            start_ns: self.start_ns,
            count: self.events,
            value: seerflow_str::lend(self.value.as_bytes()),
        }
    }
}

/// Fills `out` with a bucket of a histogram, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
/// SEERFLOW_STATUS_INVALID for a list of another kind.
///
/// Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_bucket_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_bucket,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at::<Bucket>(list, index, (out, "out"), error) }
}
