//! Feedback: what people made of alerts.

use super::call::{bound, seerflow_call};
use super::error::seerflow_error;
use super::guard::call_on;
use super::list::{self, List, Listed, seerflow_kind, seerflow_list};
use super::query::{self, seerflow_query};
use super::sized::{self, SizedOut};
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::seerflow_str;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{FeedbackCursor, FeedbackEvent, TIME_ABSENT, now_ns};

/// A verdict on an alert. To give one, begin with SEERFLOW_FEEDBACK_INIT, then set
/// alert_id and feedback.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_feedback {
    /// sizeof(seerflow_feedback).
    pub struct_size: u32,
    /// Must be 0.
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

impl Default for seerflow_feedback {
    fn default() -> Self {
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

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_feedback {
    fn sets_reserved(&self) -> bool {
        self.reserved != 0
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

/// Puts a verdict on an alert and into the audit trail, both or neither; committed when it returns.
/// SEERFLOW_STATUS_NOT_FOUND if the alert is not stored; then nothing is written.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the verdict stays the caller's.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_update_feedback(
    store: *const seerflow_store,
    feedback: *const seerflow_feedback,
    call: *const seerflow_call,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
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

/// Adds a verdict to the audit trail only, whether its alert is stored or not; committed when it returns.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the verdict stays the caller's.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_append_feedback(
    store: *const seerflow_store,
    feedback: *const seerflow_feedback,
    call: *const seerflow_call,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        call_on(store, error, |store| {
            let event = sized::read(feedback, "feedback")?.to_event()?;
            store.engine()?.alerts()?.append_feedback(&event, &bound(call)?)
        })
    }
}

/// Lists the audit trail of one alert (seerflow_query_set_alert_id), or of all, newest first. The query also sets the
/// page and the limit.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_query_feedback(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        list::answer(store, call, list, error, |engine, control| {
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

/// How many alerts were judged. Begin with its initialiser.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_feedback_stats {
    /// sizeof(seerflow_feedback_stats).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// Alerts whose verdict is "tp".
    pub tp: u64,
    /// Alerts whose verdict is "fp".
    pub fp: u64,
    /// Both.
    pub total: u64,
}

// SAFETY: `repr(C)`, the size in front, integers only.
unsafe impl sized::Struct for seerflow_feedback_stats {}

/// Counts the alerts that were judged.
///
/// Threads: any number at once. Blocking: bounded by `call`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_feedback_stats(
    store: *const seerflow_store,
    call: *const seerflow_call,
    stats: *mut seerflow_feedback_stats,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        call_on(store, error, |store| {
            let place = SizedOut::new(stats, "stats")?;
            let stats = store.engine()?.alerts()?.feedback_stats(&bound(call)?)?;
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

/// Fills `out` with a verdict of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
/// SEERFLOW_STATUS_INVALID for a list of another kind.
///
/// Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_feedback_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_feedback,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at::<FeedbackEvent>(list, index, (out, "out"), error) }
}
