//! Entity ids, without a store.

use std::ffi::c_char;

use super::error::seerflow_error;
use super::event::IdOut;
use super::guard::call;
use super::status::seerflow_status;
use super::text::seerflow_str;
use crate::error::{Error, ErrorKind};
use crate::record::{EntityType, entity_id};

/// What kind of thing an entity is.
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

/// An entity's type as it comes from C: any number.
pub type EntityNumber = u32;

/// Computes the id under which Seerflow knows an entity, for seerflow_query_set_entity_id: 36 characters and a NUL. `out` has
/// room for SEERFLOW_ID_SIZE bytes. `type` is one of seerflow_entity_type.
///
/// SEERFLOW_STATUS_NOT_FOUND for a value that has no id: an address that is none, an empty name.
///
/// Threads: any. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_entity_id(
    r#type: EntityNumber,
    value: seerflow_str,
    out: *mut c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands text as its length says, and room for an id.
    unsafe {
        call(error, || {
            let place = IdOut::new(out, "out")?;
            let kind = EntityType::ALL
                .into_iter()
                .find(|kind| seerflow_entity_type::from(*kind) as u32 == r#type);
            let kind = kind.ok_or_else(|| Error::invalid(format!("entity type {} is none", r#type)))?;
            let value = value.utf8("value")?.unwrap_or_default();
            let nameless = || Error::new(ErrorKind::NotFound, format!("{value:?} is no {}", kind.name()));
            place.put(entity_id(kind, value).ok_or_else(nameless)?);
            Ok(())
        })
    }
}
