//! Queries for alerts.

use std::ffi::c_char;

use once_cell::sync::OnceCell;
use serde::Serialize;
use uuid::Uuid;

use super::alert::seerflow_alert;
use super::call::seerflow_call;
use super::counted::{CountByNumber, seerflow_count_by};
use super::error::seerflow_error;
use super::list::{seerflow_kind, seerflow_list};
use super::listed::{self, List, Listed};
use super::query::{self, seerflow_query};
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{required_text, seerflow_str};
use super::value::Texts;
use crate::error::{Error, ErrorKind};
use crate::record::{Alert, Bucket, Counted};

/// A stored alert. Its lists are converted to the form that C reads when they are first needed.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct StoredAlert {
    alert: Alert,
    #[serde(skip)]
    lists: OnceCell<Lists>,
}

impl From<Alert> for StoredAlert {
    fn from(alert: Alert) -> Self {
        Self {
            alert,
            lists: OnceCell::new(),
        }
    }
}

/// The lists of an alert in the form that C reads.
struct Lists {
    /// The texts that `events` points to.
    _ids: Vec<[u8; 36]>,
    events: Texts,
    tactics: Texts,
    techniques: Texts,
}

impl Lists {
    /// # Safety
    /// The alert is not moved or changed while the lists live.
    unsafe fn new(alert: &Alert) -> Self {
        let hyphenated = |id: &Uuid| {
            let mut text = [0; 36];
            id.hyphenated().encode_lower(&mut text);
            text
        };
        let ids: Vec<[u8; 36]> = alert.contributing_events.iter().map(hyphenated).collect();
        // SAFETY: `_ids` lives as long as the lists; the other texts belong to the alert.
        unsafe {
            Self {
                events: Texts::new(&ids),
                tactics: Texts::new(&alert.mitre_tactics),
                techniques: Texts::new(&alert.mitre_techniques),
                _ids: ids,
            }
        }
    }
}

impl Listed for StoredAlert {
    type Struct = seerflow_alert;
    const KIND: seerflow_kind = seerflow_kind::Alert;
    const NAME: &'static str = "alert";

    fn lend(&self) -> seerflow_alert {
        let alert = &self.alert;
        // SAFETY: the alert lives as long as its lists and is never changed.
        let lists = self.lists.get_or_init(|| unsafe { Lists::new(alert) });
        let text = |text: &str| seerflow_str::lend(text.as_bytes());
        seerflow_alert {
            struct_size: 0,
            reserved: 0,
            alert_id: text(&alert.alert_id),
            alert_type: text(&alert.alert_type),
            timestamp_ns: alert.timestamp_ns,
            severity_id: alert.severity_id,
            rule_name: text(&alert.rule_name),
            description: text(&alert.description),
            entity_uuid: text(&alert.entity_uuid),
            entity_value: text(&alert.entity_value),
            entity_type: text(&alert.entity_type),
            contributing_events: lists.events.lend(),
            mitre_tactics: lists.tactics.lend(),
            mitre_techniques: lists.techniques.lend(),
            risk_score: alert.risk_score,
            dedup_key: text(&alert.dedup_key),
            dedup_count: alert.dedup_count,
            feedback: text(&alert.feedback),
            feedback_note: text(&alert.feedback_note),
        }
    }
}

/// Returns a page of the alerts that match the query, newest first.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_query_alerts(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
            let page = engine
                .alerts()?
                .query_alerts(&query::read(query)?.alerts()?, control)?;
            let (next, total) = (page.next.map(|cursor| cursor.token()), page.total);
            let alerts: Vec<StoredAlert> = page.alerts.into_iter().map(StoredAlert::from).collect();
            Ok(List::from(alerts).continued(next, total))
        })
    }
}

/// Returns the alert with an id, as a list of one record.
///
/// An alert that occurred again has the id of its latest occurrence.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy. Errors: SEERFLOW_STATUS_NOT_FOUND if no stored alert has this id.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_alert(
    store: *const seerflow_store,
    alert_id: *const c_char,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
            let id = required_text(alert_id, "alert_id")?;
            let found = engine.alerts()?.alert(id, control)?;
            let absent = || Error::new(ErrorKind::NotFound, format!("alert {id:?} is not stored"));
            Ok(vec![StoredAlert::from(found.ok_or_else(absent)?)])
        })
    }
}

/// Counts the alerts that match the query, by rule or by severity name, largest count first.
///
/// `by` is SEERFLOW_COUNT_BY_RULE or SEERFLOW_COUNT_BY_SEVERITY. The list has at most as many records as the query's
/// limit.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy. Errors: SEERFLOW_STATUS_INVALID for another `by`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_count_alerts(
    store: *const seerflow_store,
    query: *const seerflow_query,
    by: CountByNumber,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
            let (query, alerts) = (query::read(query)?.counted_alerts()?, engine.alerts()?);
            let counts = if by == seerflow_count_by::Rule as u32 {
                alerts.alerts_by_rule(&query, query.limit, control)?
            } else if by == seerflow_count_by::Severity as u32 {
                alerts.alerts_by_severity(&query, control)?
            } else {
                return Err(Error::invalid(format!(
                    "alerts cannot be counted by {by}, see seerflow_count_by"
                )));
            };
            let count = |(value, events)| Counted { value, events };
            Ok(counts.into_iter().map(count).collect::<Vec<_>>())
        })
    }
}

/// Counts the alerts that match the query, in buckets of `bucket_ns` nanoseconds.
///
/// Buckets start at multiples of their length since 1970-01-01 UTC. Empty buckets are left out. The query's limit has
/// no effect.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_alert_histogram(
    store: *const seerflow_store,
    query: *const seerflow_query,
    bucket_ns: i64,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
            let query = query::read(query)?.counted_alerts()?;
            let counts = engine.alerts()?.alerts_by_time(&query, bucket_ns, control)?;
            let bucket = |(start_ns, events)| Bucket {
                start_ns,
                events,
                ..Bucket::default()
            };
            Ok(counts.into_iter().map(bucket).collect::<Vec<_>>())
        })
    }
}

/// Copies the alert at `index` of a list to `out`. Indexes start at 0.
///
/// Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
/// NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
/// the list is not of kind SEERFLOW_KIND_ALERT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_alert_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_alert,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
    unsafe { listed::at::<StoredAlert>(list, index, (out, "out"), error) }
}
