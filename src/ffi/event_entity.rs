//! What happened to an entity, what an event is about, and what an id stands for.

use std::ffi::c_char;

use super::ask;
use super::bound;
use super::error::seerflow_error;
use super::guard::{call_on, destroy};
use super::handle::{self, Object};
use super::interrupt::seerflow_interrupt;
use super::list::{self, List, Listed};
use super::out::Out;
use super::page::{Page, seerflow_page};
use super::query::seerflow_query;
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{required_text, seerflow_str};
use crate::error::{Error, ErrorKind};
use crate::record::EventEntity;

/// Answers with one page of the events of the query's entity (seerflow_query_set_entity), oldest first, by its other filters; the
/// limit is at most 10,000. The query's order is not looked at. SEERFLOW_STATUS_INVALID for a query without an entity.
///
/// Threads: any number at once. Blocking: at most about the query's timeout. Ownership: the caller destroys the page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_timeline(
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
            let answer = store.engine()?.entities()?.timeline(&ask.query, &ask.control())?;
            place.put(handle::make(Page::new(answer)));
            Ok(())
        })
    }
}

/// Finds an event by its id, a UUID as text, and answers with a page that has only that one. SEERFLOW_STATUS_NOT_FOUND if there is
/// none. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_event(
    store: *const seerflow_store,
    event_id: *const c_char,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    page: *mut *mut seerflow_page,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles, a NUL-terminated text and valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::new(page, "page")?;
            let id = required_text(event_id, "event_id")?;
            let answer = store.engine()?.event(id, &bound(timeout_ms, interrupt)?)?;
            if answer.is_empty() {
                return Err(Error::new(ErrorKind::NotFound, format!("there is no event {id}")));
            }
            place.put(handle::make(Page::new(answer)));
            Ok(())
        })
    }
}

/// An entity, with what it is called. Prepare it with SEERFLOW_PREPARE.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_event_entity {
    /// sizeof(seerflow_event_entity).
    pub struct_size: u32,
    /// Unused, 0.
    pub reserved: u32,
    /// Its id.
    pub entity: seerflow_str,
    /// "user", "ip", "host", "process", "file" or "domain"; empty if the event does not say.
    pub entity_type: seerflow_str,
    /// Its value as the event has it; empty if the event does not say.
    pub value: seerflow_str,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_event_entity {
    fn blank() -> Self {
        Self::default()
    }
}

/// Entities, with what they are called.
///
/// A const list may be read by any number of threads at once.
///
/// Methods: seerflow_event_entity_list_count, seerflow_event_entity_list_at, seerflow_event_entity_list_ndjson,
/// seerflow_event_entity_list_destroy.
pub struct seerflow_event_entity_list {
    _opaque: [u8; 0],
}

impl Object for seerflow_event_entity_list {
    type Value = List<EventEntity>;
    const NAME: &'static str = "seerflow_event_entity_list";
    const MAGIC: [u8; 8] = *b"sf:eenty";
}

impl Listed for seerflow_event_entity_list {
    type Record = EventEntity;
    type Struct = seerflow_event_entity;
    const RECORD: &'static str = "entity";

    fn lend(entity: &EventEntity) -> seerflow_event_entity {
        let text = |text: &str| seerflow_str::lend(text.as_bytes());
        seerflow_event_entity {
            struct_size: 0,
            reserved: 0,
            entity: text(&entity.entity),
            entity_type: text(&entity.entity_type),
            value: text(&entity.value),
        }
    }
}

/// Lists the entities of an event, in the order of its entity_refs. SEERFLOW_STATUS_NOT_FOUND if there is no such event.
/// `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_event_entities(
    store: *const seerflow_store,
    event_id: *const c_char,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    list: *mut *mut seerflow_event_entity_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        list::answer(store, (timeout_ms, interrupt), list, error, |engine, control| {
            let id = required_text(event_id, "event_id")?;
            let entities = engine.entities()?.entities_of_event(id, control)?;
            if entities.is_empty() && engine.event(id, control)?.is_empty() {
                return Err(Error::new(ErrorKind::NotFound, format!("there is no event {id}")));
            }
            Ok(entities)
        })
    }
}

/// Says what an entity's id stands for, by the newest event that names it: a list of one. SEERFLOW_STATUS_NOT_FOUND if no event
/// does. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_describe_entity(
    store: *const seerflow_store,
    entity_id: *const c_char,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    list: *mut *mut seerflow_event_entity_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        list::answer(store, (timeout_ms, interrupt), list, error, |engine, control| {
            let id = required_text(entity_id, "entity_id")?;
            let found = engine.entities()?.describe_entity(id, control)?;
            let absent = || Error::new(ErrorKind::NotFound, format!("no event names the entity {id}"));
            found.map(|entity| vec![entity]).ok_or_else(absent)
        })
    }
}

/// Returns the number of entities; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_entity_list_count(list: *const seerflow_event_entity_list) -> usize {
    // SAFETY: the header demands a live handle.
    unsafe { list::count(list) }
}

/// Tells an entity, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
///
/// Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_entity_list_at(
    list: *const seerflow_event_entity_list,
    index: usize,
    entity: *mut seerflow_event_entity,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at(list, index, (entity, "entity"), error) }
}

/// Lends the list as JSON, one object and a line end for each entity, ended in NUL. It is made at the first call. `length` may
/// be NULL.
///
/// Threads: any number at once. Ownership: the text lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_entity_list_ndjson(
    list: *const seerflow_event_entity_list,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and valid pointers.
    unsafe { list::ndjson(list, text, length, error) }
}

/// Destroys a list. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_entity_list_destroy(list: *mut seerflow_event_entity_list) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(list) }
}
