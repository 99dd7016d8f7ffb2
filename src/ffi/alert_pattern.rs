//! Patterns of true positives.

use super::call::seerflow_call;
use super::error::seerflow_error;
use super::list::{self, Listed, seerflow_kind, seerflow_list};
use super::query::{self, seerflow_query};
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::seerflow_str;
use super::value::{Texts, seerflow_strs};
use crate::record::AlertPattern;

/// True positives that share type, rule and kind of entity. Begin with its initialiser.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_alert_pattern {
    /// sizeof(seerflow_alert_pattern).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// The type of the alerts.
    pub alert_type: seerflow_str,
    /// Their rule.
    pub rule_name: seerflow_str,
    /// The kind of entity that they are about.
    pub entity_type: seerflow_str,
    /// How many there are.
    pub count: u64,
    /// When the latest of their verdicts was given, in nanoseconds since 1970-01-01 UTC.
    pub last_verdict_ns: i64,
    /// Ids of the alerts, those judged last first, as many as were asked for.
    pub alert_ids: seerflow_strs,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_alert_pattern {}

/// A pattern, and its ids as C sees them.
#[derive(Debug)]
pub struct Pattern {
    pattern: AlertPattern,
    ids: Texts,
}

impl From<AlertPattern> for Pattern {
    fn from(pattern: AlertPattern) -> Self {
        Self {
            // SAFETY: the texts are the pattern's, which nobody changes.
            ids: unsafe { Texts::new(&pattern.alert_ids) },
            pattern,
        }
    }
}

impl serde::Serialize for Pattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        self.pattern.serialize(serializer)
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

/// Groups the true positives by type, rule and kind of entity, and lists the groups with most alerts. The latest
/// verdict of each alert counts, if the query's window holds it. The query also sets the smallest group
/// (seerflow_query_set_min_count) and how many alerts each group lists (seerflow_query_set_max_alerts).
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_alert_patterns(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        list::answer(store, call, list, error, |engine, control| {
            let patterns = engine
                .alerts()?
                .alert_patterns(&query::read(query)?.patterns()?, control)?;
            Ok(patterns.into_iter().map(Pattern::from).collect::<Vec<_>>())
        })
    }
}

/// Fills `out` with a pattern of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
/// SEERFLOW_STATUS_INVALID for a list of another kind.
///
/// Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_alert_pattern_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_alert_pattern,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at::<Pattern>(list, index, (out, "out"), error) }
}
