//! Templates: the patterns that events were matched to.

use std::ffi::{c_char, c_void};

use super::bound;
use super::error::seerflow_error;
use super::guard::{call_on, destroy};
use super::handle::Object;
use super::interrupt::seerflow_interrupt;
use super::list::{self, List, Listed};
use super::out::Out;
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{bytes, seerflow_str};
use crate::codec::records;
use crate::error::Result;
use crate::record::Template;

/// One template and its statistics. Prepare it with SEERFLOW_PREPARE.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_template {
    /// sizeof(seerflow_template).
    pub struct_size: u32,
    /// Unused, 0.
    pub reserved: u32,
    /// Its number, chosen by the miner that found it.
    pub template_id: i64,
    /// Its text, with `<*>` for the variables.
    pub template_str: seerflow_str,
    /// When the first event matched, in nanoseconds since 1970-01-01 UTC. Kept by later writes.
    pub first_seen_ns: i64,
    /// When the last event matched, in nanoseconds since 1970-01-01 UTC. Later writes keep the larger one.
    pub last_seen_ns: i64,
    /// Number of events. Later writes add to it.
    pub event_count: i64,
    /// A message that matched; `data` NULL for none. Kept by later writes.
    pub example_message: seerflow_str,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_template {
    fn blank() -> Self {
        Self::default()
    }
}

impl seerflow_template {
    /// # Safety
    /// What the struct points to is readable.
    unsafe fn to_template(self) -> Result<Template> {
        // SAFETY: the caller keeps the contract.
        unsafe {
            let example = self.example_message.bytes("example_message")?;
            Ok(Template {
                template_id: self.template_id,
                template_str: self.template_str.lossy("template_str")?,
                first_seen_ns: self.first_seen_ns,
                last_seen_ns: self.last_seen_ns,
                event_count: self.event_count,
                example_message: example.map(|text| String::from_utf8_lossy(text).into_owned()),
            })
        }
    }
}

/// Templates of a store.
///
/// A const list may be read by any number of threads at once.
///
/// Methods: seerflow_template_list_count, seerflow_template_list_at, seerflow_template_list_ndjson,
/// seerflow_template_list_destroy.
pub struct seerflow_template_list {
    _opaque: [u8; 0],
}

impl Object for seerflow_template_list {
    type Value = List<Template>;
    const NAME: &'static str = "seerflow_template_list";
    const MAGIC: [u8; 8] = *b"sf:templ";
}

impl Listed for seerflow_template_list {
    type Record = Template;
    type Struct = seerflow_template;
    const RECORD: &'static str = "template";

    fn lend(template: &Template) -> seerflow_template {
        let example = template.example_message.as_ref();
        seerflow_template {
            struct_size: 0,
            reserved: 0,
            template_id: template.template_id,
            template_str: seerflow_str::lend(template.template_str.as_bytes()),
            first_seen_ns: template.first_seen_ns,
            last_seen_ns: template.last_seen_ns,
            event_count: template.event_count,
            example_message: example
                .map(|text| seerflow_str::lend(text.as_bytes()))
                .unwrap_or_default(),
        }
    }
}

/// Adds templates, or adds to the statistics of those that are there; committed when it returns. `template_size` is
/// sizeof(seerflow_template), the distance from one to the next. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// templates stay the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_write_templates(
    store: *const seerflow_store,
    templates: *const seerflow_template,
    template_size: usize,
    count: usize,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and templates as their sizes say.
    unsafe {
        call_on(store, error, |store| {
            let templates = sized::Array::new(templates, template_size, count, "templates")?;
            let templates: Result<Vec<_>> = (0..count)
                .map(|position| templates.at(position)?.to_template())
                .collect();
            let templates = templates?;
            store
                .engine()?
                .write_templates(&templates, &bound(timeout_ms, interrupt)?)
        })
    }
}

/// Does the same with templates as JSON, one object a line, with the names of seerflow_template's members. A line that is none is
/// SEERFLOW_STATUS_INVALID, and nothing is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_write_templates_ndjson(
    store: *const seerflow_store,
    data: *const c_void,
    length: usize,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and bytes as their length says.
    unsafe {
        call_on(store, error, |store| {
            let templates = records::decode(bytes(data, length, "data")?)?;
            store
                .engine()?
                .write_templates(&templates, &bound(timeout_ms, interrupt)?)
        })
    }
}

/// Lists templates by their number of events, largest first, at most `limit` (1 to 10,000) of them. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_templates(
    store: *const seerflow_store,
    limit: u32,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    list: *mut *mut seerflow_template_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and valid pointers.
    unsafe {
        list::answer(store, (timeout_ms, interrupt), list, error, |engine, control| {
            engine.templates(limit, control)
        })
    }
}

/// Removes templates with fewer than `min_count` events; `*deleted` gets how many, and may be NULL. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_prune_templates(
    store: *const seerflow_store,
    min_count: i64,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    deleted: *mut u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::optional(deleted, "deleted")?;
            let control = bound(timeout_ms, interrupt)?;
            let deleted = store.engine()?.prune_templates(min_count, &control)?;
            if let Some(place) = place {
                place.put(deleted);
            }
            Ok(())
        })
    }
}

/// Removes all templates; `*deleted` gets how many, and may be NULL. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_reset_templates(
    store: *const seerflow_store,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    deleted: *mut u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::optional(deleted, "deleted")?;
            let deleted = store.engine()?.reset_templates(&bound(timeout_ms, interrupt)?)?;
            if let Some(place) = place {
                place.put(deleted);
            }
            Ok(())
        })
    }
}

/// Returns the number of templates; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_template_list_count(list: *const seerflow_template_list) -> usize {
    // SAFETY: the header demands a live handle.
    unsafe { list::count(list) }
}

/// Tells a template, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
///
/// Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_template_list_at(
    list: *const seerflow_template_list,
    index: usize,
    template_out: *mut seerflow_template,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at(list, index, (template_out, "template_out"), error) }
}

/// Lends the list as JSON, one object and a line end for each template, ended in NUL. It is made at the first call. `length` may
/// be NULL.
///
/// Threads: any number at once. Ownership: the text lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_template_list_ndjson(
    list: *const seerflow_template_list,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and valid pointers.
    unsafe { list::ndjson(list, text, length, error) }
}

/// Destroys a list. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_template_list_destroy(list: *mut seerflow_template_list) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(list) }
}
