//! What an event is about, and what an entity's id stands for.

use std::ffi::c_char;

use super::call::seerflow_call;
use super::error::seerflow_error;
use super::list::{self, Listed, seerflow_kind, seerflow_list};
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{required_text, seerflow_str};
use crate::error::{Error, ErrorKind};
use crate::record::EventEntity;

/// An entity with its type and value. Begin with SEERFLOW_ENTITY_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_entity {
    /// sizeof(seerflow_entity).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// Its id.
    pub entity: seerflow_str,
    /// "user", "ip", "host", "process", "file" or "domain"; empty if the event does not say.
    pub entity_type: seerflow_str,
    /// Its value as the event has it; empty if the event does not say.
    pub value: seerflow_str,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_entity {}

impl Listed for EventEntity {
    type Struct = seerflow_entity;
    const KIND: seerflow_kind = seerflow_kind::Entity;
    const NAME: &'static str = "entity";

    fn lend(&self) -> seerflow_entity {
        let text = |text: &str| seerflow_str::lend(text.as_bytes());
        seerflow_entity {
            struct_size: 0,
            reserved: 0,
            entity: text(&self.entity),
            entity_type: text(&self.entity_type),
            value: text(&self.value),
        }
    }
}

/// Lists the entities of an event, in the order of its entity_refs. SEERFLOW_STATUS_NOT_FOUND if the event is not
/// stored.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_event_entities(
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
            let entities = engine.entities()?.entities_of_event(id, control)?;
            if entities.is_empty() && engine.event(id, control)?.is_empty() {
                return Err(Error::new(
                    ErrorKind::NotFound,
                    format!("event {id} is not stored"),
                ));
            }
            Ok(entities)
        })
    }
}

/// Says what an entity's id stands for, by the newest event or alert that names it: a list of one.
/// SEERFLOW_STATUS_NOT_FOUND if none does.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_entity(
    store: *const seerflow_store,
    entity_id: *const c_char,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        list::answer(store, call, list, error, |engine, control| {
            let id = required_text(entity_id, "entity_id")?;
            let found = engine.describe_entity(id, control)?;
            let absent = || {
                Error::new(
                    ErrorKind::NotFound,
                    format!("no event or alert names the entity {id}"),
                )
            };
            found.map(|entity| vec![entity]).ok_or_else(absent)
        })
    }
}

/// Fills `out` with an entity of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
/// SEERFLOW_STATUS_INVALID for a list of another kind.
///
/// Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_entity_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_entity,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at::<EventEntity>(list, index, (out, "out"), error) }
}
