//! `seerflow_query`: the object, and the order and the page of a query. `query_filter` sets its filters.

use std::ffi::c_char;
use std::sync::Mutex;

use super::error::seerflow_error;
use super::guard::{call, call_on, destroy};
use super::handle::{self, Object};
use super::lock;
use super::out::{Out, Place};
use super::query_settings::Query;
use super::status::seerflow_status;
use super::text::optional_text;
use crate::error::{Error, Result};
use crate::record::{MAX_PAGE, Order, Total, check_limit};

/// The filters, the order and the page of a query.
///
/// A new query selects the newest 100 records, without a filter. A record must pass every filter that is set. If a
/// setter fails, the query is unchanged. A call that lists records of one kind fails with SEERFLOW_STATUS_INVALID if
/// the query sets a filter that this kind does not have; the message names the filter.
///
/// Any number of threads and stores may use one query at the same time.
pub struct seerflow_query {
    _opaque: [u8; 0],
}

impl Object for seerflow_query {
    type Value = Mutex<Query>;
    const NAME: &'static str = "seerflow_query";
    const MAGIC: [u8; 8] = *b"sf:query";
}

/// Copies the present settings of a query.
///
/// # Safety
/// As for [`handle::get`].
pub(crate) unsafe fn read(query: *const seerflow_query) -> Result<Query> {
    // SAFETY: the caller upholds the contract.
    let handle = unsafe { handle::get(query) }?;
    handle.check_poison()?;
    Ok(lock(handle.value()).clone())
}

/// Changes a setting of a query.
///
/// # Safety
/// As for [`call_on`].
pub(super) unsafe fn edit(
    query: *mut seerflow_query,
    error: *mut *mut seerflow_error,
    change: impl FnOnce(&mut Query) -> Result<()>,
) -> seerflow_status {
    // SAFETY: the caller upholds the contract.
    unsafe { call_on(query, error, |query| change(&mut lock(query))) }
}

/// Changes a text setting of a query; NULL removes it.
///
/// # Safety
/// As for [`call_on`] and [`optional_text`].
pub(super) unsafe fn edit_text(
    query: *mut seerflow_query,
    (text, name): (*const c_char, &str),
    error: *mut *mut seerflow_error,
    setting: impl FnOnce(&mut Query) -> &mut Option<String>,
) -> seerflow_status {
    // SAFETY: the caller upholds the contract.
    unsafe {
        edit(query, error, |query| {
            *setting(query) = optional_text(text, name)?.map(str::to_owned);
            Ok(())
        })
    }
}

/// The order of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_order {
    /// By time, newest first. The default.
    Newest = 0,
    /// By time, oldest first.
    Oldest = 1,
    /// By arrival, first arrived first. Use it to follow a growing store, or to export a store completely during
    /// writes. On PostgreSQL a query fails with SEERFLOW_STATUS_BUSY while another program's transaction has been
    /// writing to `events` for seconds, because the order of later arrivals is not known yet: try again.
    Arrival = 2,
}

/// A seerflow_order passed from C, not yet validated.
pub type OrderNumber = u32;

/// Whether a query counts all matching records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_total {
    /// Do not count. The default, because counting takes time.
    None = 0,
    /// Count up to a bound.
    Capped = 1,
    /// Count all.
    Exact = 2,
}

/// A seerflow_total passed from C, not yet validated.
pub type TotalNumber = u32;

/// Creates a query for the newest 100 records.
///
/// Threads: any. Blocking: never. Ownership: the caller destroys it with seerflow_query_destroy.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_new(
    query: *mut *mut seerflow_query,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires NULL or valid pointers.
    unsafe {
        call(error, || {
            Out::new(query, "query")?.put(handle::make(Mutex::new(Query::default())));
            Ok(())
        })
    }
}

/// Sets the largest number of records in a list, 1 to 100,000. 100 is the default.
///
/// Some functions have a smaller bound; their documentation names it.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_limit(
    query: *mut seerflow_query,
    limit: u32,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
    unsafe {
        edit(query, error, |query| {
            check_limit(limit, MAX_PAGE)?;
            query.limit = Some(limit);
            Ok(())
        })
    }
}

/// Sets the page of events, alerts or verdicts to return. Pages are counted from 1.
///
/// Skipped pages are read too, so a cursor is faster. A query may set a page or a cursor, not both.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_page(
    query: *mut seerflow_query,
    page: u32,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
    unsafe {
        edit(query, error, |query| {
            if page == 0 {
                return Err(Error::invalid("page 0 does not exist: pages are counted from 1"));
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
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
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

/// Continues after the list that returned this cursor. NULL starts from the first record.
///
/// With seerflow_list_next_cursor, the query returns the next page; its filters and order must be the same as before.
/// With seerflow_list_last_cursor of a list of events, it returns the events that are later.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_cursor(
    query: *mut seerflow_query,
    cursor: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
    unsafe { edit_text(query, (cursor, "cursor"), error, |query| &mut query.cursor) }
}

/// Sets whether the total number of matching events or alerts is counted.
///
/// seerflow_list_total returns it. `cap` is the bound of SEERFLOW_TOTAL_CAPPED; it is ignored otherwise.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_total(
    query: *mut seerflow_query,
    mode: TotalNumber,
    cap: u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
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

/// Destroys a query. Does nothing for NULL.
///
/// Threads: no other call on the query may run. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_destroy(query: *mut seerflow_query) {
    // SAFETY: the header requires NULL, or a live handle that no other call uses.
    unsafe { destroy(query) }
}
