//! `seerflow_alert_query`: which alerts; and the call that answers it.

use std::ffi::c_char;
use std::sync::Mutex;

use super::alert_page::{Page, seerflow_alert_page};
use super::ask::{self, Ask};
use super::error::seerflow_error;
use super::guard::{call_on, destroy};
use super::handle::{self, Object};
use super::interrupt::seerflow_interrupt;
use super::out::Out;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::optional_text;
use crate::record::{AlertCursor, AlertQuery, Window};

/// Which alerts, how many at once. A new one asks for the newest 100 of all; answers are newest first. All filters must hold
/// together. A setter that fails changes nothing.
///
/// Any number of threads and stores may use one query at once.
///
/// Methods: seerflow_alert_query_new, seerflow_alert_query_set_time_range, seerflow_alert_query_set_type,
/// seerflow_alert_query_set_min_severity, seerflow_alert_query_set_entity, seerflow_alert_query_set_tactic,
/// seerflow_alert_query_set_technique, seerflow_alert_query_set_limit, seerflow_alert_query_set_page,
/// seerflow_alert_query_set_cursor, seerflow_alert_query_set_total, seerflow_alert_query_set_timeout,
/// seerflow_alert_query_set_interrupt, seerflow_alert_query_destroy.
pub struct seerflow_alert_query {
    _opaque: [u8; 0],
}

impl Object for seerflow_alert_query {
    type Value = Mutex<Ask<AlertQuery>>;
    const NAME: &'static str = "seerflow_alert_query";
    const MAGIC: [u8; 8] = *b"sf:alqry";
}

/// Makes a query for the newest 100 alerts of all.
///
/// Ownership: the caller destroys it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_query_new(
    query: *mut *mut seerflow_alert_query,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands NULL or valid pointers.
    unsafe { ask::make(query, error) }
}

/// Sets the time window: from `from_ns` up to, but not including, `to_ns`, in nanoseconds since 1970-01-01 UTC. INT64_MIN and
/// INT64_MAX are no bounds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_query_set_time_range(
    query: *mut seerflow_alert_query,
    from_ns: i64,
    to_ns: i64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle.
    unsafe { ask::set(query, error, |query| query.window = Window { from_ns, to_ns }) }
}

/// Asks for exactly this alert_type; NULL for any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_query_set_type(
    query: *mut seerflow_alert_query,
    alert_type: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and NULL or a NUL-terminated text.
    unsafe {
        ask::set_text(query, alert_type, "alert_type", error, |query, text| {
            query.alert_type = text
        })
    }
}

/// Asks for this severity, 0 to 6, or a higher one; -1 for any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_query_set_min_severity(
    query: *mut seerflow_alert_query,
    min_severity: i64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle.
    unsafe {
        ask::set(query, error, |query| {
            query.min_severity = (min_severity != -1).then_some(min_severity)
        })
    }
}

/// Asks for alerts about the entity with this id, as seerflow_entity_id makes it; NULL for any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_query_set_entity(
    query: *mut seerflow_alert_query,
    entity_id: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and NULL or a NUL-terminated text.
    unsafe {
        ask::set_text(query, entity_id, "entity_id", error, |query, text| {
            query.entity = text
        })
    }
}

/// Asks for alerts with this MITRE ATT&CK tactic; NULL for any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_query_set_tactic(
    query: *mut seerflow_alert_query,
    tactic: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and NULL or a NUL-terminated text.
    unsafe { ask::set_text(query, tactic, "tactic", error, |query, text| query.tactic = text) }
}

/// Asks for alerts with this MITRE ATT&CK technique, in either case; a parent such as T1053 also finds its sub-techniques such as
/// T1053.005. NULL for any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_query_set_technique(
    query: *mut seerflow_alert_query,
    technique: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and NULL or a NUL-terminated text.
    unsafe {
        ask::set_text(query, technique, "technique", error, |query, text| {
            query.technique = text
        })
    }
}

/// Sets the number of alerts a page, 1 to 100,000; 100 is the default. A page ends earlier at `storage.page_bytes`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_query_set_limit(
    query: *mut seerflow_alert_query,
    limit: u32,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle.
    unsafe { ask::set(query, error, |query| query.limit = limit) }
}

/// Sets which page, counted from 1. It costs what it skips: prefer a cursor. The two exclude each other. If a page ends early at
/// `storage.page_bytes`, only its next cursor leads to the rest of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_query_set_page(
    query: *mut seerflow_alert_query,
    page: u32,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle.
    unsafe { ask::set(query, error, |query| query.page = page) }
}

/// Goes on where a page ended: with its seerflow_alert_page_next_cursor, the filters being the same. NULL to begin at the beginning.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_query_set_cursor(
    query: *mut seerflow_alert_query,
    token: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and NULL or a NUL-terminated text.
    unsafe {
        ask::edit(query, error, |query| {
            query.cursor = optional_text(token, "token")?
                .map(AlertCursor::parse)
                .transpose()?;
            Ok(())
        })
    }
}

/// Has all matching alerts counted if `wanted` is not 0. Counting costs, and is off by default.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_query_set_total(
    query: *mut seerflow_alert_query,
    wanted: i32,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle.
    unsafe { ask::set(query, error, |query| query.total = wanted != 0) }
}

/// Sets how long an answer may take, in milliseconds; negative is no bound. SEERFLOW_DEFAULT_TIMEOUT_MS is the default.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_query_set_timeout(
    query: *mut seerflow_alert_query,
    timeout_ms: i64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle.
    unsafe { ask::set_timeout(query, timeout_ms, error) }
}

/// Has answers stopped when this flag is raised; NULL for none.
///
/// Ownership: the flag stays the caller's, who may destroy it at any time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_query_set_interrupt(
    query: *mut seerflow_alert_query,
    interrupt: *const seerflow_interrupt,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles.
    unsafe { ask::set_interrupt(query, interrupt, error) }
}

/// Destroys a query. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_query_destroy(query: *mut seerflow_alert_query) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(query) }
}

/// Answers a query with one page of alerts, newest first.
///
/// Threads: any number at once. Blocking: at most about the query's timeout. Ownership: the caller destroys the page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_query_alerts(
    store: *const seerflow_store,
    query: *const seerflow_alert_query,
    page: *mut *mut seerflow_alert_page,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::new(page, "page")?;
            let ask = ask::take(query)?;
            let answer = store
                .engine()?
                .alerts()?
                .query_alerts(&ask.query, &ask.control())?;
            place.put(handle::make(Page::from(answer)));
            Ok(())
        })
    }
}
