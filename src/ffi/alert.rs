//! Alerts: the struct, and writing them.

use std::ffi::{c_char, c_void};

use uuid::Uuid;

use super::bound;
use super::error::seerflow_error;
use super::guard::{call, call_on, destroy};
use super::handle::{self, Object};
use super::interrupt::seerflow_interrupt;
use super::list::{self, List, Listed};
use super::out::Out;
use super::sized;
use super::status::seerflow_status;
use super::store::{Store, seerflow_store};
use super::text::{bytes, items, seerflow_str};
use super::value::seerflow_list;
use crate::codec::records;
use crate::error::{Error, Result};
use crate::record::{Alert, AlertResult, DEDUP_WINDOW_NS, TIME_ABSENT, now_ns};

/// How long alerts with the same dedup_key are one alert in Seerflow: 15 minutes, in nanoseconds.
pub const SEERFLOW_DEDUP_WINDOW_NS: i64 = 900_000_000_000;

const _: () = assert!(SEERFLOW_DEDUP_WINDOW_NS == DEDUP_WINDOW_NS);

/// An alert: what detection found. To write one, fill it with seerflow_alert_init, then set what is known: type, rule, severity
/// and entity are enough. To read one, prepare it with SEERFLOW_PREPARE.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_alert {
    /// sizeof(seerflow_alert).
    pub struct_size: u32,
    /// Unused, 0.
    pub reserved: u32,
    /// Identity of this occurrence; it changes when the alert occurs again. None: a new UUID is made. This one, rule_name,
    /// entity_uuid and dedup_key have 2,000 bytes at the most, so that every back end can index them.
    pub alert_id: seerflow_str,
    /// "ml", "sigma", "correlation", "ueba" or "ioc".
    pub alert_type: seerflow_str,
    /// When it occurred, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT (the default) for the present.
    pub timestamp_ns: i64,
    /// 0 to 6, as in events. 1 is the default.
    pub severity_id: i64,
    /// The rule that fired.
    pub rule_name: seerflow_str,
    /// What happened, for a person.
    pub description: seerflow_str,
    /// Id of the entity that it is about. None: that of entity_type and entity_value, as seerflow_entity_id makes it.
    pub entity_uuid: seerflow_str,
    /// The entity as it was written.
    pub entity_value: seerflow_str,
    /// "user", "ip", "host", "process", "file" or "domain".
    pub entity_type: seerflow_str,
    /// Ids of the events that led to it: UUIDs as text.
    pub contributing_events: seerflow_list,
    /// MITRE ATT&CK tactics, of 500 bytes each at the most, as techniques.
    pub mitre_tactics: seerflow_list,
    /// MITRE ATT&CK techniques, such as "T1110" or "T1053.005".
    pub mitre_techniques: seerflow_list,
    /// Risk, 0 to 100 by convention.
    pub risk_score: f64,
    /// Alerts with the same key are one alert, within a window of time. None: "type:rule:entity_uuid", with the entity's type and
    /// value where it has no id.
    pub dedup_key: seerflow_str,
    /// How many occurrences the alert stands for. 1 is the default.
    pub dedup_count: i64,
    /// "tp" for a true positive, "fp" for a false one; empty if nobody judged it.
    pub feedback: seerflow_str,
    /// Why.
    pub feedback_note: seerflow_str,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_alert {
    fn blank() -> Self {
        let none = seerflow_str::default();
        let empty = seerflow_list::default();
        Self {
            struct_size: size_of::<Self>() as u32,
            reserved: 0,
            alert_id: none,
            alert_type: none,
            timestamp_ns: TIME_ABSENT,
            severity_id: 1,
            rule_name: none,
            description: none,
            entity_uuid: none,
            entity_value: none,
            entity_type: none,
            contributing_events: empty,
            mitre_tactics: empty,
            mitre_techniques: empty,
            risk_score: 0.0,
            dedup_key: none,
            dedup_count: 1,
            feedback: none,
            feedback_note: none,
        }
    }
}

