//! What keeps a store healthy: pruning, backup, checkpoint, check, summary.

use std::ffi::{CString, c_char, c_void};

use super::config::UserData;
use super::control;
use super::error::seerflow_error;
use super::guard::{call, call_on, destroy, value_of};
use super::handle::{self, Object};
use super::interrupt::{self, seerflow_interrupt};
use super::out::Out;
use super::sized::{self, SizedOut};
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{c_string, path};
use crate::error::{Error, ErrorKind};
use crate::record::Cursor;
use crate::store::PruneOptions;

/// Which events to remove. Fill it with seerflow_prune_options_init, then set one bound or both.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_prune_options {
    /// sizeof(seerflow_prune_options).
    pub struct_size: u32,
    /// Nonzero: `before_ns` counts.
    pub has_before: u32,
    /// Remove events and dead letters before this time, in nanoseconds since 1970-01-01 UTC.
    pub before_ns: i64,
    /// Remove the oldest events until the database takes no more than this, in bytes. 0 is no bound.
    pub max_bytes: u64,
}

// SAFETY: `repr(C)`, the size in front, integers only.
unsafe impl sized::Struct for seerflow_prune_options {
    fn blank() -> Self {
        Self {
            struct_size: size_of::<Self>() as u32,
            ..Self::default()
        }
    }
}

/// What a prune did. Prepare it with SEERFLOW_PREPARE.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_prune_report {
    /// sizeof(seerflow_prune_report).
    pub struct_size: u32,
    /// Unused, 0.
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
unsafe impl sized::Struct for seerflow_prune_report {
    fn blank() -> Self {
        Self::default()
    }
}

/// Fills prune options with their defaults: no bound. `size` is sizeof(seerflow_prune_options).
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_prune_options_init(
    options: *mut seerflow_prune_options,
    size: usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a struct of that size.
    unsafe { call(error, || sized::init(options, size, "options")) }
}

/// Removes old events and dead letters; other writes go on in between. The event that arrived last stays. `report` and
/// `interrupt` may be NULL. One that is stopped has removed what it removed.
///
/// The space goes back to the file system in a SQLite database that libseerflow made. One that Seerflow made keeps its size, and
/// new events use the space. On PostgreSQL partitions that are dropped whole give theirs back, rows leave it for new ones.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_prune(
    store: *const seerflow_store,
    options: *const seerflow_prune_options,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    report: *mut seerflow_prune_report,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and structs that say their sizes.
    unsafe {
        call_on(store, error, |store| {
            let given = sized::read(options, "options")?;
            let place = if report.is_null() {
                None
            } else {
                Some(SizedOut::new(report, "report")?)
            };
            let options = PruneOptions {
                before_ns: (given.has_before != 0).then_some(given.before_ns),
                max_bytes: (given.max_bytes != 0).then_some(given.max_bytes),
            };
            let report = store
                .engine()?
                .prune(&options, &control(timeout_ms, interrupt::share(interrupt)?))?;
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

/// Is told how far a backup is: pages done, and pages in all. Called on the thread that asked for the backup. It must
/// neither throw nor longjmp: an exception that leaves it ends the process.
pub type seerflow_progress_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, done: u64, total: u64)>;

/// Writes a consistent copy of a SQLite database to a new file, while reads and writes go on. `progress` and `interrupt` may be
/// NULL. The file is readable for its owner only, and has its name once it is complete and on the disk; nothing is replaced.
/// SEERFLOW_STATUS_INVALID: something has the name, a symbolic link included. SEERFLOW_STATUS_UNSUPPORTED: the database is
/// PostgreSQL's, which pg_dump and pg_basebackup copy.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_backup(
    store: *const seerflow_store,
    target: *const c_char,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    progress: seerflow_progress_callback,
    user_data: *mut c_void,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles, a NUL-terminated path and a function that keeps its terms.
    unsafe {
        call_on(store, error, |store| {
            let target = path(target, "target")?;
            let user_data = UserData(user_data);
            store.engine()?.backup(
                &target,
                &control(timeout_ms, interrupt::share(interrupt)?),
                |done, total| {
                    if let Some(progress) = progress {
                        progress(user_data.get(), done, total);
                    }
                },
            )
        })
    }
}

/// Brings the write-ahead log into the database file and empties it where no reader needs it. It happens by itself too.
///
/// Threads: any number at once. Blocking: for as long as that takes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_checkpoint(
    store: *const seerflow_store,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle.
    unsafe { call_on(store, error, |store| store.engine()?.checkpoint()) }
}

