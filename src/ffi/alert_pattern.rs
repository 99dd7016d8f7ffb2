//! Patterns of true positives.

use std::ffi::c_char;

use super::error::seerflow_error;
use super::guard::destroy;
use super::handle::Object;
use super::interrupt::seerflow_interrupt;
use super::list::{self, List, Listed};
use super::sized::{self};
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::seerflow_str;
use super::value::{Texts, seerflow_list};
use crate::record::{AlertPattern, AlertQuery, PatternQuery, Window};

/// True positives that share type, rule and kind of entity. Prepare it with SEERFLOW_PREPARE.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_alert_pattern {
    /// sizeof(seerflow_alert_pattern).
    pub struct_size: u32,
    /// Unused, 0.
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
    pub alert_ids: seerflow_list,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_alert_pattern {
    fn blank() -> Self {
        Self::default()
    }
}

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

/// Patterns of true positives, most frequent first.
///
/// A const list may be read by any number of threads at once.
///
/// Methods: seerflow_alert_pattern_list_count, seerflow_alert_pattern_list_at, seerflow_alert_pattern_list_ndjson,
/// seerflow_alert_pattern_list_destroy.
pub struct seerflow_alert_pattern_list {
    _opaque: [u8; 0],
}

impl Object for seerflow_alert_pattern_list {
    type Value = List<Pattern>;
    const NAME: &'static str = "seerflow_alert_pattern_list";
    const MAGIC: [u8; 8] = *b"sf:patrn";
}

impl Listed for seerflow_alert_pattern_list {
    type Record = Pattern;
    type Struct = seerflow_alert_pattern;
    const RECORD: &'static str = "pattern";

    fn lend(Pattern { pattern, ids }: &Pattern) -> seerflow_alert_pattern {
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

/// Groups the true positives by type, rule and kind of entity: the patterns with most alerts, at most `limit` (1 to 100,000) of
/// them. The latest verdict of each alert counts, if it was given from `from_ns` up to, but not including, `to_ns`. Patterns of fewer alerts
/// than `min_count` are left out; each tells the ids of up to `max_alerts` of its alerts. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_alert_patterns(
    store: *const seerflow_store,
    from_ns: i64,
    to_ns: i64,
    min_count: u64,
    limit: u32,
    max_alerts: u32,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    list: *mut *mut seerflow_alert_pattern_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        list::answer(store, (timeout_ms, interrupt), list, error, |engine, control| {
            let query = PatternQuery {
                alerts: AlertQuery::default(),
                verdicts: Window { from_ns, to_ns },
                min_count,
                limit,
                max_alerts,
            };
            let patterns = engine.alerts()?.alert_patterns(&query, control)?;
            Ok(patterns.into_iter().map(Pattern::from).collect())
        })
    }
}

/// Returns the number of patterns; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_pattern_list_count(
    list: *const seerflow_alert_pattern_list,
) -> usize {
    // SAFETY: the header demands a live handle.
    unsafe { list::count(list) }
}

/// Tells a pattern, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
///
/// Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_pattern_list_at(
    list: *const seerflow_alert_pattern_list,
    index: usize,
    pattern: *mut seerflow_alert_pattern,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at(list, index, (pattern, "pattern"), error) }
}

/// Lends the list as JSON, one object and a line end for each pattern, ended in NUL. It is made at the first call. `length`
/// may be NULL.
///
/// Threads: any number at once. Ownership: the text lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_pattern_list_ndjson(
    list: *const seerflow_alert_pattern_list,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and valid pointers.
    unsafe { list::ndjson(list, text, length, error) }
}

/// Destroys a list. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_pattern_list_destroy(list: *mut seerflow_alert_pattern_list) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(list) }
}