impl seerflow_alert {
    /// # Safety
    /// What the struct points to is readable.
    unsafe fn to_alert(self) -> Result<Alert> {
        // SAFETY: the caller keeps the contract.
        unsafe {
            Ok(Alert {
                alert_id: self.alert_id.exact("alert_id")?,
                alert_type: self.alert_type.exact("alert_type")?,
                timestamp_ns: self.timestamp_ns,
                severity_id: self.severity_id,
                rule_name: self.rule_name.exact("rule_name")?,
                description: self.description.lossy("description")?,
                entity_uuid: self.entity_uuid.exact("entity_uuid")?,
                entity_value: self.entity_value.lossy("entity_value")?,
                entity_type: self.entity_type.exact("entity_type")?,
                contributing_events: texts(self.contributing_events, "contributing_events")?
                    .iter()
                    .map(|text| event_id(text))
                    .collect::<Result<_>>()?,
                mitre_tactics: texts(self.mitre_tactics, "mitre_tactics")?,
                mitre_techniques: texts(self.mitre_techniques, "mitre_techniques")?,
                risk_score: self.risk_score,
                dedup_key: self.dedup_key.exact("dedup_key")?,
                dedup_count: self.dedup_count,
                feedback: self.feedback.exact("feedback")?,
                feedback_note: self.feedback_note.lossy("feedback_note")?,
            })
        }
    }
}

/// # Safety
/// The list and its texts are readable.
unsafe fn texts(list: seerflow_list, name: &str) -> Result<Vec<String>> {
    // SAFETY: the caller keeps the contract.
    unsafe {
        items(list.items, list.count, name)?
            .iter()
            .map(|text| text.exact(name))
            .collect()
    }
}

fn event_id(text: &str) -> Result<Uuid> {
    Uuid::try_parse(text)
        .map_err(|e| Error::invalid(format!("contributing_events: {text:?} is not a UUID")).with_source(e))
}

/// Fills an alert with its defaults. `size` is sizeof(seerflow_alert).
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_init(
    alert: *mut seerflow_alert,
    size: usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a struct of that size.
    unsafe { call(error, || sized::init(alert, size, "alert")) }
}

/// What became of an alert that was written. Prepare it with SEERFLOW_PREPARE.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_alert_result {
    /// sizeof(seerflow_alert_result).
    pub struct_size: u32,
    /// 1: nobody was told of the alert yet; it is the first of its key, or the first in a new window. 0: another occurrence.
    pub is_new: u32,
    /// Occurrences that the stored alert now stands for.
    pub dedup_count: i64,
    /// Its id, as it was given or made.
    pub alert_id: seerflow_str,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_alert_result {
    fn blank() -> Self {
        Self::default()
    }
}

/// What became of the alerts of one write, in their order.
///
/// A const list may be read by any number of threads at once.
///
/// Methods: seerflow_alert_result_list_count, seerflow_alert_result_list_at, seerflow_alert_result_list_ndjson,
/// seerflow_alert_result_list_destroy.
pub struct seerflow_alert_result_list {
    _opaque: [u8; 0],
}

impl Object for seerflow_alert_result_list {
    type Value = List<AlertResult>;
    const NAME: &'static str = "seerflow_alert_result_list";
    const MAGIC: [u8; 8] = *b"sf:alres";
}

impl Listed for seerflow_alert_result_list {
    type Record = AlertResult;
    type Struct = seerflow_alert_result;
    const RECORD: &'static str = "alert";

    fn lend(result: &AlertResult) -> seerflow_alert_result {
        seerflow_alert_result {
            struct_size: 0,
            is_new: result.is_new.into(),
            dedup_count: result.dedup_count,
            alert_id: seerflow_str::lend(result.alert_id.as_bytes()),
        }
    }
}

/// The arguments that both write functions have.
struct AlertWrite {
    window_ns: i64,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    results: *mut *mut seerflow_alert_result_list,
}

