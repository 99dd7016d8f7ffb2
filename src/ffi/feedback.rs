//! Feedback: the verdicts that people give on alerts.

use super::call::{bound, seerflow_call};
use super::error::seerflow_error;
use super::guard::{call_for, call_on};
use super::list::{seerflow_kind, seerflow_list};
use super::listed::{self, List, Listed};
use super::query::{self, seerflow_query};
use super::sized::{self, SizedOut};
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::seerflow_str;
use super::time_or_now;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{FeedbackCursor, FeedbackEvent, TIME_ABSENT};

/// A verdict on an alert. To give one, initialise it with SEERFLOW_FEEDBACK_INIT, then set alert_id and feedback.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_feedback {
    /// sizeof(seerflow_feedback).
    pub struct_size: u32,
    /// Must be 0.
    pub reserved: u32,
    /// The row number of the verdict in the audit trail. Ignored when a verdict is written.
    pub id: i64,
    /// The id of the alert.
    pub alert_id: seerflow_str,
    /// The verdict: "tp" for a true positive, "fp" for a false positive.
    pub feedback: seerflow_str,
    /// The reason, for people.
    pub note: seerflow_str,
    /// The origin of the verdict: "dashboard", "cli" or "api". "api" if absent.
    pub origin: seerflow_str,
    /// The time of the verdict, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT, the default, means now.
    pub submitted_at_ns: i64,
}

impl Default for seerflow_feedback {
    fn default() -> Self {
        Self {
            submitted_at_ns: TIME_ABSENT,
            ..sized::zeroed()
        }
    }
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
unsafe impl sized::Struct for seerflow_feedback {
    fn sets_reserved(&self) -> bool {
        self.reserved != 0
    }
}

impl seerflow_feedback {
    /// # Safety
    /// The memory that the struct points to is readable.
    unsafe fn to_event(self) -> Result<FeedbackEvent> {
        // SAFETY: the caller upholds the contract.
        unsafe {
            Ok(FeedbackEvent {
                id: 0,
                alert_id: self.alert_id.exact("alert_id")?,
                feedback: self.feedback.exact("feedback")?,
                note: self.note.lossy("note")?,
                origin: self.origin.utf8("origin")?.unwrap_or("api").to_owned(),
                submitted_at_ns: time_or_now(self.submitted_at_ns),
            })
        }
    }
}

/// Sets the verdict of an alert and appends it to the audit trail, in one transaction.
///
/// The transaction is committed when the function returns.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the verdict remains the caller's. Errors:
/// SEERFLOW_STATUS_NOT_FOUND if no stored alert has this id; nothing is written then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_update_feedback(
    store: *const seerflow_store,
    feedback: *const seerflow_feedback,
    call: *const seerflow_call,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        call_on(store, error, |store| {
            let event = sized::read(feedback, "feedback")?.to_event()?;
            if store.engine()?.alerts()?.update_feedback(&event, &bound(call)?)? {
                return Ok(());
            }
            let id = &event.alert_id;
            Err(Error::new(
                ErrorKind::NotFound,
                format!("alert {id:?} is not stored"),
            ))
        })
    }
}

/// Appends a verdict to the audit trail only. It is committed when the function returns.
///
/// The alert need not be stored; its own verdict does not change.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the verdict remains the caller's.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_append_feedback(
    store: *const seerflow_store,
    feedback: *const seerflow_feedback,
    call: *const seerflow_call,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        call_on(store, error, |store| {
            let event = sized::read(feedback, "feedback")?.to_event()?;
            store.engine()?.alerts()?.append_feedback(&event, &bound(call)?)
        })
    }
}

/// Lists the verdicts in the audit trail, newest first.
///
/// seerflow_query_set_alert_id selects the verdicts on one alert. The query may also set the page, the cursor and the
/// limit.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_query_feedback(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
            let query = query::read(query)?;
            let (alert, after, page, limit) = query.feedback()?;
            let verdicts = engine
                .alerts()?
                .feedback_events(alert, after, page, limit, control)?;
            let next = verdicts
                .last()
                .map(|verdict| FeedbackCursor::from(verdict).token());
            Ok(List::from(verdicts).continued(next, None))
        })
    }
}

/// The number of alerts with each verdict. Initialise it with SEERFLOW_FEEDBACK_STATS_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_feedback_stats {
    /// sizeof(seerflow_feedback_stats).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// The number of alerts whose verdict is "tp".
    pub tp: u64,
    /// The number of alerts whose verdict is "fp".
    pub fp: u64,
    /// The sum of the two.
    pub total: u64,
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are integers.
unsafe impl sized::Struct for seerflow_feedback_stats {}

/// Counts the alerts that have a verdict.
///
/// Threads: any number at once. Blocking: bounded by `call`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_feedback_stats(
    store: *const seerflow_store,
    call: *const seerflow_call,
    stats: *mut seerflow_feedback_stats,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        call_for(store, SizedOut::new(stats, "stats"), error, |store| {
            let stats = store.engine()?.alerts()?.feedback_stats(&bound(call)?)?;
            Ok(seerflow_feedback_stats {
                struct_size: 0,
                reserved: 0,
                tp: stats.tp,
                fp: stats.fp,
                total: stats.total,
            })
        })
    }
}

impl Listed for FeedbackEvent {
    type Struct = seerflow_feedback;
    const KIND: seerflow_kind = seerflow_kind::Feedback;
    const NAME: &'static str = "verdict";

    fn lend(&self) -> seerflow_feedback {
        let text = |text: &str| seerflow_str::lend(text.as_bytes());
        seerflow_feedback {
            struct_size: 0,
            reserved: 0,
            id: self.id,
            alert_id: text(&self.alert_id),
            feedback: text(&self.feedback),
            note: text(&self.note),
            origin: text(&self.origin),
            submitted_at_ns: self.submitted_at_ns,
        }
    }
}

/// Copies the verdict at `index` of a list to `out`. Indexes start at 0.
///
/// Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
/// NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
/// the list is not of kind SEERFLOW_KIND_FEEDBACK.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_feedback_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_feedback,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
    unsafe { listed::at::<FeedbackEvent>(list, index, (out, "out"), error) }
}
