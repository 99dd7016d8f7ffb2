//! Maintenance of a store: pruning, backup, checkpoint, check and summary.

use std::ffi::{c_char, c_void};

use serde::Serialize;

use super::call::{bound, seerflow_call};
use super::config::UserData;
use super::error::seerflow_error;
use super::guard::{call_for, call_on};
use super::list::{seerflow_kind, seerflow_list};
use super::listed::{self, Listed};
use super::sized::{self, SizedOut};
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{Flag, path, seerflow_str};
use crate::error::Error;
use crate::record::{Cursor, TIME_ABSENT};
use crate::store::PruneOptions;

/// The events to remove. Initialise it with SEERFLOW_PRUNE_OPTIONS_INIT, then set one bound or both.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_prune_options {
    /// sizeof(seerflow_prune_options).
    pub struct_size: u32,
    /// Must be 0.
    pub reserved: u32,
    /// Remove events and dead letters older than this time, in nanoseconds since 1970-01-01 UTC.
    /// SEERFLOW_TIME_ABSENT, the default, means no bound.
    pub before_ns: i64,
    /// Remove the oldest events until the database has at most this size, in bytes. 0, the default, means no bound.
    pub max_bytes: u64,
}

impl Default for seerflow_prune_options {
    fn default() -> Self {
        Self {
            before_ns: TIME_ABSENT,
            ..sized::zeroed()
        }
    }
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are integers.
unsafe impl sized::Struct for seerflow_prune_options {
    fn sets_reserved(&self) -> bool {
        self.reserved != 0
    }
}

/// The result of a prune. Initialise it with SEERFLOW_PRUNE_REPORT_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_prune_report {
    /// sizeof(seerflow_prune_report).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// The number of removed events.
    pub events: u64,
    /// The number of removed dead letters.
    pub dead_letters: u64,
    /// The size of the database before the prune, in bytes.
    pub bytes_before: u64,
    /// The size of the database after the prune, in bytes.
    pub bytes_after: u64,
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are integers.
unsafe impl sized::Struct for seerflow_prune_report {}

/// Removes old events and dead letters, in several transactions.
///
/// Other writes continue between the transactions. The event that arrived last is never removed. If the call is
/// interrupted, the events that it removed by then stay removed. `report` may be NULL.
///
/// A SQLite file that libseerflow created becomes smaller. A SQLite file that Seerflow created keeps its size; new
/// events use the free space. On PostgreSQL, dropped partitions return their space to the file system, and the space
/// of deleted rows is used for new rows.
///
/// Threads: any number at once. Blocking: bounded by `call`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_prune(
    store: *const seerflow_store,
    options: *const seerflow_prune_options,
    call: *const seerflow_call,
    report: *mut seerflow_prune_report,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        call_for(store, SizedOut::optional(report, "report"), error, |store| {
            let given = sized::read(options, "options")?;
            let options = PruneOptions {
                before_ns: (given.before_ns != TIME_ABSENT).then_some(given.before_ns),
                max_bytes: (given.max_bytes != 0).then_some(given.max_bytes),
            };
            let report = store.engine()?.maintenance()?.prune(&options, &bound(call)?)?;
            Ok(seerflow_prune_report {
                struct_size: 0,
                reserved: 0,
                events: report.events,
                dead_letters: report.dead_letters,
                bytes_before: report.bytes_before,
                bytes_after: report.bytes_after,
            })
        })
    }
}

/// Receives the progress of a backup: the number of copied pages, and the number of all pages.
///
/// It runs on the thread that called seerflow_store_backup. It must not throw an exception or call longjmp;
/// seerflow.hpp catches exceptions and rethrows them from the call.
pub type seerflow_progress_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, done: u64, total: u64)>;

/// Writes a consistent copy of a SQLite database to a new file. Reads and writes continue meanwhile.
///
/// Only the owner of the file may read it. The file gets the name `target` when it is complete and on disk. An
/// existing file is never replaced. `progress` may be NULL.
///
/// Threads: any number at once. Blocking: bounded by `call`. Errors: SEERFLOW_STATUS_INVALID if `target` exists, even
/// as a symbolic link; SEERFLOW_STATUS_UNSUPPORTED on PostgreSQL: use pg_dump or pg_basebackup.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_backup(
    store: *const seerflow_store,
    target: *const c_char,
    call: *const seerflow_call,
    progress: seerflow_progress_callback,
    user_data: *mut c_void,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        call_on(store, error, |store| {
            let target = path(target, "target")?;
            let user_data = UserData(user_data);
            store
                .engine()?
                .maintenance()?
                .backup(&target, &bound(call)?, &mut |done, total| {
                    if let Some(progress) = progress {
                        progress(user_data.get(), done, total);
                    }
                })
        })
    }
}

/// Copies the write-ahead log into the database file, and empties the log unless a reader needs it.
///
/// The library also does this by itself, in the background.
///
/// Threads: any number at once. Blocking: bounded by `call`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_checkpoint(
    store: *const seerflow_store,
    call: *const seerflow_call,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        call_on(store, error, |store| {
            store.engine()?.maintenance()?.checkpoint(&bound(call)?)
        })
    }
}

/// The parts of a check. The values may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_check {
    /// The tables, the structure of the text index, and the summaries. Writes continue meanwhile.
    Structure = 1,
    /// The contents of the text index, compared with every message. Writes wait meanwhile, also those of other
    /// programs: more than a second for a million events. A running Seerflow drops a batch that waits longer than
    /// five seconds.
    Text = 2,
}

/// A sum of seerflow_check values passed from C, not yet validated.
pub type CheckNumber = u32;

/// One finding of a check.
#[derive(Serialize)]
pub(crate) struct Finding {
    text: String,
}

