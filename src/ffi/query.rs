//! `seerflow_query`: which events, in which order; and the calls that answer it.

use std::ffi::c_char;
use std::sync::Mutex;

use super::ask::{self, Ask};
use super::control;
use super::error::seerflow_error;
use super::guard::{call_on, destroy};
use super::handle::{self, Object};
use super::interrupt::seerflow_interrupt;
use super::out::Out;
use super::page::{Page, seerflow_page};
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{optional_text, required_text};
use super::write::SEERFLOW_DEFAULT_TIMEOUT_MS;
use crate::error::Error;
use crate::record::{Cursor, EventQuery, Order, Total, Window};

/// Which events, in which order, how many at once. A new one asks for the newest 100 of all. All filters must hold
/// together. A setter that fails changes nothing.
///
/// Any number of threads and stores may use one query at once.
///
/// Methods: seerflow_query_new, seerflow_query_set_time_range, seerflow_query_set_source_type,
/// seerflow_query_set_source_id, seerflow_query_set_min_severity, seerflow_query_set_template, seerflow_query_set_entity,
/// seerflow_query_set_text, seerflow_query_set_limit, seerflow_query_set_page, seerflow_query_set_order,
/// seerflow_query_set_cursor, seerflow_query_set_total, seerflow_query_set_timeout, seerflow_query_set_interrupt,
/// seerflow_query_destroy.
pub struct seerflow_query {
    _opaque: [u8; 0],
}

impl Object for seerflow_query {
    type Value = Mutex<Ask<EventQuery>>;
    const NAME: &'static str = "seerflow_query";
    const MAGIC: [u8; 8] = *b"sf:query";
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
    /// SEERFLOW_STATUS_BUSY where another program's transaction has been writing to `events` for seconds: what arrived since has no
    /// order yet; ask again.
    Arrival = 2,
}

/// An order as it comes from C: any number.
pub type OrderNumber = u32;

/// Whether a page says how many events match in all.
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

/// A total mode as it comes from C: any number.
pub type TotalNumber = u32;

/// Makes a query for the newest 100 events of all.
///
/// Ownership: the caller destroys it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_new(
    query: *mut *mut seerflow_query,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands NULL or valid pointers.
    unsafe { ask::make(query, error) }
}

/// Sets the time window: from `from_ns` up to, but not including, `to_ns`, in nanoseconds since 1970-01-01 UTC. INT64_MIN and
/// INT64_MAX are no bounds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_time_range(
    query: *mut seerflow_query,
    from_ns: i64,
    to_ns: i64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle.
    unsafe { ask::set(query, error, |query| query.window = Window { from_ns, to_ns }) }
}

/// Asks for exactly this source type; NULL for any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_source_type(
    query: *mut seerflow_query,
    source_type: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and NULL or a NUL-terminated text.
    unsafe {
        ask::set_text(query, source_type, "source_type", error, |query, text| {
            query.source_type = text
        })
    }
}

/// Asks for exactly this source id; NULL for any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_source_id(
    query: *mut seerflow_query,
    source_id: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and NULL or a NUL-terminated text.
    unsafe {
        ask::set_text(query, source_id, "source_id", error, |query, text| {
            query.source_id = text
        })
    }
}

/// Asks for this severity, 0 to 6, or a higher one; -1 for any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_min_severity(
    query: *mut seerflow_query,
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

/// Asks for exactly this template; INT64_MIN for any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_template(
    query: *mut seerflow_query,
    template_id: i64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle.
    unsafe {
        ask::set(query, error, |query| {
            query.template_id = (template_id != i64::MIN).then_some(template_id)
        })
    }
}

/// Asks for events that touch the entity with this id, as seerflow_entity_id makes it; NULL for any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_entity(
    query: *mut seerflow_query,
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

/// Asks for messages with all these words, in any inflection; words in double quotes must stand side by side. Other signs
/// have no meaning. NULL for any message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_text(
    query: *mut seerflow_query,
    text: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and NULL or a NUL-terminated text.
    unsafe { ask::set_text(query, text, "text", error, |query, text| query.text = text) }
}