/// What a check found: nothing, if all is well.
///
/// A const list may be read by any number of threads at once.
///
/// Methods: seerflow_findings_count, seerflow_findings_at, seerflow_findings_destroy.
pub struct seerflow_findings {
    _opaque: [u8; 0],
}

impl Object for seerflow_findings {
    type Value = Vec<CString>;
    const NAME: &'static str = "seerflow_findings";
    const MAGIC: [u8; 8] = *b"sf:finds";
}

/// Checks tables, the structure of the text index, and summaries, while writes go on. SEERFLOW_STATUS_OK says that the
/// check was made; what it found is in the findings. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the findings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_check(
    store: *const seerflow_store,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    findings: *mut *mut seerflow_findings,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::new(findings, "findings")?;
            let found = store
                .engine()?
                .check(&control(timeout_ms, interrupt::share(interrupt)?))?;
            place.put(handle::make(found.iter().map(|text| c_string(text)).collect()));
            Ok(())
        })
    }
}

/// Compares the text index with every message. SEERFLOW_STATUS_OK says that it was done; what it found is in the findings.
/// Other writes wait meanwhile, those of other programs too: more than a second for a million events, of which a running
/// Seerflow waits for five at the most. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the findings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_check_text(
    store: *const seerflow_store,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    findings: *mut *mut seerflow_findings,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::new(findings, "findings")?;
            let found = store
                .engine()?
                .check_text(&control(timeout_ms, interrupt::share(interrupt)?))?;
            place.put(handle::make(found.iter().map(|text| c_string(text)).collect()));
            Ok(())
        })
    }
}

/// Returns the number of findings; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_findings_count(findings: *const seerflow_findings) -> usize {
    // SAFETY: the header demands a live handle.
    unsafe { value_of(findings, 0, Vec::len) }
}

/// Tells a finding, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
///
/// Ownership: the text lives as long as the findings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_findings_at(
    findings: *const seerflow_findings,
    index: usize,
    text: *mut *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and valid pointers.
    unsafe {
        call_on(findings, error, |findings| {
            let place = Out::new(text, "text")?;
            let absent = || Error::new(ErrorKind::NotFound, format!("there is no finding {index}"));
            place.put(findings.get(index).ok_or_else(absent)?.as_ptr());
            Ok(())
        })
    }
}

/// Destroys findings. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_findings_destroy(findings: *mut seerflow_findings) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(findings) }
}

/// Bytes that a cursor takes as text, with its NUL; tokens of later versions fit too.
pub const SEERFLOW_CURSOR_SIZE: usize = 64;

/// What is in a store. Prepare it with SEERFLOW_PREPARE.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_summary {
    /// sizeof(seerflow_summary).
    pub struct_size: u32,
    /// 1 if Seerflow made the tables, 0 if this library did.
    pub made_by_seerflow: u32,
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
unsafe impl sized::Struct for seerflow_summary {
    fn blank() -> Self {
        Self::default()
    }
}

/// Says what is in the store. Where it is, seerflow_store_path says. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_summary(
    store: *const seerflow_store,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    summary: *mut seerflow_summary,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and a struct that says its size.
    unsafe {
        call_on(store, error, |store| {
            let place = SizedOut::new(summary, "summary")?;
            let is = store
                .engine()?
                .summary(&control(timeout_ms, interrupt::share(interrupt)?))?;
            place.put(seerflow_summary {
                struct_size: 0,
                made_by_seerflow: is.made_by_seerflow.into(),
                schema_version: is.schema_version,
                migration: is.migration,
                events: is.events,
                dead_letters: is.dead_letters,
                templates: is.templates,
                oldest_ns: is.oldest_ns.unwrap_or(crate::record::TIME_ABSENT),
                newest_ns: is.newest_ns.unwrap_or(crate::record::TIME_ABSENT),
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
