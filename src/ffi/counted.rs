//! Values and how many records have each.

use super::error::seerflow_error;
use super::list::{self, Listed, seerflow_kind, seerflow_list};
use super::sized;
use super::status::seerflow_status;
use super::text::seerflow_str;
use crate::error::{Error, Result};
use crate::record::{CountBy, Counted};

/// What events are counted by, and in which form the value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_count_by {
    /// Nothing: records are counted together.
    None = 0,
    /// Events by source_type.
    Source = 1,
    /// Events by source_id.
    Host = 2,
    /// Events by template_id, a number; events without a template do not count.
    Template = 3,
    /// Events by severity_id, a number; alerts by the name of theirs, "unknown" for a number outside 0 to 6.
    Severity = 4,
    /// Events by each of their entities, by its id.
    Entity = 5,
    /// Alerts by rule.
    Rule = 6,
}

impl From<CountBy> for seerflow_count_by {
    fn from(by: CountBy) -> Self {
        match by {
            CountBy::Source => Self::Source,
            CountBy::Host => Self::Host,
            CountBy::Template => Self::Template,
            CountBy::Severity => Self::Severity,
            CountBy::Entity => Self::Entity,
        }
    }
}

/// What to count by in an argument: not yet checked.
pub type CountByNumber = u32;

/// Finds what to count events by.
pub(crate) fn count_by(number: CountByNumber) -> Result<CountBy> {
    CountBy::ALL
        .into_iter()
        .find(|by| seerflow_count_by::from(*by) as u32 == number)
        .ok_or_else(|| Error::invalid(format!("events cannot be counted by {number}")))
}

/// A value and how many records have it. Begin with its initialiser.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_count {
    /// sizeof(seerflow_count).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// The value: a source, a rule, a number as text.
    pub value: seerflow_str,
    /// Number of records.
    pub count: u64,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_count {}

impl Listed for Counted {
    type Struct = seerflow_count;
    const KIND: seerflow_kind = seerflow_kind::Count;
    const NAME: &'static str = "value";

    fn lend(&self) -> seerflow_count {
        seerflow_count {
            struct_size: 0,
            reserved: 0,
            value: seerflow_str::lend(self.value.as_bytes()),
            count: self.events,
        }
    }
}

/// Fills `out` with a value of a list and its number of records, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past
/// the last one, SEERFLOW_STATUS_INVALID for a list of another kind.
///
/// Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_count_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_count,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at::<Counted>(list, index, (out, "out"), error) }
}