impl AlertWrite {
    /// # Safety
    /// The pointers are as the write functions demand.
    unsafe fn run(self, store: &Store, alerts: Result<Vec<Alert>>) -> Result<()> {
        // SAFETY: the caller keeps the contract.
        let (place, control) = unsafe {
            (
                Out::optional(self.results, "results")?,
                bound(self.timeout_ms, self.interrupt)?,
            )
        };
        let mut alerts = alerts?;
        let now = now_ns();
        for (position, alert) in alerts.iter_mut().enumerate() {
            alert.fill_in(now);
            alert
                .validate()
                .map_err(|e| e.within(format_args!("alerts[{position}]")))?;
        }
        let written = store
            .engine()?
            .alerts()?
            .write_alerts(&alerts, self.window_ns, &control)?;
        if let Some(place) = place {
            let results = alerts
                .into_iter()
                .zip(written)
                .map(|(alert, written)| AlertResult {
                    alert_id: alert.alert_id,
                    is_new: written.is_new,
                    dedup_count: written.dedup_count,
                });
            place.put(handle::make(results.collect::<Vec<_>>().into()));
        }
        Ok(())
    }
}

/// Writes alerts given as structs, all of them or none; committed when it returns. `alert_size` is sizeof(seerflow_alert), the
/// distance from one to the next. `interrupt` and `results` may be NULL.
///
/// An alert whose dedup_key is stored, with a time at most `window_ns` nanoseconds away in either direction, is another
/// occurrence of that alert: its dedup_count goes up and its time stays. Outside the window the count begins at 1 again. In both
/// cases id and details are those of the alert that is written; a verdict stays. SEERFLOW_DEDUP_WINDOW_NS is Seerflow's window;
/// with a negative one every alert is new. `*results` tells for each alert whether it is new: whether somebody should be told.
///
/// SEERFLOW_STATUS_INVALID: an alert is outside what its members accept; the message says which and why.
/// SEERFLOW_STATUS_CONFLICT: an alert_id is stored with another dedup_key.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the alerts
/// stay the caller's; the caller destroys the results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_write_alerts(
    store: *const seerflow_store,
    alerts: *const seerflow_alert,
    alert_size: usize,
    count: usize,
    window_ns: i64,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    results: *mut *mut seerflow_alert_result_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles, alerts as their sizes say, and NULL or valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let array = sized::Array::new(alerts, alert_size, count, "alerts")?;
            let alert = |position| {
                let within = |error: Error| error.within(format_args!("alerts[{position}]"));
                array.at(position)?.to_alert().map_err(within)
            };
            let write = AlertWrite {
                window_ns,
                timeout_ms,
                interrupt,
                results,
            };
            write.run(store, (0..count).map(alert).collect())
        })
    }
}

/// Writes alerts given as JSON, one object a line, with the names of seerflow_alert's members; what is left out has its default.
/// Empty lines are skipped, unknown names ignored. All else is as for seerflow_store_write_alerts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_write_alerts_ndjson(
    store: *const seerflow_store,
    data: *const c_void,
    length: usize,
    window_ns: i64,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    results: *mut *mut seerflow_alert_result_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles, bytes as their length says, and NULL or valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let write = AlertWrite {
                window_ns,
                timeout_ms,
                interrupt,
                results,
            };
            write.run(store, records::decode(bytes(data, length, "data")?))
        })
    }
}

/// Returns the number of alerts that were written; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_result_list_count(list: *const seerflow_alert_result_list) -> usize {
    // SAFETY: the header demands a live handle.
    unsafe { list::count(list) }
}

/// Tells what became of an alert, by its number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
///
/// Ownership: its text lives as long as the list. It does not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_result_list_at(
    list: *const seerflow_alert_result_list,
    index: usize,
    result: *mut seerflow_alert_result,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at(list, index, (result, "result"), error) }
}

/// Lends the list as JSON, one object and a line end for each alert, ended in NUL. It is made at the first call. `length` may be
/// NULL.
///
/// Threads: any number at once. Ownership: the text lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_result_list_ndjson(
    list: *const seerflow_alert_result_list,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and valid pointers.
    unsafe { list::ndjson(list, text, length, error) }
}

/// Destroys a list. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_result_list_destroy(list: *mut seerflow_alert_result_list) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(list) }
}
