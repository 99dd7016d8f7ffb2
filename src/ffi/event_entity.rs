//! The entities of an event, and the type and value of an entity id.

use std::ffi::c_char;

use super::call::seerflow_call;
use super::error::seerflow_error;
use super::list::{seerflow_kind, seerflow_list};
use super::listed::{self, Listed};
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{required_text, seerflow_str};
use crate::error::{Error, ErrorKind};
use crate::record::EventEntity;

/// An entity: its id, type and value. Initialise it with SEERFLOW_ENTITY_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_entity {
    /// sizeof(seerflow_entity).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// The id of the entity.
    pub entity: seerflow_str,
    /// "user", "ip", "host", "process", "file" or "domain". Empty if the event does not contain it.
    pub entity_type: seerflow_str,
    /// The value, as the event contains it. Empty if the event does not contain it.
    pub value: seerflow_str,
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
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

/// Lists the entities of an event, in the order of its entity_refs.
///
/// `event_id` is a UUID as text.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy. Errors: SEERFLOW_STATUS_NOT_FOUND if no stored event has this id.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_event_entities(
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

/// Returns the type and the value of an entity id, as a list of one record.
///
/// They are taken from the newest event or alert that names the entity.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy. Errors: SEERFLOW_STATUS_NOT_FOUND if no stored event or alert names the entity.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_entity(
    store: *const seerflow_store,
    entity_id: *const c_char,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
            let id = required_text(entity_id, "entity_id")?;
            let found = engine.entities()?.describe_entity(id, control)?;
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

/// Copies the entity at `index` of a list to `out`. Indexes start at 0.
///
/// Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
/// NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
/// the list is not of kind SEERFLOW_KIND_ENTITY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_entity_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_entity,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
    unsafe { listed::at::<EventEntity>(list, index, (out, "out"), error) }
}
