//! Patterns: groups of alerts that were judged true positives.

use serde::Serialize;

use super::call::seerflow_call;
use super::error::seerflow_error;
use super::list::{seerflow_kind, seerflow_list};
use super::listed::{self, Listed};
use super::query::{self, seerflow_query};
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::seerflow_str;
use super::value::{Texts, seerflow_strs};
use crate::record::AlertPattern;

/// A group of true positives with the same type, rule and entity type. Initialise it with
/// SEERFLOW_ALERT_PATTERN_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_alert_pattern {
    /// sizeof(seerflow_alert_pattern).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// The type of the alerts.
    pub alert_type: seerflow_str,
    /// The rule of the alerts.
    pub rule_name: seerflow_str,
    /// The type of the entities that the alerts are about.
    pub entity_type: seerflow_str,
    /// The number of alerts in the group.
    pub count: u64,
    /// The time of the latest verdict in the group, in nanoseconds since 1970-01-01 UTC.
    pub last_verdict_ns: i64,
    /// The ids of the alerts, latest verdict first, up to seerflow_query_set_max_alerts.
    pub alert_ids: seerflow_strs,
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
unsafe impl sized::Struct for seerflow_alert_pattern {}

/// A pattern, and its list of ids in the form that C reads.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Pattern {
    pattern: AlertPattern,
    #[serde(skip)]
    ids: Texts,
}

impl From<AlertPattern> for Pattern {
    fn from(pattern: AlertPattern) -> Self {
        Self {
            // SAFETY: the texts belong to the pattern, which is never changed.
            ids: unsafe { Texts::new(&pattern.alert_ids) },
            pattern,
        }
    }
}

impl Listed for Pattern {
    type Struct = seerflow_alert_pattern;
    const KIND: seerflow_kind = seerflow_kind::AlertPattern;
    const NAME: &'static str = "pattern";

    fn lend(&self) -> seerflow_alert_pattern {
        let Pattern { pattern, ids } = self;
        let text = |text: &str| seerflow_str::lend(text.as_bytes());
        seerflow_alert_pattern {
            struct_size: 0,
            reserved: 0,
            alert_type: text(&pattern.alert_type),
            rule_name: text(&pattern.rule_name),
            entity_type: text(&pattern.entity_type),
            count: pattern.count,
            last_verdict_ns: pattern.last_verdict_ns,
            alert_ids: ids.lend(),
        }
    }
}

/// Groups true positives by type, rule and entity type, and lists the largest groups first.
///
/// Only the latest verdict on each alert counts, and only if it was given within the query's window. The query may
/// also set the size of the smallest group (seerflow_query_set_min_count) and the number of alerts listed for each
/// group (seerflow_query_set_max_alerts).
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_alert_patterns(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
            let patterns = engine
                .alerts()?
                .alert_patterns(&query::read(query)?.patterns()?, control)?;
            Ok(patterns.into_iter().map(Pattern::from).collect::<Vec<_>>())
        })
    }
}

/// Copies the pattern at `index` of a list to `out`. Indexes start at 0.
///
/// Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
/// NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
/// the list is not of kind SEERFLOW_KIND_ALERT_PATTERN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_alert_pattern_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_alert_pattern,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
    unsafe { listed::at::<Pattern>(list, index, (out, "out"), error) }
}
