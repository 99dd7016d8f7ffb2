//! Queries for events, and counts of events.

use std::ffi::c_char;

use super::call::{bound, seerflow_call};
use super::counted::{CountByNumber, count_by};
use super::error::seerflow_error;
use super::guard::call_for;
use super::list::seerflow_list;
use super::listed;
use super::out::Out;
use super::query::{self, seerflow_query};
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::required_text;
use crate::error::{Error, ErrorKind};

/// Returns a page of the committed events that match the query.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_query_events(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
            engine.query_events(&query::read(query)?.events()?, control)
        })
    }
}

/// Returns the event with an id, as a list of one record.
///
/// `event_id` is a UUID as text.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy. Errors: SEERFLOW_STATUS_NOT_FOUND if no stored event has this id.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_event(
    store: *const seerflow_store,
    event_id: *const c_char,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
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

/// Counts the events that match the query, for each value of a property, largest count first.
///
/// `by` selects the property: source, host, template, severity or entity. Values with equal counts are in the order
/// of the value. The query's limit is the number of values to return, at most 10,000.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy. Errors: SEERFLOW_STATUS_INVALID for a `by` that does not apply to events, or a larger
/// limit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_count_events(
    store: *const seerflow_store,
    query: *const seerflow_query,
    by: CountByNumber,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
            let query = query::read(query)?.counted_events()?;
            engine
                .aggregates()?
                .count_by(count_by(by)?, &query, query.limit, control)
        })
    }
}

/// Counts the distinct values of a property among the events that match the query.
///
/// `by` selects the property: source, host, template, severity or entity. The query's limit has no effect.
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
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        call_for(store, Out::new(distinct, "distinct"), error, |store| {
            let query = query::read(query)?.counted_events()?;
            let aggregates = store.engine()?.aggregates()?;
            aggregates.distinct(count_by(by)?, &query, &bound(call)?)
        })
    }
}

/// Counts the events that match the query, in buckets of `bucket_ns` nanoseconds.
///
/// Buckets start at multiples of their length since 1970-01-01 UTC. Empty buckets are left out. If `split` is
/// SEERFLOW_COUNT_BY_SOURCE or SEERFLOW_COUNT_BY_SEVERITY, each value has its own buckets, ordered by time, then by
/// value. If it is SEERFLOW_COUNT_BY_NONE, the histogram is not split. The query's limit has no effect.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy.
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
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
            let query = query::read(query)?.counted_events()?;
            let split = if split == 0 { None } else { Some(count_by(split)?) };
            engine.aggregates()?.histogram(split, &query, bucket_ns, control)
        })
    }
}
