//! `seerflow_counted_list`: how many records have which value; what events are counted by.

use std::ffi::c_char;

use super::bound;
use super::error::seerflow_error;
use super::guard::{call_on, destroy};
use super::handle::Object;
use super::interrupt::seerflow_interrupt;
use super::list::{self, List, Listed};
use super::out::Out;
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::seerflow_str;
use crate::error::{Error, Result};
use crate::record::{AlertQuery, CountBy, Counted, EventQuery, Window};
use crate::store::sql::aggregate::MAX_COUNTED;

/// What events are counted by, and in which form the value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_count_by {
    /// source_type.
    Source = 1,
    /// source_id.
    Host = 2,
    /// template_id, a number; events without a template do not count.
    Template = 3,
    /// severity_id, a number.
    Severity = 4,
    /// Each entity of an event, by its id.
    Entity = 5,
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

/// What to count by as it comes from C: any number.
pub type CountByNumber = u32;

/// Finds what to count by.
pub(crate) fn count_by(number: CountByNumber) -> Result<CountBy> {
    CountBy::ALL
        .into_iter()
        .find(|by| seerflow_count_by::from(*by) as u32 == number)
        .ok_or_else(|| Error::invalid(format!("count_by {number} is none")))
}

/// A value and how many records have it. Prepare it with SEERFLOW_PREPARE.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_counted {
    /// sizeof(seerflow_counted).
    pub struct_size: u32,
    /// Unused, 0.
    pub reserved: u32,
    /// The value: a source, a rule, a number as text.
    pub value: seerflow_str,
    /// Number of records.
    pub count: u64,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_counted {
    fn blank() -> Self {
        Self::default()
    }
}

/// Values and how many records have each, most first.
///
/// A const list may be read by any number of threads at once.
///
/// Methods: seerflow_counted_list_count, seerflow_counted_list_at, seerflow_counted_list_ndjson,
/// seerflow_counted_list_destroy.
pub struct seerflow_counted_list {
    _opaque: [u8; 0],
}

impl Object for seerflow_counted_list {
    type Value = List<Counted>;
    const NAME: &'static str = "seerflow_counted_list";
    const MAGIC: [u8; 8] = *b"sf:count";
}

impl Listed for seerflow_counted_list {
    type Record = Counted;
    type Struct = seerflow_counted;
    const RECORD: &'static str = "value";

    fn lend(counted: &Counted) -> seerflow_counted {
        seerflow_counted {
            struct_size: 0,
            reserved: 0,
            value: seerflow_str::lend(counted.value.as_bytes()),
            count: counted.events,
        }
    }
}

fn counted(counts: Vec<(String, u64)>) -> Vec<Counted> {
    let counted = |(value, events)| Counted { value, events };
    counts.into_iter().map(counted).collect()
}

/// Lists the sources, hosts, templates, severities or entities with most events from one time up to, not including, another one,
/// at most `limit` (1 to 10,000) of them; equal numbers in the order of the value. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_count_by(
    store: *const seerflow_store,
    by: CountByNumber,
    from_ns: i64,
    to_ns: i64,
    limit: u32,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    list: *mut *mut seerflow_counted_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        list::answer(store, (timeout_ms, interrupt), list, error, |engine, control| {
            let (by, query) = (count_by(by)?, EventQuery::within(Window { from_ns, to_ns }));
            engine.aggregates()?.count_by(by, &query, limit, control)
        })
    }
}

/// Counts how many different sources, hosts, templates, severities or entities the events have from one time up to, not including,
/// another one. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_distinct(
    store: *const seerflow_store,
    by: CountByNumber,
    from_ns: i64,
    to_ns: i64,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    distinct: *mut u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::new(distinct, "distinct")?;
            let (by, query) = (count_by(by)?, EventQuery::within(Window { from_ns, to_ns }));
            let control = bound(timeout_ms, interrupt)?;
            place.put(store.engine()?.aggregates()?.distinct(by, &query, &control)?);
            Ok(())
        })
    }
}

/// Counts the alerts from one time up to, not including, another one by their rule, most first, at most 10,000 rules. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_alerts_by_rule(
    store: *const seerflow_store,
    from_ns: i64,
    to_ns: i64,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    list: *mut *mut seerflow_counted_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        list::answer(store, (timeout_ms, interrupt), list, error, |engine, control| {
            let query = AlertQuery::within(Window { from_ns, to_ns });
            let counts = engine.alerts()?.alerts_by_rule(&query, MAX_COUNTED, control)?;
            Ok(counted(counts))
        })
    }
}

/// Counts the alerts from one time up to, not including, another one by the name of their severity ("critical"; "unknown" for
/// numbers outside 0 to 6). `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_alerts_by_severity(
    store: *const seerflow_store,
    from_ns: i64,
    to_ns: i64,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    list: *mut *mut seerflow_counted_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        list::answer(store, (timeout_ms, interrupt), list, error, |engine, control| {
            let query = AlertQuery::within(Window { from_ns, to_ns });
            let counts = engine.alerts()?.alerts_by_severity(&query, control)?;
            Ok(counted(counts))
        })
    }
}

/// Returns the number of values; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_counted_list_count(list: *const seerflow_counted_list) -> usize {
    // SAFETY: the header demands a live handle.
    unsafe { list::count(list) }
}

/// Tells a value, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
///
/// Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_counted_list_at(
    list: *const seerflow_counted_list,
    index: usize,
    counted: *mut seerflow_counted,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at(list, index, (counted, "counted"), error) }
}

/// Lends the list as JSON, one object and a line end for each value, ended in NUL. It is made at the first call. `length` may
/// be NULL.
///
/// Threads: any number at once. Ownership: the text lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_counted_list_ndjson(
    list: *const seerflow_counted_list,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and valid pointers.
    unsafe { list::ndjson(list, text, length, error) }
}

/// Destroys a list. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_counted_list_destroy(list: *mut seerflow_counted_list) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(list) }
}
