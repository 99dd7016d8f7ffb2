//! Templates: the patterns that events were matched to.

use super::call::{bound, seerflow_call};
use super::error::seerflow_error;
use super::guard::call_on;
use super::list::{self, Listed, seerflow_kind, seerflow_list};
use super::out::Out;
use super::query::{self, seerflow_query};
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::seerflow_str;
use super::time_or_now;
use crate::error::Result;
use crate::record::{TIME_ABSENT, Template};

/// One template and its statistics. Begin with its initialiser.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_template {
    /// sizeof(seerflow_template).
    pub struct_size: u32,
    /// Must be 0.
    pub reserved: u32,
    /// Its number, chosen by the miner that found it.
    pub template_id: i64,
    /// Its text, with `<*>` for the variables.
    pub template_str: seerflow_str,
    /// When the first event matched, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT (the default) for the present. Kept by later writes.
    pub first_seen_ns: i64,
    /// When the last event matched, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT (the default) for the present. Later writes keep the larger one.
    pub last_seen_ns: i64,
    /// Number of events; 1 is the default. Later writes add to it.
    pub event_count: i64,
    /// A message that matched; `data` NULL for none. Kept by later writes.
    pub example_message: seerflow_str,
}

impl Default for seerflow_template {
    fn default() -> Self {
        Self {
            struct_size: size_of::<Self>() as u32,
            reserved: 0,
            template_id: 0,
            template_str: seerflow_str::default(),
            first_seen_ns: TIME_ABSENT,
            last_seen_ns: TIME_ABSENT,
            event_count: 1,
            example_message: seerflow_str::default(),
        }
    }
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_template {
    fn sets_reserved(&self) -> bool {
        self.reserved != 0
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
                first_seen_ns: time_or_now(self.first_seen_ns),
                last_seen_ns: time_or_now(self.last_seen_ns),
                event_count: self.event_count,
                example_message: example.map(|text| String::from_utf8_lossy(text).into_owned()),
            })
        }
    }
}

impl Listed for Template {
    type Struct = seerflow_template;
    const KIND: seerflow_kind = seerflow_kind::Template;
    const NAME: &'static str = "template";

    fn lend(&self) -> seerflow_template {
        let example = self.example_message.as_ref();
        seerflow_template {
            struct_size: 0,
            reserved: 0,
            template_id: self.template_id,
            template_str: seerflow_str::lend(self.template_str.as_bytes()),
            first_seen_ns: self.first_seen_ns,
            last_seen_ns: self.last_seen_ns,
            event_count: self.event_count,
            example_message: example
                .map(|text| seerflow_str::lend(text.as_bytes()))
                .unwrap_or_default(),
        }
    }
}

/// Adds templates, or adds to the statistics of those that are stored, all of them or none; committed when it
/// returns.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the templates stay the caller's.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_write_templates(
    store: *const seerflow_store,
    templates: *const seerflow_template,
    count: usize,
    call: *const seerflow_call,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        call_on(store, error, |store| {
            let templates =
                sized::read_all(templates, count, "templates", |template| template.to_template())?;
            store.engine()?.write_templates(&templates, &bound(call)?)
        })
    }
}

/// Lists templates by their number of events, largest first. The query sets the limit, 10,000 at most, and no filter.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_query_templates(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        list::answer(store, call, list, error, |engine, control| {
            engine.templates(query::read(query)?.templates()?, control)
        })
    }
}

/// Removes templates with fewer than `min_count` events. `*deleted` gets how many, and may be NULL.
///
/// Threads: any number at once. Blocking: bounded by `call`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_prune_templates(
    store: *const seerflow_store,
    min_count: i64,
    call: *const seerflow_call,
    deleted: *mut u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::optional(deleted, "deleted")?;
            let deleted = store.engine()?.prune_templates(min_count, &bound(call)?)?;
            if let Some(place) = place {
                place.put(deleted);
            }
            Ok(())
        })
    }
}

/// Removes all templates. `*deleted` gets how many, and may be NULL.
///
/// Threads: any number at once. Blocking: bounded by `call`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_reset_templates(
    store: *const seerflow_store,
    call: *const seerflow_call,
    deleted: *mut u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::optional(deleted, "deleted")?;
            let deleted = store.engine()?.reset_templates(&bound(call)?)?;
            if let Some(place) = place {
                place.put(deleted);
            }
            Ok(())
        })
    }
}

/// Fills `out` with a template of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
/// SEERFLOW_STATUS_INVALID for a list of another kind.
///
/// Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_template_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_template,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at::<Template>(list, index, (out, "out"), error) }
}
