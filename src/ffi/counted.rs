//! Values, and the number of records with each value.

use super::error::seerflow_error;
use super::list::{seerflow_kind, seerflow_list};
use super::listed::{self, Listed};
use super::sized;
use super::status::seerflow_status;
use super::text::seerflow_str;
use crate::error::{Error, Result};
use crate::record::{CountBy, Counted};

/// The property by which events or alerts are counted, and the form of its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_count_by {
    /// No property: all records are counted together.
    None = 0,
    /// Events by source_type.
    Source = 1,
    /// Events by source_id.
    Host = 2,
    /// Events by template_id, as a decimal number. Events without a template are not counted.
    Template = 3,
    /// Events by severity_id, as a decimal number; alerts by severity name, "unknown" for a number outside 0 to 6.
    Severity = 4,
    /// Events by entity id. An event counts once for each of its entities.
    Entity = 5,
    /// Alerts by rule name.
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

/// A seerflow_count_by passed from C, not yet validated.
pub type CountByNumber = u32;

/// Converts a seerflow_count_by that applies to events.
pub(crate) fn count_by(number: CountByNumber) -> Result<CountBy> {
    CountBy::ALL
        .into_iter()
        .find(|by| seerflow_count_by::from(*by) as u32 == number)
        .ok_or_else(|| {
            Error::invalid(format!(
                "events cannot be counted by {number}, see seerflow_count_by"
            ))
        })
}

/// A value, and the number of records with it. Initialise it with SEERFLOW_COUNT_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_count {
    /// sizeof(seerflow_count).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// The value as text: a source, a rule, a number.
    pub value: seerflow_str,
    /// The number of records.
    pub count: u64,
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
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

/// Copies the value and its count at `index` of a list to `out`. Indexes start at 0.
///
/// Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
/// NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
/// the list is not of kind SEERFLOW_KIND_COUNT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_count_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_count,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
    unsafe { listed::at::<Counted>(list, index, (out, "out"), error) }
}
