//! The id of an entity, computed without a store.

use std::ffi::c_char;

use super::error::seerflow_error;
use super::event::IdOut;
use super::guard::call;
use super::out::Place;
use super::status::seerflow_status;
use super::text::seerflow_str;
use crate::error::{Error, ErrorKind};
use crate::record::{EntityType, entity_id};

/// The type of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_entity_type {
    /// A user account.
    User = 1,
    /// An IP address.
    Ip = 2,
    /// A host.
    Host = 3,
    /// A process.
    Process = 4,
    /// A file.
    File = 5,
    /// A DNS domain.
    Domain = 6,
}

impl From<EntityType> for seerflow_entity_type {
    fn from(kind: EntityType) -> Self {
        match kind {
            EntityType::User => Self::User,
            EntityType::Ip => Self::Ip,
            EntityType::Host => Self::Host,
            EntityType::Process => Self::Process,
            EntityType::File => Self::File,
            EntityType::Domain => Self::Domain,
        }
    }
}

/// A seerflow_entity_type passed from C, not yet validated.
pub type EntityNumber = u32;

/// Computes the id of an entity, as Seerflow does.
///
/// Pass the id to seerflow_query_set_entity_id. It is a UUID of 36 characters, followed by a NUL; `out` must have
/// room for SEERFLOW_ID_SIZE bytes.
///
/// Threads: any. Blocking: never. Errors: SEERFLOW_STATUS_NOT_FOUND if `value` has no id, because it is empty or is
/// not an IP address although `type` says so; SEERFLOW_STATUS_INVALID if `type` is not a seerflow_entity_type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_entity_id(
    r#type: EntityNumber,
    value: seerflow_str,
    out: *mut c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires readable text, and room for an id.
    unsafe {
        call(error, || {
            let place = IdOut::new(out, "out")?;
            let kind = EntityType::ALL
                .into_iter()
                .find(|kind| seerflow_entity_type::from(*kind) as u32 == r#type);
            let kind =
                kind.ok_or_else(|| Error::invalid(format!("type {} is not a seerflow_entity_type", r#type)))?;
            let value = value.utf8("value")?.unwrap_or_default();
            let invalid = || {
                Error::new(
                    ErrorKind::NotFound,
                    format!("{value:?} is not a valid {}", kind.name()),
                )
            };
            place.put(entity_id(kind, value).ok_or_else(invalid)?);
            Ok(())
        })
    }
}