/// One finding of a check. Initialise it with SEERFLOW_FINDING_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_finding {
    /// sizeof(seerflow_finding).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// A description of the defect and its place.
    pub text: seerflow_str,
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
unsafe impl sized::Struct for seerflow_finding {}

impl Listed for Finding {
    type Struct = seerflow_finding;
    const KIND: seerflow_kind = seerflow_kind::Finding;
    const NAME: &'static str = "finding";

    fn lend(&self) -> seerflow_finding {
        seerflow_finding {
            struct_size: 0,
            reserved: 0,
            text: seerflow_str::lend(self.text.as_bytes()),
        }
    }
}

/// Checks the consistency of a store.
///
/// `what` is SEERFLOW_CHECK_STRUCTURE, SEERFLOW_CHECK_TEXT, or their sum. SEERFLOW_STATUS_OK means that the check was
/// completed; the list holds its findings, and is empty if there are no defects.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy. Errors: SEERFLOW_STATUS_INVALID for another `what`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_check(
    store: *const seerflow_store,
    what: CheckNumber,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
            let (structure, text) = (seerflow_check::Structure as u32, seerflow_check::Text as u32);
            if what == 0 || what & !(structure | text) != 0 {
                return Err(Error::invalid(format!(
                    "what {what} is not a sum of seerflow_check"
                )));
            }
            let mut found = Vec::new();
            if what & structure != 0 {
                found.extend(engine.maintenance()?.check(control)?);
            }
            if what & text != 0 {
                found.extend(engine.maintenance()?.check_text(control)?);
            }
            let finding = |text| Finding { text };
            Ok(found.into_iter().map(finding).collect::<Vec<_>>())
        })
    }
}

/// Copies the finding at `index` of a list to `out`. Indexes start at 0.
///
/// Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
/// NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
/// the list is not of kind SEERFLOW_KIND_FINDING.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_finding_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_finding,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
    unsafe { listed::at::<Finding>(list, index, (out, "out"), error) }
}

/// The size of `end_cursor` of seerflow_summary, including its NUL. Other cursors may be longer.
pub const SEERFLOW_CURSOR_SIZE: usize = 64;

/// Counts and sizes of a store. Initialise it with SEERFLOW_SUMMARY_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_summary {
    /// sizeof(seerflow_summary).
    pub struct_size: u32,
    /// True if Seerflow created the tables, false if this library did.
    pub made_by_seerflow: Flag,
    /// Unused.
    pub reserved: [u8; 3],
    /// The version of Seerflow's schema.
    pub schema_version: i64,
    /// The number of this library's latest migration.
    pub migration: i64,
    /// The number of events.
    pub events: u64,
    /// The number of dead letters.
    pub dead_letters: u64,
    /// The number of templates.
    pub templates: u64,
    /// The time of the oldest event, in nanoseconds since 1970-01-01 UTC; SEERFLOW_TIME_ABSENT if there are no
    /// events.
    pub oldest_ns: i64,
    /// The time of the newest event, in nanoseconds since 1970-01-01 UTC; SEERFLOW_TIME_ABSENT if there are no
    /// events.
    pub newest_ns: i64,
    /// The arrival number up to which events are included in the summary tables.
    pub watermark: i64,
    /// The largest arrival number.
    pub last_seq: i64,
    /// The size of the database, in bytes.
    pub bytes: u64,
    /// Of `bytes`, those that are free for new rows.
    pub free_bytes: u64,
    /// The size of the write-ahead log, in bytes.
    pub wal_bytes: u64,
    /// The cursor after the event that arrived last, NUL-terminated. A query in SEERFLOW_ORDER_ARRIVAL that starts at
    /// this cursor returns the events that arrive later.
    pub end_cursor: [c_char; SEERFLOW_CURSOR_SIZE],
}

impl Default for seerflow_summary {
    fn default() -> Self {
        sized::zeroed()
    }
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are integers.
unsafe impl sized::Struct for seerflow_summary {}

/// Returns counts and sizes of a store.
///
/// Threads: any number at once. Blocking: bounded by `call`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_summary(
    store: *const seerflow_store,
    call: *const seerflow_call,
    summary: *mut seerflow_summary,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and a struct whose `struct_size` is set.
    unsafe {
        call_for(store, SizedOut::new(summary, "summary"), error, |store| {
            let counts = store.engine()?.maintenance()?.summary(&bound(call)?)?;
            Ok(seerflow_summary {
                struct_size: 0,
                made_by_seerflow: counts.made_by_seerflow.into(),
                reserved: [0; 3],
                schema_version: counts.schema_version,
                migration: counts.migration,
                events: counts.events,
                dead_letters: counts.dead_letters,
                templates: counts.templates,
                oldest_ns: counts.oldest_ns.unwrap_or(TIME_ABSENT),
                newest_ns: counts.newest_ns.unwrap_or(TIME_ABSENT),
                watermark: counts.watermark,
                last_seq: counts.last_seq,
                bytes: counts.bytes,
                free_bytes: counts.free_bytes,
                wal_bytes: counts.wal_bytes,
                end_cursor: end_cursor(counts.last_seq),
            })
        })
    }
}

fn end_cursor(last_seq: i64) -> [c_char; SEERFLOW_CURSOR_SIZE] {
    let token = Cursor {
        timestamp_ns: 0,
        ingest_seq: last_seq,
    }
    .token();
    let mut text = [0; SEERFLOW_CURSOR_SIZE];
    for (place, byte) in text.iter_mut().zip(token.bytes().take(SEERFLOW_CURSOR_SIZE - 1)) {
        *place = byte as c_char;
    }
    text
}