/// Sets the number of events a page, 1 to 100,000; 100 is the default. A page ends earlier at `storage.page_bytes`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_limit(
    query: *mut seerflow_query,
    limit: u32,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle.
    unsafe { ask::set(query, error, |query| query.limit = limit) }
}

/// Sets which page, counted from 1. It costs what it skips: prefer a cursor. The two exclude each other. If a page ends early at
/// `storage.page_bytes`, only its next cursor leads to the rest of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_page(
    query: *mut seerflow_query,
    page: u32,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle.
    unsafe { ask::set(query, error, |query| query.page = page) }
}

/// Sets the order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_order(
    query: *mut seerflow_query,
    order: OrderNumber,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle.
    unsafe {
        ask::edit(query, error, |query| {
            query.order = match order {
                0 => Order::Newest,
                1 => Order::Oldest,
                2 => Order::Arrival,
                _ => return Err(Error::invalid(format!("order {order} is none"))),
            };
            Ok(())
        })
    }
}

/// Goes on where a page ended: with its seerflow_page_next_cursor, the filters and the order being the same. Its
/// seerflow_page_last_cursor does too, for events that come later. NULL to begin at the beginning.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_cursor(
    query: *mut seerflow_query,
    token: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and NULL or a NUL-terminated text.
    unsafe {
        ask::edit(query, error, |query| {
            query.cursor = optional_text(token, "token")?.map(Cursor::parse).transpose()?;
            Ok(())
        })
    }
}

/// Has matching events counted. `cap` is the bound of SEERFLOW_TOTAL_CAPPED, else it is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_total(
    query: *mut seerflow_query,
    mode: TotalNumber,
    cap: u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle.
    unsafe {
        ask::edit(query, error, |query| {
            query.total = match mode {
                0 => Total::None,
                1 => Total::Capped(cap),
                2 => Total::Exact,
                _ => return Err(Error::invalid(format!("total mode {mode} is none"))),
            };
            Ok(())
        })
    }
}

/// Sets how long an answer may take, in milliseconds; negative is no bound. SEERFLOW_DEFAULT_TIMEOUT_MS is the default.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_timeout(
    query: *mut seerflow_query,
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
pub unsafe extern "C" fn seerflow_query_set_interrupt(
    query: *mut seerflow_query,
    interrupt: *const seerflow_interrupt,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles.
    unsafe { ask::set_interrupt(query, interrupt, error) }
}

/// Destroys a query. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_destroy(query: *mut seerflow_query) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(query) }
}

/// Answers a query with one page of what is committed.
///
/// Threads: any number at once. Blocking: at most about the query's timeout. Ownership: the caller destroys the page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_query_events(
    store: *const seerflow_store,
    query: *const seerflow_query,
    page: *mut *mut seerflow_page,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::new(page, "page")?;
            let ask = ask::take(query)?;
            let answer = store.engine()?.query_events(&ask.query, &ask.control())?;
            place.put(handle::make(Page::new(answer)));
            Ok(())
        })
    }
}

/// Answers with the newest events whose messages match, at most `limit` (1 to 100,000) of them; see seerflow_query_set_text.
///
/// Threads: any number at once. Blocking: at most about SEERFLOW_DEFAULT_TIMEOUT_MS. Ownership: the caller destroys the page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_search(
    store: *const seerflow_store,
    text: *const c_char,
    limit: u32,
    page: *mut *mut seerflow_page,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle, a NUL-terminated text and NULL or valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::new(page, "page")?;
            let text = Some(required_text(text, "text")?.to_owned());
            let query = EventQuery {
                text,
                limit,
                ..EventQuery::default()
            };
            let answer = store
                .engine()?
                .query_events(&query, &control(SEERFLOW_DEFAULT_TIMEOUT_MS, None))?;
            place.put(handle::make(Page::new(answer)));
            Ok(())
        })
    }
}
