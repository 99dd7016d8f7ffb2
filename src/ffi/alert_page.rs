//! `seerflow_alert_page`: the answer to a query for alerts.

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::OnceLock;

use uuid::Uuid;

use super::alert::seerflow_alert;
use super::bound;
use super::error::seerflow_error;
use super::guard::{call_on, destroy, value_of};
use super::handle::{self, Object};
use super::interrupt::seerflow_interrupt;
use super::list::{self, List};
use super::out::Out;
use super::sized::SizedOut;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{c_string, required_text, seerflow_str};
use super::value::Texts;
use crate::error::{Error, ErrorKind};
use crate::record::{Alert, AlertPage};

/// A page of alerts, newest first.
///
/// A const page may be read by any number of threads at once. It belongs to no store: it may outlive its own, and a child
/// after fork() may read it.
///
/// Methods: seerflow_alert_page_count, seerflow_alert_page_at, seerflow_alert_page_total, seerflow_alert_page_next_cursor,
/// seerflow_alert_page_ndjson, seerflow_alert_page_destroy.
pub struct seerflow_alert_page {
    _opaque: [u8; 0],
}

/// What is behind the handle.
#[derive(Debug)]
pub struct Page {
    alerts: List<Alert>,
    /// For each alert its lists as C sees them, once somebody has asked for it.
    lists: Vec<OnceLock<Lists>>,
    next: Option<CString>,
    total: Option<u64>,
}

impl Object for seerflow_alert_page {
    type Value = Page;
    const NAME: &'static str = "seerflow_alert_page";
    const MAGIC: [u8; 8] = *b"sf:alpag";
}

impl From<AlertPage> for Page {
    fn from(page: AlertPage) -> Self {
        Self {
            lists: page.alerts.iter().map(|_| OnceLock::new()).collect(),
            alerts: page.alerts.into(),
            next: page.next.map(|cursor| c_string(&cursor.token())),
            total: page.total,
        }
    }
}

/// The lists of an alert as C sees them.
#[derive(Debug)]
struct Lists {
    /// What `events` points to.
    _ids: Vec<[u8; 36]>,
    events: Texts,
    tactics: Texts,
    techniques: Texts,
}

impl Lists {
    /// # Safety
    /// The alert stays as it is for as long as the lists live.
    unsafe fn new(alert: &Alert) -> Self {
        let spelled = |id: &Uuid| {
            let mut text = [0; 36];
            id.hyphenated().encode_lower(&mut text);
            text
        };
        let ids: Vec<[u8; 36]> = alert.contributing_events.iter().map(spelled).collect();
        // SAFETY: the ids live with the lists, all else is the alert's.
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

fn lend(alert: &Alert, lists: &Lists) -> seerflow_alert {
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

/// Finds an alert by its id and answers with a page that has only that one. SEERFLOW_STATUS_NOT_FOUND if there is none: an alert
/// that occurred again has the id of its last occurrence. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_alert(
    store: *const seerflow_store,
    alert_id: *const c_char,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    page: *mut *mut seerflow_alert_page,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles, a NUL-terminated text and valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::new(page, "page")?;
            let id = required_text(alert_id, "alert_id")?;
            let found = store
                .engine()?
                .alerts()?
                .alert(id, &bound(timeout_ms, interrupt)?)?;
            let absent = || Error::new(ErrorKind::NotFound, format!("there is no alert {id:?}"));
            place.put(handle::make(Page::from(AlertPage {
                alerts: vec![found.ok_or_else(absent)?],
                ..AlertPage::default()
            })));
            Ok(())
        })
    }
}

/// Returns the number of alerts; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_page_count(page: *const seerflow_alert_page) -> usize {
    // SAFETY: the header demands a live handle.
    unsafe { value_of(page, 0, |page| page.alerts.len()) }
}

/// Tells an alert, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
///
/// Ownership: its texts and lists live as long as the page. Texts do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_page_at(
    page: *const seerflow_alert_page,
    index: usize,
    alert: *mut seerflow_alert,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe {
        call_on(page, error, |page| {
            let place = SizedOut::new(alert, "alert")?;
            let alert = page.alerts.get(index, "alert")?;
            place.put(lend(alert, page.lists[index].get_or_init(|| Lists::new(alert))));
            Ok(())
        })
    }
}

/// Tells how many alerts match in all; returns false, and writes nothing, if the query did not ask for it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_page_total(
    page: *const seerflow_alert_page,
    total: *mut u64,
) -> bool {
    // SAFETY: the header demands a live handle and a valid pointer.
    unsafe {
        value_of(page, false, |page| match (page.total, Out::new(total, "total")) {
            (Some(number), Ok(total)) => {
                total.put(number);
                true
            }
            _ => false,
        })
    }
}

/// Returns where the next page begins, for seerflow_alert_query_set_cursor; NULL if this page was the last.
///
/// Ownership: the text lives as long as the page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_page_next_cursor(page: *const seerflow_alert_page) -> *const c_char {
    // SAFETY: the header demands a live handle.
    unsafe {
        value_of(page, ptr::null(), |page| {
            page.next.as_ref().map_or(ptr::null(), |token| token.as_ptr())
        })
    }
}

/// Lends the page as JSON, one object and a line end for each alert, ended in NUL. It is made at the first call. `length` may be
/// NULL.
///
/// Threads: any number at once. Ownership: the text lives as long as the page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_page_ndjson(
    page: *const seerflow_alert_page,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and valid pointers.
    unsafe {
        call_on(page, error, |page| {
            list::lend_ndjson(text, length, || page.alerts.ndjson())
        })
    }
}

/// Destroys a page. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_alert_page_destroy(page: *mut seerflow_alert_page) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(page) }
}
