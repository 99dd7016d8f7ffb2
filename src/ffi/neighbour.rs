//! Entities near another one.

use std::ffi::c_char;

use super::error::seerflow_error;
use super::guard::destroy;
use super::handle::Object;
use super::list::{self, List, Listed};
use super::sized;
use super::status::seerflow_status;
use super::text::seerflow_str;
use crate::graph::Neighbour;

/// An entity near another one. Prepare it with SEERFLOW_PREPARE.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_neighbour {
    /// sizeof(seerflow_neighbour).
    pub struct_size: u32,
    /// Steps on the shortest way; 0 for the entity itself.
    pub distance: u32,
    /// The entity, by its id.
    pub entity: seerflow_str,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_neighbour {
    fn blank() -> Self {
        Self::default()
    }
}

/// Entities near another one, by distance.
///
/// A const list may be read by any number of threads at once.
///
/// Methods: seerflow_neighbour_list_count, seerflow_neighbour_list_at, seerflow_neighbour_list_ndjson,
/// seerflow_neighbour_list_destroy.
pub struct seerflow_neighbour_list {
    _opaque: [u8; 0],
}

impl Object for seerflow_neighbour_list {
    type Value = List<Neighbour>;
    const NAME: &'static str = "seerflow_neighbour_list";
    const MAGIC: [u8; 8] = *b"sf:neigh";
}

impl Listed for seerflow_neighbour_list {
    type Record = Neighbour;
    type Struct = seerflow_neighbour;
    const RECORD: &'static str = "neighbour";

    fn lend(neighbour: &Neighbour) -> seerflow_neighbour {
        seerflow_neighbour {
            struct_size: 0,
            distance: neighbour.distance,
            entity: seerflow_str::lend(neighbour.entity.as_bytes()),
        }
    }
}

/// Returns the number of entities; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_neighbour_list_count(list: *const seerflow_neighbour_list) -> usize {
    // SAFETY: the header demands a live handle.
    unsafe { list::count(list) }
}

/// Tells an entity, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
///
/// Ownership: its id lives as long as the list. It does not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_neighbour_list_at(
    list: *const seerflow_neighbour_list,
    index: usize,
    neighbour: *mut seerflow_neighbour,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at(list, index, (neighbour, "neighbour"), error) }
}

/// Lends the list as JSON, one object and a line end for each entity, ended in NUL. It is made at the first call. `length`
/// may be NULL.
///
/// Threads: any number at once. Ownership: the text lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_neighbour_list_ndjson(
    list: *const seerflow_neighbour_list,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and valid pointers.
    unsafe { list::ndjson(list, text, length, error) }
}

/// Destroys a list. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_neighbour_list_destroy(list: *mut seerflow_neighbour_list) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(list) }
}
