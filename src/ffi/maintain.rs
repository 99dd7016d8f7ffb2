//! Upkeep of a store: pruning, backup, checkpoint, check, summary.

use std::ffi::{c_char, c_void};

use serde::{Serialize, Serializer};

use super::call::{bound, seerflow_call};
use super::config::UserData;
use super::error::seerflow_error;
use super::guard::call_on;
use super::list::{self, Listed, seerflow_kind, seerflow_list};
use super::sized::{self, SizedOut};
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{Flag, path, seerflow_str};
use crate::error::Error;
use crate::record::{Cursor, TIME_ABSENT};
use crate::store::PruneOptions;

/// Which events to remove. Begin with SEERFLOW_PRUNE_OPTIONS_INIT, then set one bound or both.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_prune_options {
    /// sizeof(seerflow_prune_options).
    pub struct_size: u32,
    /// Must be 0.
    pub reserved: u32,
    /// Remove events and dead letters before this time, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT, the default,
    /// sets no bound.
    pub before_ns: i64,
    /// Remove the oldest events until the database takes no more than this, in bytes. 0, the default, sets no bound.
    pub max_bytes: u64,
}

impl Default for seerflow_prune_options {
    fn default() -> Self {
        Self {
            struct_size: size_of::<Self>() as u32,
            reserved: 0,
            before_ns: TIME_ABSENT,
            max_bytes: 0,
        }
    }
}

// SAFETY: `repr(C)`, the size in front, integers only.
unsafe impl sized::Struct for seerflow_prune_options {
    fn sets_reserved(&self) -> bool {
        self.reserved != 0
    }
}

/// What a prune did. Begin with its initialiser.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_prune_report {
    /// sizeof(seerflow_prune_report).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// Events removed.
    pub events: u64,
    /// Dead letters removed.
    pub dead_letters: u64,
    /// Size of the database before, in bytes.
    pub bytes_before: u64,
    /// Size of the database after, in bytes.
    pub bytes_after: u64,
}

// SAFETY: `repr(C)`, the size in front, integers only.
unsafe impl sized::Struct for seerflow_prune_report {}

/// Removes old events and dead letters; other writes go on in between. The event that arrived last stays. `report`
/// may be NULL. A call that is stopped does not bring back the events that it removed.
///
/// The space goes back to the file system in a SQLite database that libseerflow made. One that Seerflow made keeps
/// its size, and new events use the space. On PostgreSQL partitions that are dropped whole give theirs back; rows
/// leave it for new ones.
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
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        call_on(store, error, |store| {
            let given = sized::read(options, "options")?;
            let place = SizedOut::optional(report, "report")?;
            let options = PruneOptions {
                before_ns: (given.before_ns != TIME_ABSENT).then_some(given.before_ns),
                max_bytes: (given.max_bytes != 0).then_some(given.max_bytes),
            };
            let report = store.engine()?.prune(&options, &bound(call)?)?;
            if let Some(place) = place {
                place.put(seerflow_prune_report {
                    struct_size: 0,
                    reserved: 0,
                    events: report.events,
                    dead_letters: report.dead_letters,
                    bytes_before: report.bytes_before,
                    bytes_after: report.bytes_after,
                });
            }
            Ok(())
        })
    }
}

/// Receives how far a backup is: pages done, and pages in all. It runs on the thread that asked for the backup. It must
/// neither throw nor jump (longjmp); seerflow.hpp catches exceptions and throws them from the call.
pub type seerflow_progress_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, done: u64, total: u64)>;

/// Writes a consistent copy of a SQLite database to a new file, while reads and writes go on. `progress` may be NULL. The file is
/// readable for its owner only, and has its name once it is complete and on the disk; nothing is replaced.
///
/// Threads: any number at once. Blocking: bounded by `call`. Errors: SEERFLOW_STATUS_INVALID if
/// something has the name, a symbolic link included; SEERFLOW_STATUS_UNSUPPORTED on PostgreSQL, whose
/// own pg_dump and pg_basebackup copy it.
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
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        call_on(store, error, |store| {
            let target = path(target, "target")?;
            let user_data = UserData(user_data);
            store.engine()?.backup(&target, &bound(call)?, |done, total| {
                if let Some(progress) = progress {
                    progress(user_data.get(), done, total);
                }
            })
        })
    }
}

/// Brings the write-ahead log into the database file, and empties it unless a reader needs it. It happens by itself
/// too.
///
/// Threads: any number at once. Blocking: bounded by `call`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_checkpoint(
    store: *const seerflow_store,
    call: *const seerflow_call,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe { call_on(store, error, |store| store.engine()?.checkpoint(&bound(call)?)) }
}

/// What a check compares. Values may be added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_check {
    /// Tables, the structure of the text index, and summaries, while writes go on.
    Structure = 1,
    /// The text index with every message. Other writes wait meanwhile, those of other programs too: more than a second for a
    /// million events, of which a running Seerflow waits for five at the most.
    Text = 2,
}

/// A sum of seerflow_check in an argument: not yet checked.
pub type CheckNumber = u32;

