//! Templates: the patterns of log messages, and their statistics.

use super::call::{bound, seerflow_call};
use super::error::seerflow_error;
use super::guard::{call_for, call_on};
use super::list::{seerflow_kind, seerflow_list};
use super::listed::{self, Listed};
use super::out::Out;
use super::query::{self, seerflow_query};
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::seerflow_str;
use super::time_or_now;
use crate::error::Result;
use crate::record::{TIME_ABSENT, Template};

/// A pattern of log messages, and its statistics. Initialise it with SEERFLOW_TEMPLATE_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_template {
    /// sizeof(seerflow_template).
    pub struct_size: u32,
    /// Must be 0.
    pub reserved: u32,
    /// The id, assigned by the program that found the pattern.
    pub template_id: i64,
    /// The text of the pattern, with `<*>` for each variable.
    pub template_str: seerflow_str,
    /// The time of the first matching event, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT, the default,
    /// means now. Writing a stored template again does not change it.
    pub first_seen_ns: i64,
    /// The time of the last matching event, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT, the default,
    /// means now. Writing a stored template again leaves the later of the two times.
    pub last_seen_ns: i64,
    /// The number of matching events; 1 is the default. Writing a stored template again adds to it.
    pub event_count: i64,
    /// A matching message; `data` is NULL if absent. Writing a stored template again does not change it.
    pub example_message: seerflow_str,
}

impl Default for seerflow_template {
    fn default() -> Self {
        Self {
            first_seen_ns: TIME_ABSENT,
            last_seen_ns: TIME_ABSENT,
            event_count: 1,
            ..sized::zeroed()
        }
    }
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
unsafe impl sized::Struct for seerflow_template {
    fn sets_reserved(&self) -> bool {
        self.reserved != 0
    }
}

impl seerflow_template {
    /// The memory that the struct points to is readable.
    unsafe fn to_template(self) -> Result<Template> {
        // SAFETY: the caller upholds the contract.
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

/// Writes templates in one transaction: all of them or none. It is committed when the function returns.
///
/// The statistics of a template that is already stored are updated.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the templates remain the caller's.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_write_templates(
    store: *const seerflow_store,
    templates: *const seerflow_template,
    count: usize,
    call: *const seerflow_call,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        call_on(store, error, |store| {
            let templates =
                sized::read_all(templates, count, "templates", |template| template.to_template())?;
            store
                .engine()?
                .templates()?
                .write_templates(&templates, &bound(call)?)
        })
    }
}

/// Lists templates by their number of events, largest first.
///
/// The query may set the limit, at most 10,000; it must not set a filter.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_query_templates(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
            engine
                .templates()?
                .templates(query::read(query)?.templates()?, control)
        })
    }
}

/// Removes templates with fewer than `min_count` events.
///
/// `*deleted` is set to the number of removed templates. It may be NULL.
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
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        call_for(store, Out::optional(deleted, "deleted"), error, |store| {
            let templates = store.engine()?.templates()?;
            templates.prune_templates(min_count, &bound(call)?)
        })
    }
}

/// Removes all templates.
///
/// `*deleted` is set to the number of removed templates. It may be NULL.
///
/// Threads: any number at once. Blocking: bounded by `call`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_reset_templates(
    store: *const seerflow_store,
    call: *const seerflow_call,
    deleted: *mut u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        call_for(store, Out::optional(deleted, "deleted"), error, |store| {
            store.engine()?.templates()?.reset_templates(&bound(call)?)
        })
    }
}

/// Copies the template at `index` of a list to `out`. Indexes start at 0.
///
/// Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
/// NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
/// the list is not of kind SEERFLOW_KIND_TEMPLATE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_template_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_template,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
    unsafe { listed::at::<Template>(list, index, (out, "out"), error) }
}
