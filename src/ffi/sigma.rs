//! State of Sigma rules: which are enabled, how often they fired.

use std::ffi::{c_char, c_void};

use super::bound;
use super::error::seerflow_error;
use super::guard::{call_on, destroy};
use super::handle::Object;
use super::interrupt::seerflow_interrupt;
use super::list::{self, List, Listed};
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{bytes, required_text, seerflow_str};
use crate::codec::records;
use crate::error::{Error, Result};
use crate::record::{SigmaMatches, SigmaRuleState, TIME_ABSENT};

/// What a Sigma rule has done. Prepare it with SEERFLOW_PREPARE.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_sigma_rule {
    /// sizeof(seerflow_sigma_rule).
    pub struct_size: u32,
    /// 1 if it may fire, else 0.
    pub enabled: u32,
    /// The rule.
    pub rule_id: seerflow_str,
    /// How often it fired.
    pub match_count_lifetime: i64,
    /// When it fired last, in nanoseconds since 1970-01-01 UTC; SEERFLOW_TIME_ABSENT if it never did.
    pub last_fired_ns: i64,
    /// When this state changed last, in nanoseconds since 1970-01-01 UTC.
    pub updated_at_ns: i64,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_sigma_rule {
    fn blank() -> Self {
        Self::default()
    }
}

/// Matches of a Sigma rule. Prepare it with SEERFLOW_PREPARE, then set the rest.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_sigma_matches {
    /// sizeof(seerflow_sigma_matches).
    pub struct_size: u32,
    /// Unused, 0.
    pub reserved: u32,
    /// The rule.
    pub rule_id: seerflow_str,
    /// How many matches there were since the last call.
    pub count: i64,
    /// When the last of them was, in nanoseconds since 1970-01-01 UTC.
    pub last_fired_ns: i64,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_sigma_matches {
    fn blank() -> Self {
        Self::default()
    }
}

impl seerflow_sigma_matches {
    /// # Safety
    /// What the struct points to is readable.
    unsafe fn to_matches(self) -> Result<SigmaMatches> {
        Ok(SigmaMatches {
            // SAFETY: the caller keeps the contract.
            rule_id: unsafe { self.rule_id.exact("rule_id") }?,
            count: self.count,
            last_fired_ns: self.last_fired_ns,
        })
    }
}

/// State of Sigma rules, in the order of their ids.
///
/// A const list may be read by any number of threads at once.
///
/// Methods: seerflow_sigma_rule_list_count, seerflow_sigma_rule_list_at, seerflow_sigma_rule_list_ndjson,
/// seerflow_sigma_rule_list_destroy.
pub struct seerflow_sigma_rule_list {
    _opaque: [u8; 0],
}

impl Object for seerflow_sigma_rule_list {
    type Value = List<SigmaRuleState>;
    const NAME: &'static str = "seerflow_sigma_rule_list";
    const MAGIC: [u8; 8] = *b"sf:sigma";
}

impl Listed for seerflow_sigma_rule_list {
    type Record = SigmaRuleState;
    type Struct = seerflow_sigma_rule;
    const RECORD: &'static str = "rule";

    fn lend(rule: &SigmaRuleState) -> seerflow_sigma_rule {
        seerflow_sigma_rule {
            struct_size: 0,
            enabled: rule.enabled.into(),
            rule_id: seerflow_str::lend(rule.rule_id.as_bytes()),
            match_count_lifetime: rule.match_count_lifetime,
            last_fired_ns: rule.last_fired_ns.unwrap_or(TIME_ABSENT),
            updated_at_ns: rule.updated_at_ns,
        }
    }
}

/// Lists the state of every rule that has one. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_sigma_rules(
    store: *const seerflow_store,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    list: *mut *mut seerflow_sigma_rule_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        list::answer(store, (timeout_ms, interrupt), list, error, |engine, control| {
            engine.sigma_rules()?.sigma_rules(control)
        })
    }
}

/// Switches a rule on, or off if `enabled` is 0; committed when it returns. A rule without state gets one. `interrupt` may be
/// NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_enable_sigma_rule(
    store: *const seerflow_store,
    rule_id: *const c_char,
    enabled: i32,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and a NUL-terminated text.
    unsafe {
        call_on(store, error, |store| {
            let rule = required_text(rule_id, "rule_id")?;
            let control = bound(timeout_ms, interrupt)?;
            store
                .engine()?
                .sigma_rules()?
                .enable_sigma_rule(rule, enabled != 0, &control)
        })
    }
}

/// Adds matches to the counts of rules, all of them or none, and keeps for each the latest time; committed when it returns.
/// `match_size` is sizeof(seerflow_sigma_matches), the distance from one to the next. A rule without state gets one. `interrupt`
/// may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// matches stay the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_add_sigma_matches(
    store: *const seerflow_store,
    matches: *const seerflow_sigma_matches,
    match_size: usize,
    count: usize,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and structs as their sizes say.
    unsafe {
        call_on(store, error, |store| {
            let array = sized::Array::new(matches, match_size, count, "matches")?;
            let entry = |position| {
                let within = |error: Error| error.within(format_args!("matches[{position}]"));
                array.at(position)?.to_matches().map_err(within)
            };
            let matches = (0..count).map(entry).collect::<Result<Vec<_>>>()?;
            store
                .engine()?
                .sigma_rules()?
                .add_sigma_matches(&matches, &bound(timeout_ms, interrupt)?)
        })
    }
}

/// Does the same with matches as JSON, one object a line, with the names of seerflow_sigma_matches's members. A line that is none is
/// SEERFLOW_STATUS_INVALID, and nothing is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_add_sigma_matches_ndjson(
    store: *const seerflow_store,
    data: *const c_void,
    length: usize,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and bytes as their length says.
    unsafe {
        call_on(store, error, |store| {
            let matches = records::decode(bytes(data, length, "data")?)?;
            store
                .engine()?
                .sigma_rules()?
                .add_sigma_matches(&matches, &bound(timeout_ms, interrupt)?)
        })
    }
}

/// Returns the number of rules; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_sigma_rule_list_count(list: *const seerflow_sigma_rule_list) -> usize {
    // SAFETY: the header demands a live handle.
    unsafe { list::count(list) }
}

/// Tells a rule, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
///
/// Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_sigma_rule_list_at(
    list: *const seerflow_sigma_rule_list,
    index: usize,
    rule: *mut seerflow_sigma_rule,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at(list, index, (rule, "rule"), error) }
}

/// Lends the list as JSON, one object and a line end for each rule, ended in NUL. It is made at the first call. `length` may
/// be NULL.
///
/// Threads: any number at once. Ownership: the text lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_sigma_rule_list_ndjson(
    list: *const seerflow_sigma_rule_list,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and valid pointers.
    unsafe { list::ndjson(list, text, length, error) }
}

/// Destroys a list. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_sigma_rule_list_destroy(list: *mut seerflow_sigma_rule_list) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(list) }
}
