//! Feedback: what people made of alerts.

use std::ffi::c_char;

use super::bound;
use super::error::seerflow_error;
use super::guard::{call, call_on, destroy};
use super::handle::Object;
use super::interrupt::seerflow_interrupt;
use super::list::{self, List, Listed};
use super::sized::{self, SizedOut};
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{optional_text, seerflow_str};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{FeedbackEvent, TIME_ABSENT, now_ns};

/// A verdict on an alert. To give one, fill it with seerflow_feedback_init, then set alert_id and feedback. To read one, prepare it
/// with SEERFLOW_PREPARE.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_feedback {
    /// sizeof(seerflow_feedback).
    pub struct_size: u32,
    /// Unused, 0.
    pub reserved: u32,
    /// Its number in the audit trail; ignored when one is given.
    pub id: i64,
    /// The alert.
    pub alert_id: seerflow_str,
    /// "tp" for a true positive, "fp" for a false one.
    pub feedback: seerflow_str,
    /// Why, for people.
    pub note: seerflow_str,
    /// Who says so: "dashboard", "cli" or "api". None: "api".
    pub origin: seerflow_str,
    /// When, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT (the default) for the present.
    pub submitted_at_ns: i64,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_feedback {
    fn blank() -> Self {
        let none = seerflow_str::default();
        Self {
            struct_size: size_of::<Self>() as u32,
            reserved: 0,
            id: 0,
            alert_id: none,
            feedback: none,
            note: none,
            origin: none,
            submitted_at_ns: TIME_ABSENT,
        }
    }
}

impl seerflow_feedback {
    /// # Safety
    /// What the struct points to is readable.
    unsafe fn to_event(self) -> Result<FeedbackEvent> {
        // SAFETY: the caller keeps the contract.
        unsafe {
            Ok(FeedbackEvent {
                id: 0,
                alert_id: self.alert_id.exact("alert_id")?,
                feedback: self.feedback.exact("feedback")?,
                note: self.note.lossy("note")?,
                origin: self.origin.utf8("origin")?.unwrap_or("api").to_owned(),
                submitted_at_ns: match self.submitted_at_ns {
                    TIME_ABSENT => now_ns(),
                    time => time,
                },
            })
        }
    }
}

/// Fills a verdict with its defaults. `size` is sizeof(seerflow_feedback).
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_feedback_init(
    feedback: *mut seerflow_feedback,
    size: usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a struct of that size.
    unsafe { call(error, || sized::init(feedback, size, "feedback")) }
}

/// Puts a verdict on an alert and into the audit trail, both or neither; committed when it returns. `interrupt` may be NULL.
///
/// SEERFLOW_STATUS_NOT_FOUND: there is no such alert; nothing is written.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// verdict stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_update_feedback(
    store: *const seerflow_store,
    feedback: *const seerflow_feedback,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and a struct that says its size.
    unsafe {
        call_on(store, error, |store| {
            let event = sized::read(feedback, "feedback")?.to_event()?;
            let control = bound(timeout_ms, interrupt)?;
            if store.engine()?.alerts()?.update_feedback(&event, &control)? {
                return Ok(());
            }
            Err(Error::new(
                ErrorKind::NotFound,
                format!("there is no alert {:?}", event.alert_id),
            ))
        })
    }
}

/// Adds a verdict to the audit trail only, whether its alert is there or not; committed when it returns. `interrupt` may be
/// NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// verdict stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_append_feedback(
    store: *const seerflow_store,
    feedback: *const seerflow_feedback,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and a struct that says its size.
    unsafe {
        call_on(store, error, |store| {
            let event = sized::read(feedback, "feedback")?.to_event()?;
            let control = bound(timeout_ms, interrupt)?;
            store.engine()?.alerts()?.append_feedback(&event, &control)
        })
    }
}

