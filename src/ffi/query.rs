//! `seerflow_query`: which records a question is about, in which order, how many at once.

use std::ffi::c_char;
use std::sync::Mutex;

use super::error::seerflow_error;
use super::guard::{call, call_on, destroy};
use super::handle::{self, Object};
use super::lock;
use super::out::Out;
use super::question::Query;
use super::status::seerflow_status;
use super::text::{optional_text, required_text};
use crate::error::{Error, Result};
use crate::record::{MAX_PAGE, Order, Total, Window};

/// Which records a question is about, in which order, and how many at once.
///
/// A new query asks for the newest 100 records of all. Records must pass every filter that is set. A setter that fails changes
/// nothing. A question refuses a query that sets a filter which its records do not have: SEERFLOW_STATUS_INVALID, and the
/// message names the filter.
///
/// Any number of threads and stores may use one query at once.
///
/// Methods: seerflow_query_new, seerflow_query_set_window, seerflow_query_set_source_type, seerflow_query_set_source_id,
/// seerflow_query_set_min_severity, seerflow_query_set_template_id, seerflow_query_set_entity_id, seerflow_query_set_text,
/// seerflow_query_set_alert_type, seerflow_query_set_tactic, seerflow_query_set_technique, seerflow_query_set_alert_id,
/// seerflow_query_set_key_prefix, seerflow_query_add_relation, seerflow_query_set_depth, seerflow_query_set_min_count,
/// seerflow_query_set_max_alerts, seerflow_query_set_limit, seerflow_query_set_page, seerflow_query_set_order,
/// seerflow_query_set_cursor, seerflow_query_set_total, seerflow_query_destroy.
pub struct seerflow_query {
    _opaque: [u8; 0],
}

impl Object for seerflow_query {
    type Value = Mutex<Query>;
    const NAME: &'static str = "seerflow_query";
    const MAGIC: [u8; 8] = *b"sf:query";
}

/// Takes what a query says now.
///
/// # Safety
/// As for [`handle::get`].
pub(crate) unsafe fn read(query: *const seerflow_query) -> Result<Query> {
    // SAFETY: the caller keeps the contract.
    let handle = unsafe { handle::get(query) }?;
    handle.check_poison()?;
    Ok(lock(handle.value()).clone())
}

/// Changes a query.
///
/// # Safety
/// As for [`call_on`].
unsafe fn edit(
    query: *mut seerflow_query,
    error: *mut *mut seerflow_error,
    change: impl FnOnce(&mut Query) -> Result<()>,
) -> seerflow_status {
    // SAFETY: the caller keeps the contract.
    unsafe { call_on(query, error, |query| change(&mut lock(query))) }
}

/// Changes a text of a query; NULL removes it.
///
/// # Safety
/// As for [`call_on`] and [`optional_text`].
unsafe fn edit_text(
    query: *mut seerflow_query,
    (text, name): (*const c_char, &str),
    error: *mut *mut seerflow_error,
    place: impl FnOnce(&mut Query) -> &mut Option<String>,
) -> seerflow_status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        edit(query, error, |query| {
            *place(query) = optional_text(text, name)?.map(str::to_owned);
            Ok(())
        })
    }
}

/// In which order events come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_order {
    /// By time, newest first. The default.
    Newest = 0,
    /// By time, oldest first.
    Oldest = 1,
    /// By arrival, first come first: for following a store as it grows, and for a complete export while it does. On PostgreSQL
    /// the answer is SEERFLOW_STATUS_BUSY while another program's transaction has been writing to `events` for seconds: the order
    /// of later arrivals is not known yet; ask again.
    Arrival = 2,
}

/// An order in an argument: not yet checked.
pub type OrderNumber = u32;

/// Whether an answer says how many records match in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_total {
    /// It does not. The default, since counting costs.
    None = 0,
    /// It counts up to a bound.
    Capped = 1,
    /// It counts all.
    Exact = 2,
}

/// A way of counting in an argument: not yet checked.
pub type TotalNumber = u32;

/// Makes a query for the newest 100 records of all.
///
/// Threads: any. Blocking: never. Ownership: the caller destroys the query.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_new(
    query: *mut *mut seerflow_query,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands NULL or valid pointers.
    unsafe {
        call(error, || {
            Out::new(query, "query")?.put(handle::make(Mutex::new(Query::default())));
            Ok(())
        })
    }
}

/// Asks for records from `from_ns` up to, but not including, `to_ns`, in nanoseconds since 1970-01-01 UTC. INT64_MIN and
/// INT64_MAX set no bound.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_window(
    query: *mut seerflow_query,
    from_ns: i64,
    to_ns: i64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe {
        edit(query, error, |query| {
            query.window = Some(Window { from_ns, to_ns });
            Ok(())
        })
    }
}

/// Asks for events with exactly this source type. NULL removes the filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_source_type(
    query: *mut seerflow_query,
    source_type: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe {
        edit_text(query, (source_type, "source_type"), error, |query| {
            &mut query.source_type
        })
    }
}

/// Asks for events with exactly this source id. NULL removes the filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_source_id(
    query: *mut seerflow_query,
    source_id: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe {
        edit_text(query, (source_id, "source_id"), error, |query| {
            &mut query.source_id
        })
    }
}

/// Asks for events or alerts of this severity, 0 to 6, or a higher one. -1 removes the filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_min_severity(
    query: *mut seerflow_query,
    min_severity: i64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe {
        edit(query, error, |query| {
            if !(-1..=6).contains(&min_severity) {
                return Err(Error::invalid(format!(
                    "min_severity {min_severity} is outside -1..6"
                )));
            }
            query.min_severity = (min_severity != -1).then_some(min_severity);
            Ok(())
        })
    }
}