/// What a check found.
pub(crate) struct Finding(String);

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut object = serializer.serialize_struct("finding", 1)?;
        object.serialize_field("text", &self.0)?;
        object.end()
    }
}

/// What a check found. Begin with its initialiser.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_finding {
    /// sizeof(seerflow_finding).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// What is wrong, and where.
    pub text: seerflow_str,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_finding {}

impl Listed for Finding {
    type Struct = seerflow_finding;
    const KIND: seerflow_kind = seerflow_kind::Finding;
    const NAME: &'static str = "finding";

    fn lend(&self) -> seerflow_finding {
        seerflow_finding {
            struct_size: 0,
            reserved: 0,
            text: seerflow_str::lend(self.0.as_bytes()),
        }
    }
}

/// Checks a store: `what` is SEERFLOW_CHECK_STRUCTURE, SEERFLOW_CHECK_TEXT, or both added up. SEERFLOW_STATUS_OK says
/// that the check was made; the list holds what it found, nothing if all is well.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_check(
    store: *const seerflow_store,
    what: CheckNumber,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        list::answer(store, call, list, error, |engine, control| {
            let (structure, text) = (seerflow_check::Structure as u32, seerflow_check::Text as u32);
            if what == 0 || what & !(structure | text) != 0 {
                return Err(Error::invalid(format!(
                    "what {what} is not a sum of seerflow_check"
                )));
            }
            let mut found = Vec::new();
            if what & structure != 0 {
                found.extend(engine.check(control)?);
            }
            if what & text != 0 {
                found.extend(engine.check_text(control)?);
            }
            Ok(found.into_iter().map(Finding).collect::<Vec<_>>())
        })
    }
}

/// Fills `out` with a finding of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
/// SEERFLOW_STATUS_INVALID for a list of another kind.
///
/// Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_finding_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_finding,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at::<Finding>(list, index, (out, "out"), error) }
}

/// Bytes of `end_cursor` of seerflow_summary, with its NUL. Other cursors are longer.
pub const SEERFLOW_CURSOR_SIZE: usize = 64;

/// The contents of a store, in numbers. Begin with SEERFLOW_SUMMARY_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_summary {
    /// sizeof(seerflow_summary).
    pub struct_size: u32,
    /// True if Seerflow made the tables, false if this library did.
    pub made_by_seerflow: Flag,
    /// Unused.
    pub reserved: [u8; 3],
    /// Seerflow's schema version.
    pub schema_version: i64,
    /// The last of this library's own migrations.
    pub migration: i64,
    /// Events.
    pub events: u64,
    /// Dead letters.
    pub dead_letters: u64,
    /// Templates.
    pub templates: u64,
    /// Time of the oldest event, in nanoseconds since 1970-01-01 UTC; SEERFLOW_TIME_ABSENT if there is none.
    pub oldest_ns: i64,
    /// Time of the newest event, in nanoseconds since 1970-01-01 UTC; SEERFLOW_TIME_ABSENT if there is none.
    pub newest_ns: i64,
    /// Up to which arrival number events are summed up.
    pub watermark: i64,
    /// The largest arrival number.
    pub last_seq: i64,
    /// Size of the database, in bytes.
    pub bytes: u64,
    /// Of these, bytes that are free for new rows.
    pub free_bytes: u64,
    /// Size of the write-ahead log, in bytes.
    pub wal_bytes: u64,
    /// The place behind the event that arrived last, ended in NUL: a query in SEERFLOW_ORDER_ARRIVAL that begins there answers
    /// what arrives later.
    pub end_cursor: [c_char; SEERFLOW_CURSOR_SIZE],
}

impl Default for seerflow_summary {
    fn default() -> Self {
        // SAFETY: it is made of integers, of which 0 is one.
        unsafe { std::mem::zeroed() }
    }
}

// SAFETY: `repr(C)`, the size in front, integers only.
unsafe impl sized::Struct for seerflow_summary {}

/// Fills `summary` with the contents of the store in numbers. seerflow_store_path returns its place.
///
/// Threads: any number at once. Blocking: bounded by `call`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_summary(
    store: *const seerflow_store,
    call: *const seerflow_call,
    summary: *mut seerflow_summary,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and a struct that says its size.
    unsafe {
        call_on(store, error, |store| {
            let place = SizedOut::new(summary, "summary")?;
            let is = store.engine()?.summary(&bound(call)?)?;
            place.put(seerflow_summary {
                struct_size: 0,
                made_by_seerflow: is.made_by_seerflow.into(),
                reserved: [0; 3],
                schema_version: is.schema_version,
                migration: is.migration,
                events: is.events,
                dead_letters: is.dead_letters,
                templates: is.templates,
                oldest_ns: is.oldest_ns.unwrap_or(TIME_ABSENT),
                newest_ns: is.newest_ns.unwrap_or(TIME_ABSENT),
                watermark: is.watermark,
                last_seq: is.last_seq,
                bytes: is.bytes,
                free_bytes: is.free_bytes,
                wal_bytes: is.wal_bytes,
                end_cursor: end_cursor(is.last_seq),
            });
            Ok(())
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