/// How many alerts were judged. Prepare it with SEERFLOW_PREPARE.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_feedback_stats {
    /// sizeof(seerflow_feedback_stats).
    pub struct_size: u32,
    /// Unused, 0.
    pub reserved: u32,
    /// Alerts whose verdict is "tp".
    pub tp: u64,
    /// Alerts whose verdict is "fp".
    pub fp: u64,
    /// Both.
    pub total: u64,
}

// SAFETY: `repr(C)`, the size in front, integers only.
unsafe impl sized::Struct for seerflow_feedback_stats {
    fn blank() -> Self {
        Self::default()
    }
}

/// Counts the alerts that were judged. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_feedback_stats(
    store: *const seerflow_store,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    stats: *mut seerflow_feedback_stats,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and a struct that says its size.
    unsafe {
        call_on(store, error, |store| {
            let place = SizedOut::new(stats, "stats")?;
            let control = bound(timeout_ms, interrupt)?;
            let stats = store.engine()?.alerts()?.feedback_stats(&control)?;
            place.put(seerflow_feedback_stats {
                struct_size: 0,
                reserved: 0,
                tp: stats.tp,
                fp: stats.fp,
                total: stats.total,
            });
            Ok(())
        })
    }
}

/// Verdicts of the audit trail, newest first.
///
/// A const list may be read by any number of threads at once.
///
/// Methods: seerflow_feedback_list_count, seerflow_feedback_list_at, seerflow_feedback_list_ndjson,
/// seerflow_feedback_list_destroy.
pub struct seerflow_feedback_list {
    _opaque: [u8; 0],
}

impl Object for seerflow_feedback_list {
    type Value = List<FeedbackEvent>;
    const NAME: &'static str = "seerflow_feedback_list";
    const MAGIC: [u8; 8] = *b"sf:feedb";
}

impl Listed for seerflow_feedback_list {
    type Record = FeedbackEvent;
    type Struct = seerflow_feedback;
    const RECORD: &'static str = "verdict";

    fn lend(feedback: &FeedbackEvent) -> seerflow_feedback {
        let text = |text: &str| seerflow_str::lend(text.as_bytes());
        seerflow_feedback {
            struct_size: 0,
            reserved: 0,
            id: feedback.id,
            alert_id: text(&feedback.alert_id),
            feedback: text(&feedback.feedback),
            note: text(&feedback.note),
            origin: text(&feedback.origin),
            submitted_at_ns: feedback.submitted_at_ns,
        }
    }
}

/// Lists the audit trail of one alert, or of all if `alert_id` is NULL, newest first: a page, counted from 1, of at most `limit` (1
/// to 100,000) verdicts. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_feedback(
    store: *const seerflow_store,
    alert_id: *const c_char,
    page: u32,
    limit: u32,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    list: *mut *mut seerflow_feedback_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        list::answer(store, (timeout_ms, interrupt), list, error, |engine, control| {
            let alert = optional_text(alert_id, "alert_id")?;
            engine
                .alerts()?
                .feedback_events(alert, None, page, limit, control)
        })
    }
}

/// Returns the number of verdicts; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_feedback_list_count(list: *const seerflow_feedback_list) -> usize {
    // SAFETY: the header demands a live handle.
    unsafe { list::count(list) }
}

/// Tells a verdict, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
///
/// Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_feedback_list_at(
    list: *const seerflow_feedback_list,
    index: usize,
    feedback: *mut seerflow_feedback,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at(list, index, (feedback, "feedback"), error) }
}

/// Lends the list as JSON, one object and a line end for each verdict, ended in NUL. It is made at the first call. `length`
/// may be NULL.
///
/// Threads: any number at once. Ownership: the text lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_feedback_list_ndjson(
    list: *const seerflow_feedback_list,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and valid pointers.
    unsafe { list::ndjson(list, text, length, error) }
}

/// Destroys a list. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_feedback_list_destroy(list: *mut seerflow_feedback_list) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(list) }
}