/// Asks for events with exactly this template. INT64_MIN removes the filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_template_id(
    query: *mut seerflow_query,
    template_id: i64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe {
        edit(query, error, |query| {
            query.template_id = (template_id != i64::MIN).then_some(template_id);
            Ok(())
        })
    }
}

/// Asks for records about the entity with this id, as seerflow_entity_id makes it; in questions to the graph the entity to start
/// from. NULL removes the filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_entity_id(
    query: *mut seerflow_query,
    entity_id: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe {
        edit_text(query, (entity_id, "entity_id"), error, |query| {
            &mut query.entity_id
        })
    }
}

/// Asks for events whose messages have all these words, in any inflection. Words in double quotes must stand side by side.
/// Other signs have no meaning. NULL removes the filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_text(
    query: *mut seerflow_query,
    text: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe { edit_text(query, (text, "text"), error, |query| &mut query.text) }
}

/// Asks for alerts of exactly this type. NULL removes the filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_alert_type(
    query: *mut seerflow_query,
    alert_type: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe {
        edit_text(query, (alert_type, "alert_type"), error, |query| {
            &mut query.alert_type
        })
    }
}

/// Asks for alerts with this MITRE ATT&CK tactic. NULL removes the filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_tactic(
    query: *mut seerflow_query,
    tactic: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe { edit_text(query, (tactic, "tactic"), error, |query| &mut query.tactic) }
}

/// Asks for alerts with this MITRE ATT&CK technique; a technique also finds its sub-techniques (T1053 finds T1053.005). NULL
/// removes the filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_technique(
    query: *mut seerflow_query,
    technique: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe {
        edit_text(query, (technique, "technique"), error, |query| {
            &mut query.technique
        })
    }
}

/// Asks for the verdicts on this alert. NULL removes the filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_alert_id(
    query: *mut seerflow_query,
    alert_id: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe { edit_text(query, (alert_id, "alert_id"), error, |query| &mut query.alert_id) }
}

/// Asks for models whose keys begin with this text. NULL removes the filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_key_prefix(
    query: *mut seerflow_query,
    key_prefix: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe {
        edit_text(query, (key_prefix, "key_prefix"), error, |query| {
            &mut query.key_prefix
        })
    }
}

/// Asks the graph to follow edges of this relation, besides those that were added before. A query without relations follows
/// all edges.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_add_relation(
    query: *mut seerflow_query,
    relation: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe {
        edit(query, error, |query| {
            query
                .relations
                .push(required_text(relation, "relation")?.to_owned());
            Ok(())
        })
    }
}

/// Sets how many steps the graph follows from the entity; 1 is the default.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_depth(
    query: *mut seerflow_query,
    depth: u32,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe {
        edit(query, error, |query| {
            query.depth = Some(depth);
            Ok(())
        })
    }
}

/// Asks for patterns of at least this many alerts; 1 is the default.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_min_count(
    query: *mut seerflow_query,
    min_count: u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe {
        edit(query, error, |query| {
            query.min_count = Some(min_count);
            Ok(())
        })
    }
}

/// Sets how many alert ids each pattern lists at most; 100 is the default.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_max_alerts(
    query: *mut seerflow_query,
    max_alerts: u32,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe {
        edit(query, error, |query| {
            query.max_alerts = Some(max_alerts);
            Ok(())
        })
    }
}

/// Sets how many records an answer has at most, 1 to 100,000; 100 is the default. Some questions have a smaller bound and say so.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_limit(
    query: *mut seerflow_query,
    limit: u32,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe {
        edit(query, error, |query| {
            if limit == 0 || limit > MAX_PAGE {
                return Err(Error::invalid(format!("limit {limit} is outside 1..{MAX_PAGE}")));
            }
            query.limit = limit;
            Ok(())
        })
    }
}

/// Sets which page of events, alerts or verdicts to answer with, counted from 1. A page costs what it skips: prefer a cursor.
/// The two exclude each other.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_page(
    query: *mut seerflow_query,
    page: u32,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe {
        edit(query, error, |query| {
            if page == 0 {
                return Err(Error::invalid("page 0: pages count from 1"));
            }
            query.page = Some(page);
            Ok(())
        })
    }
}

/// Sets the order of events.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_order(
    query: *mut seerflow_query,
    order: OrderNumber,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe {
        edit(query, error, |query| {
            query.order = Some(match order {
                0 => Order::Newest,
                1 => Order::Oldest,
                2 => Order::Arrival,
                _ => return Err(Error::invalid(format!("order {order} is not a seerflow_order"))),
            });
            Ok(())
        })
    }
}

/// Continues where an answer ended: with its seerflow_list_next_cursor, while the filters and the order stay the same. The
/// seerflow_list_last_cursor of events continues with those that came later. NULL begins at the beginning.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_cursor(
    query: *mut seerflow_query,
    cursor: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe { edit_text(query, (cursor, "cursor"), error, |query| &mut query.cursor) }
}

/// Has matching events or alerts counted: seerflow_list_total tells. `cap` is the bound of SEERFLOW_TOTAL_CAPPED; otherwise it
/// is ignored.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_total(
    query: *mut seerflow_query,
    mode: TotalNumber,
    cap: u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and arguments as their types say.
    unsafe {
        edit(query, error, |query| {
            query.total = match mode {
                0 => Total::None,
                1 => Total::Capped(cap),
                2 => Total::Exact,
                _ => return Err(Error::invalid(format!("mode {mode} is not a seerflow_total"))),
            };
            Ok(())
        })
    }
}

/// Destroys a query. NULL is fine.
///
/// Threads: no other call on the query may run. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_destroy(query: *mut seerflow_query) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(query) }
}
