//! Alerts: the struct, and writing them.

use uuid::Uuid;

use super::call::{bound, seerflow_call};
use super::error::seerflow_error;
use super::guard::call_on;
use super::handle;
use super::list::{self, List, Listed, seerflow_kind, seerflow_list};
use super::out::Out;
use super::records::seerflow_record_options;
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{Flag, items, seerflow_str};
use super::value::seerflow_strs;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::record::{Alert, AlertResult, Control, TIME_ABSENT, now_ns};

/// An alert: what detection found. To write one, begin with SEERFLOW_ALERT_INIT, then set what is known:
/// type, rule, severity and entity are enough.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_alert {
    /// sizeof(seerflow_alert).
    pub struct_size: u32,
    /// Must be 0.
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
    pub contributing_events: seerflow_strs,
    /// MITRE ATT&CK tactics, of 500 bytes each at the most, as techniques.
    pub mitre_tactics: seerflow_strs,
    /// MITRE ATT&CK techniques, such as "T1110" or "T1053.005".
    pub mitre_techniques: seerflow_strs,
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

impl Default for seerflow_alert {
    fn default() -> Self {
        let none = seerflow_str::default();
        let empty = seerflow_strs::default();
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

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_alert {
    fn sets_reserved(&self) -> bool {
        self.reserved != 0
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
unsafe fn texts(list: seerflow_strs, name: &str) -> Result<Vec<String>> {
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

/// What became of an alert that was written. Begin with its initialiser.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_alert_result {
    /// sizeof(seerflow_alert_result).
    pub struct_size: u32,
    /// True for the first alert of its key, or the first in a new window: nobody was told of it yet. False for another occurrence.
    pub is_new: Flag,
    /// Unused.
    pub reserved: [u8; 3],
    /// Occurrences that the stored alert now stands for.
    pub dedup_count: i64,
    /// Its id, as it was given or made.
    pub alert_id: seerflow_str,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
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

/// Writes alerts; what they leave out is filled in.
pub(super) fn write(
    engine: &Engine,
    mut alerts: Vec<Alert>,
    window_ns: i64,
    control: &Control,
) -> Result<Vec<AlertResult>> {
    let now = now_ns();
    for (position, alert) in alerts.iter_mut().enumerate() {
        alert.fill_in(now);
        alert
            .validate()
            .map_err(|e| e.within(format_args!("alerts[{position}]")))?;
    }
    let written = engine.alerts()?.write_alerts(&alerts, window_ns, control)?;
    let result = |(alert, written): (Alert, crate::record::AlertOutcome)| AlertResult {
        alert_id: alert.alert_id,
        is_new: written.is_new,
        dedup_count: written.dedup_count,
    };
    Ok(alerts.into_iter().zip(written).map(result).collect())
}

/// Writes alerts, all of them or none; committed when it returns. `options` may be NULL.
///
/// An alert whose dedup_key is stored counts as another occurrence of the stored alert if their times are at most
/// `options->dedup_window_ns` apart: dedup_count grows, the stored time stays. Outside the window the count begins at
/// 1 again. In both cases id and details become those of the alert that is written; a verdict stays. `*results`,
/// which may be NULL, gets a list that says of each alert whether it is new.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the alerts stay the caller's; the caller
/// destroys the results. Errors: SEERFLOW_STATUS_INVALID if an alert is outside what its members accept, and the
/// message says which and why; SEERFLOW_STATUS_CONFLICT if an alert_id is stored with another dedup_key.
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
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::optional(results, "results")?;
            let options = sized::read_or_default(options, "options")?;
            let alerts = sized::read_all(alerts, count, "alerts", |alert| alert.to_alert())?;
            let results = write(store.engine()?, alerts, options.dedup_window_ns, &bound(call)?)?;
            if let Some(place) = place {
                place.put(handle::make(List::from(results)));
            }
            Ok(())
        })
    }
}

/// Fills `out` with what became of an alert, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
/// SEERFLOW_STATUS_INVALID for a list of another kind.
///
/// Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_alert_result_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_alert_result,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at::<AlertResult>(list, index, (out, "out"), error) }
}
