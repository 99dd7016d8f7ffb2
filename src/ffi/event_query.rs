//! Questions about events.

use std::ffi::c_char;

use super::call::{bound, seerflow_call};
use super::counted::{CountByNumber, count_by};
use super::error::seerflow_error;
use super::guard::call_on;
use super::list::{self, seerflow_list};
use super::out::Out;
use super::query::{self, seerflow_query};
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::required_text;
use crate::error::{Error, ErrorKind};

/// Answers with a page of the committed events that pass the query's filters.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_query_events(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        list::answer(store, call, list, error, |engine, control| {
            engine.query_events(&query::read(query)?.events()?, control)
        })
    }
}

/// Finds an event by its id, a UUID as text, and answers with a list of that one. SEERFLOW_STATUS_NOT_FOUND if it is
/// not stored.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_event(
    store: *const seerflow_store,
    event_id: *const c_char,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        list::answer(store, call, list, error, |engine, control| {
            let id = required_text(event_id, "event_id")?;
            let found = engine.event(id, control)?;
            if found.is_empty() {
                return Err(Error::new(
                    ErrorKind::NotFound,
                    format!("event {id} is not stored"),
                ));
            }
            Ok(found)
        })
    }
}

/// Lists the values with most events: sources, hosts, templates, severities or entities, as `by` says, of the events
/// that pass the query's filters. Values with equal numbers come in the order of the value. The query's limit is
/// 10,000 at most.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_count_events(
    store: *const seerflow_store,
    query: *const seerflow_query,
    by: CountByNumber,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        list::answer(store, call, list, error, |engine, control| {
            let query = query::read(query)?.counted_events()?;
            engine
                .aggregates()?
                .count_by(count_by(by)?, &query, query.limit, control)
        })
    }
}

/// Counts how many different values the events have that pass the query's filters: sources, hosts, templates,
/// severities or entities, as `by` says. The query's limit has no effect.
///
/// Threads: any number at once. Blocking: bounded by `call`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_distinct_events(
    store: *const seerflow_store,
    query: *const seerflow_query,
    by: CountByNumber,
    call: *const seerflow_call,
    distinct: *mut u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::new(distinct, "distinct")?;
            let query = query::read(query)?.counted_events()?;
            let engine = store.engine()?;
            place.put(
                engine
                    .aggregates()?
                    .distinct(count_by(by)?, &query, &bound(call)?)?,
            );
            Ok(())
        })
    }
}

/// Counts the events that pass the query's filters per bucket of `bucket_ns` nanoseconds. Buckets begin at multiples
/// of their length; empty ones are left out. With SEERFLOW_COUNT_BY_SOURCE or SEERFLOW_COUNT_BY_SEVERITY as `split`
/// each value has buckets of its own, in the order of time, then of the value; with SEERFLOW_COUNT_BY_NONE they are
/// not split. The query's limit has no effect.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_event_histogram(
    store: *const seerflow_store,
    query: *const seerflow_query,
    bucket_ns: i64,
    split: CountByNumber,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        list::answer(store, call, list, error, |engine, control| {
            let query = query::read(query)?.counted_events()?;
            let split = if split == 0 { None } else { Some(count_by(split)?) };
            engine.aggregates()?.histogram(split, &query, bucket_ns, control)
        })
    }
}
