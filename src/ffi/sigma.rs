//! State of Sigma rules: which are enabled, how often they fired.

use std::ffi::c_char;

use super::call::{bound, seerflow_call};
use super::error::seerflow_error;
use super::guard::call_on;
use super::list::{self, Listed, seerflow_kind, seerflow_list};
use super::query::{self, seerflow_query};
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{Flag, required_text, seerflow_str};
use super::time_or_now;
use crate::error::Result;
use crate::record::{SigmaMatches, SigmaRuleState, TIME_ABSENT};

/// What a Sigma rule has done. Begin with its initialiser.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_sigma_rule {
    /// sizeof(seerflow_sigma_rule).
    pub struct_size: u32,
    /// Whether it may fire.
    pub enabled: Flag,
    /// Unused.
    pub reserved: [u8; 3],
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
unsafe impl sized::Struct for seerflow_sigma_rule {}

/// Matches of a Sigma rule. Begin with its initialiser, then set the rest.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_sigma_matches {
    /// sizeof(seerflow_sigma_matches).
    pub struct_size: u32,
    /// Must be 0.
    pub reserved: u32,
    /// The rule.
    pub rule_id: seerflow_str,
    /// How many matches there were since the last call; 1 is the default.
    pub count: i64,
    /// When the last of them was, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT (the default) for the present.
    pub last_fired_ns: i64,
}

impl Default for seerflow_sigma_matches {
    fn default() -> Self {
        Self {
            struct_size: size_of::<Self>() as u32,
            reserved: 0,
            rule_id: seerflow_str::default(),
            count: 1,
            last_fired_ns: TIME_ABSENT,
        }
    }
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_sigma_matches {
    fn sets_reserved(&self) -> bool {
        self.reserved != 0
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
            last_fired_ns: time_or_now(self.last_fired_ns),
        })
    }
}

impl Listed for SigmaRuleState {
    type Struct = seerflow_sigma_rule;
    const KIND: seerflow_kind = seerflow_kind::SigmaRule;
    const NAME: &'static str = "rule";

    fn lend(&self) -> seerflow_sigma_rule {
        seerflow_sigma_rule {
            struct_size: 0,
            enabled: self.enabled.into(),
            reserved: [0; 3],
            rule_id: seerflow_str::lend(self.rule_id.as_bytes()),
            match_count_lifetime: self.match_count_lifetime,
            last_fired_ns: self.last_fired_ns.unwrap_or(TIME_ABSENT),
            updated_at_ns: self.updated_at_ns,
        }
    }
}

/// Lists the state of every rule that has one, in the order of their ids. The query sets no filter, and its limit has
/// no effect; it may be NULL.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_query_sigma_rules(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        list::answer(store, call, list, error, |engine, control| {
            if !query.is_null() {
                query::read(query)?.sigma_rules()?;
            }
            engine.sigma_rules()?.sigma_rules(control)
        })
    }
}

/// Switches a rule on or off; committed when it returns. A rule without state gets one.
///
/// Threads: any number at once. Blocking: bounded by `call`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_enable_sigma_rule(
    store: *const seerflow_store,
    rule_id: *const c_char,
    enabled: Flag,
    call: *const seerflow_call,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        call_on(store, error, |store| {
            let rule = required_text(rule_id, "rule_id")?;
            let rules = store.engine()?.sigma_rules()?;
            rules.enable_sigma_rule(rule, enabled.is_set(), &bound(call)?)
        })
    }
}

/// Adds matches to the counts of rules, all of them or none, and keeps for each rule the latest time; committed when
/// it returns. A rule without state gets one.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the matches stay the caller's.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_write_sigma_matches(
    store: *const seerflow_store,
    matches: *const seerflow_sigma_matches,
    count: usize,
    call: *const seerflow_call,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        call_on(store, error, |store| {
            let matches = sized::read_all(matches, count, "matches", |matches| matches.to_matches())?;
            store
                .engine()?
                .sigma_rules()?
                .add_sigma_matches(&matches, &bound(call)?)
        })
    }
}

/// Fills `out` with the state of a rule of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
/// SEERFLOW_STATUS_INVALID for a list of another kind.
///
/// Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_sigma_rule_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_sigma_rule,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at::<SigmaRuleState>(list, index, (out, "out"), error) }
}
