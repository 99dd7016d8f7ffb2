//! Alerts: the struct, and the function that writes it.

use uuid::Uuid;

use super::call::{bound, seerflow_call};
use super::error::seerflow_error;
use super::guard::call_on;
use super::handle;
use super::list::{seerflow_kind, seerflow_list};
use super::listed::{self, List, Listed};
use super::out::{Out, Place};
use super::records::{seerflow_record_options, write_alerts};
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{Flag, items, seerflow_str};
use super::value::seerflow_strs;
use crate::error::{Error, Result};
use crate::record::{Alert, AlertResult, TIME_ABSENT};

/// An alert: a finding of detection.
///
/// To write one, initialise it with SEERFLOW_ALERT_INIT and set the known members. The type, rule, severity and entity
/// are enough.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_alert {
    /// sizeof(seerflow_alert).
    pub struct_size: u32,
    /// Must be 0.
    pub reserved: u32,
    /// The id of this occurrence. It changes when the alert occurs again. If absent, a new UUID is generated.
    /// alert_id, rule_name, entity_uuid and dedup_key are limited to 2,000 bytes each, so that every back end can
    /// index them.
    pub alert_id: seerflow_str,
    /// "ml", "sigma", "correlation", "ueba" or "ioc".
    pub alert_type: seerflow_str,
    /// The time of the occurrence, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT, the default, means now.
    pub timestamp_ns: i64,
    /// The severity, 0 to 6, as in events. 1 is the default.
    pub severity_id: i64,
    /// The name of the rule that fired.
    pub rule_name: seerflow_str,
    /// A description for people.
    pub description: seerflow_str,
    /// The id of the entity. If absent, it is computed from entity_type and entity_value as by seerflow_entity_id.
    pub entity_uuid: seerflow_str,
    /// The entity's value, such as a user name or an address.
    pub entity_value: seerflow_str,
    /// "user", "ip", "host", "process", "file" or "domain".
    pub entity_type: seerflow_str,
    /// The ids of the events that caused the alert: UUIDs as text.
    pub contributing_events: seerflow_strs,
    /// MITRE ATT&CK tactics. Each is limited to 500 bytes.
    pub mitre_tactics: seerflow_strs,
    /// MITRE ATT&CK techniques, such as "T1110" or "T1053.005". Each is limited to 500 bytes.
    pub mitre_techniques: seerflow_strs,
    /// The risk, by convention 0 to 100.
    pub risk_score: f64,
    /// The deduplication key: within a window of time, alerts with the same key are occurrences of one alert. If
    /// absent, it is "type:rule:entity_uuid", with the entity's type and value if the entity has no id.
    pub dedup_key: seerflow_str,
    /// The number of occurrences that the alert stands for. 1 is the default.
    pub dedup_count: i64,
    /// The verdict: "tp" for a true positive, "fp" for a false positive, empty if absent.
    pub feedback: seerflow_str,
    /// The reason for the verdict.
    pub feedback_note: seerflow_str,
}

impl Default for seerflow_alert {
    fn default() -> Self {
        Self {
            timestamp_ns: TIME_ABSENT,
            severity_id: 1,
            dedup_count: 1,
            ..sized::zeroed()
        }
    }
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
unsafe impl sized::Struct for seerflow_alert {
    fn sets_reserved(&self) -> bool {
        self.reserved != 0
    }
}

impl seerflow_alert {
    /// # Safety
    /// The memory that the struct points to is readable.
    unsafe fn to_alert(self) -> Result<Alert> {
        // SAFETY: the caller upholds the contract.
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
unsafe fn texts(list: seerflow_strs, name: &str) -> Result<Vec<String>> {
    // SAFETY: the caller upholds the contract.
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

/// The outcome of one alert that was written. Initialise it with SEERFLOW_ALERT_RESULT_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_alert_result {
    /// sizeof(seerflow_alert_result).
    pub struct_size: u32,
    /// True if this is the first alert with its dedup_key, or the first in a new window. False if it was counted as
    /// another occurrence of a stored alert.
    pub is_new: Flag,
    /// Unused.
    pub reserved: [u8; 3],
    /// The number of occurrences that the stored alert now stands for.
    pub dedup_count: i64,
    /// The id of the alert, as given or generated.
    pub alert_id: seerflow_str,
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
unsafe impl sized::Struct for seerflow_alert_result {}

impl Listed for AlertResult {
    type Struct = seerflow_alert_result;
    const KIND: seerflow_kind = seerflow_kind::AlertResult;
    const NAME: &'static str = "alert";

    fn lend(&self) -> seerflow_alert_result {
        seerflow_alert_result {
            struct_size: 0,
            is_new: self.is_new.into(),
            reserved: [0; 3],
            dedup_count: self.dedup_count,
            alert_id: seerflow_str::lend(self.alert_id.as_bytes()),
        }
    }
}

/// Writes alerts in one transaction: all of them or none. They are committed when the function returns.
///
/// An alert whose dedup_key is already stored counts as another occurrence of that alert if their times differ by at
/// most `options->dedup_window_ns`: dedup_count grows by one and the stored time stays. If they differ by more,
/// dedup_count becomes 1 and the stored time becomes the new one. In both cases the id and the details become those
/// of the new alert, and a verdict stays.
///
/// `options` may be NULL. `*results` is set to a list of SEERFLOW_KIND_ALERT_RESULT with one record for each alert;
/// `results` may be NULL.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the alerts remain the caller's; the caller
/// destroys the results. Errors: SEERFLOW_STATUS_INVALID if a member of an alert is out of range, with a message that
/// names the alert and the member; SEERFLOW_STATUS_CONFLICT if an alert_id is stored with another dedup_key.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_write_alerts(
    store: *const seerflow_store,
    alerts: *const seerflow_alert,
    count: usize,
    options: *const seerflow_record_options,
    call: *const seerflow_call,
    results: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::optional(results, "results")?;
            let options = sized::read_or_default(options, "options")?;
            let alerts = sized::read_all(alerts, count, "alerts", |alert| alert.to_alert())?;
            let results = write_alerts(store.engine()?, alerts, options.dedup_window_ns, &bound(call)?)?;
            if let Some(place) = place {
                place.put(handle::make(List::from(results)));
            }
            Ok(())
        })
    }
}

/// Copies the outcome of an alert at `index` of a list to `out`. Indexes start at 0.
///
/// Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
/// NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
/// the list is not of kind SEERFLOW_KIND_ALERT_RESULT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_alert_result_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_alert_result,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
    unsafe { listed::at::<AlertResult>(list, index, (out, "out"), error) }
}
