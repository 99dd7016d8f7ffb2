//! Templates: the patterns that events were matched to.

use super::control;
use super::error::seerflow_error;
use super::guard::{call_on, destroy, value_of};
use super::handle::{self, Object};
use super::interrupt::{self, seerflow_interrupt};
use super::out::Out;
use super::sized::{self, SizedOut};
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::seerflow_str;
use crate::error::{Error, ErrorKind, Result};
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
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        // SAFETY: the caller keeps the contract.
        let (template_str, example) = unsafe {
            (
                self.template_str.bytes("template_str")?,
                self.example_message.bytes("example_message")?,
            )
        };
        Ok(Template {
            template_id: self.template_id,
            template_str: text(template_str.unwrap_or_default()),
            first_seen_ns: self.first_seen_ns,
            last_seen_ns: self.last_seen_ns,
            event_count: self.event_count,
            example_message: example.map(text),
        })
    }
}

/// Templates of a store.
///
/// A const list may be read by any number of threads at once.
///
/// Methods: seerflow_template_list_count, seerflow_template_list_at, seerflow_template_list_destroy.
pub struct seerflow_template_list {
    _opaque: [u8; 0],
}

impl Object for seerflow_template_list {
    type Value = Vec<Template>;
    const NAME: &'static str = "seerflow_template_list";
    const MAGIC: [u8; 8] = *b"sf:templ";
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
                .write_templates(&templates, &control(timeout_ms, interrupt::share(interrupt)?))
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
        call_on(store, error, |store| {
            let place = Out::new(list, "list")?;
            let templates = store
                .engine()?
                .templates(limit, &control(timeout_ms, interrupt::share(interrupt)?))?;
            place.put(handle::make(templates));
            Ok(())
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
            let control = control(timeout_ms, interrupt::share(interrupt)?);
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
            let deleted = store
                .engine()?
                .reset_templates(&control(timeout_ms, interrupt::share(interrupt)?))?;
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
    unsafe { value_of(list, 0, Vec::len) }
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
    unsafe {
        call_on(list, error, |list| {
            let place = SizedOut::new(template_out, "template_out")?;
            let absent = || Error::new(ErrorKind::NotFound, format!("there is no template {index}"));
            let template = list.get(index).ok_or_else(absent)?;
            let example = template.example_message.as_ref();
            place.put(seerflow_template {
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
            });
            Ok(())
        })
    }
}

/// Destroys a list. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_template_list_destroy(list: *mut seerflow_template_list) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(list) }
}
