//! The filters of a `seerflow_query`.

use std::ffi::c_char;

use super::error::seerflow_error;
use super::query::{edit, edit_text, seerflow_query};
use super::status::seerflow_status;
use super::text::required_text;
use crate::error::Error;
use crate::record::Window;

/// Selects records from `from_ns` up to, but not including, `to_ns`.
///
/// Both are in nanoseconds since 1970-01-01 UTC. INT64_MIN and INT64_MAX mean no bound.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_window(
    query: *mut seerflow_query,
    from_ns: i64,
    to_ns: i64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
    unsafe {
        edit(query, error, |query| {
            query.window = Some(Window { from_ns, to_ns });
            Ok(())
        })
    }
}

/// Selects events with exactly this source type. NULL removes the filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_source_type(
    query: *mut seerflow_query,
    source_type: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
    unsafe {
        edit_text(query, (source_type, "source_type"), error, |query| {
            &mut query.source_type
        })
    }
}

/// Selects events with exactly this source id. NULL removes the filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_source_id(
    query: *mut seerflow_query,
    source_id: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
    unsafe {
        edit_text(query, (source_id, "source_id"), error, |query| {
            &mut query.source_id
        })
    }
}

/// Selects events or alerts with this severity, 0 to 6, or a higher one. -1 removes the filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_min_severity(
    query: *mut seerflow_query,
    min_severity: i64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
    unsafe {
        edit(query, error, |query| {
            if !(-1..=6).contains(&min_severity) {
                return Err(Error::invalid(format!(
                    "min_severity {min_severity} is outside -1..6"
                )));
            }
            query.min_severity = (min_severity != -1).then_some(min_severity);
            Ok(())
        })
    }
}

/// Selects events with this template id. INT64_MIN removes the filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_template_id(
    query: *mut seerflow_query,
    template_id: i64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
    unsafe {
        edit(query, error, |query| {
            query.template_id = (template_id != i64::MIN).then_some(template_id);
            Ok(())
        })
    }
}

/// Selects records about the entity with this id; for the graph, sets the entity to start from.
///
/// seerflow_entity_id computes the id. NULL removes the filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_entity_id(
    query: *mut seerflow_query,
    entity_id: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
    unsafe {
        edit_text(query, (entity_id, "entity_id"), error, |query| {
            &mut query.entity_id
        })
    }
}

/// Selects events whose messages contain all these words, in any inflection.
///
/// Words in double quotes must be adjacent and in this order. Other punctuation has no meaning. NULL removes the
/// filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_text(
    query: *mut seerflow_query,
    text: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
    unsafe { edit_text(query, (text, "text"), error, |query| &mut query.text) }
}

/// Selects alerts with exactly this type. NULL removes the filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_alert_type(
    query: *mut seerflow_query,
    alert_type: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
    unsafe {
        edit_text(query, (alert_type, "alert_type"), error, |query| {
            &mut query.alert_type
        })
    }
}

/// Selects alerts with this MITRE ATT&CK tactic. NULL removes the filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_tactic(
    query: *mut seerflow_query,
    tactic: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
    unsafe { edit_text(query, (tactic, "tactic"), error, |query| &mut query.tactic) }
}

/// Selects alerts with this MITRE ATT&CK technique. NULL removes the filter.
///
/// A technique also selects its sub-techniques: T1053 selects T1053.005.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_technique(
    query: *mut seerflow_query,
    technique: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
    unsafe {
        edit_text(query, (technique, "technique"), error, |query| {
            &mut query.technique
        })
    }
}

/// Selects the verdicts on this alert. NULL removes the filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_alert_id(
    query: *mut seerflow_query,
    alert_id: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
    unsafe { edit_text(query, (alert_id, "alert_id"), error, |query| &mut query.alert_id) }
}

/// Selects models whose keys start with this text. NULL removes the filter.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_key_prefix(
    query: *mut seerflow_query,
    key_prefix: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
    unsafe {
        edit_text(query, (key_prefix, "key_prefix"), error, |query| {
            &mut query.key_prefix
        })
    }
}

/// Adds a relation to those that the graph follows.
///
/// A query without relations follows all edges.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_add_relation(
    query: *mut seerflow_query,
    relation: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
    unsafe {
        edit(query, error, |query| {
            query
                .relations
                .push(required_text(relation, "relation")?.to_owned());
            Ok(())
        })
    }
}

/// Sets the number of edges that the graph follows from the entity. 1 is the default.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_depth(
    query: *mut seerflow_query,
    depth: u32,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
    unsafe {
        edit(query, error, |query| {
            query.depth = Some(depth);
            Ok(())
        })
    }
}

/// Selects patterns of at least this many alerts. 1 is the default.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_min_count(
    query: *mut seerflow_query,
    min_count: u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
    unsafe {
        edit(query, error, |query| {
            query.min_count = Some(min_count);
            Ok(())
        })
    }
}

/// Sets the largest number of alert ids that each pattern lists. 100 is the default.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_query_set_max_alerts(
    query: *mut seerflow_query,
    max_alerts: u32,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and arguments that are valid for their types.
    unsafe {
        edit(query, error, |query| {
            query.max_alerts = Some(max_alerts);
            Ok(())
        })
    }
}
