//! Buckets of a histogram: time spans, and the number of records in each.

use super::error::seerflow_error;
use super::list::{seerflow_kind, seerflow_list};
use super::listed::{self, Listed};
use super::sized;
use super::status::seerflow_status;
use super::text::seerflow_str;
use crate::record::Bucket;

/// A time span, and the number of records in it. Initialise it with SEERFLOW_BUCKET_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_bucket {
    /// sizeof(seerflow_bucket).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// The start of the span, in nanoseconds since 1970-01-01 UTC. Its length is the `bucket_ns` of the call.
    pub start_ns: i64,
    /// The number of records.
    pub count: u64,
    /// The value by which the histogram is split. Empty if it is not split.
    pub value: seerflow_str,
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
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

/// Copies the bucket at `index` of a list to `out`. Indexes start at 0.
///
/// Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
/// NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
/// the list is not of kind SEERFLOW_KIND_BUCKET.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_bucket_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_bucket,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
    unsafe { listed::at::<Bucket>(list, index, (out, "out"), error) }
}
