//! The state of Sigma rules: whether they are enabled, and how often they fired.

use std::ffi::c_char;

use super::call::{bound, seerflow_call};
use super::error::seerflow_error;
use super::guard::call_on;
use super::list::{seerflow_kind, seerflow_list};
use super::listed::{self, Listed};
use super::query::{self, seerflow_query};
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{Flag, required_text, seerflow_str};
use super::time_or_now;
use crate::error::Result;
use crate::record::{SigmaMatches, SigmaRuleState, TIME_ABSENT};

/// The state of a Sigma rule. Initialise it with SEERFLOW_SIGMA_RULE_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_sigma_rule {
    /// sizeof(seerflow_sigma_rule).
    pub struct_size: u32,
    /// True if the rule may fire.
    pub enabled: Flag,
    /// Unused.
    pub reserved: [u8; 3],
    /// The id of the rule.
    pub rule_id: seerflow_str,
    /// How often the rule fired.
    pub match_count_lifetime: i64,
    /// The time at which the rule last fired, in nanoseconds since 1970-01-01 UTC; SEERFLOW_TIME_ABSENT if it never
    /// did.
    pub last_fired_ns: i64,
    /// The time of the last change of this state, in nanoseconds since 1970-01-01 UTC.
    pub updated_at_ns: i64,
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
unsafe impl sized::Struct for seerflow_sigma_rule {}

/// Matches of a Sigma rule. Initialise it with SEERFLOW_SIGMA_MATCHES_INIT, then set rule_id.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_sigma_matches {
    /// sizeof(seerflow_sigma_matches).
    pub struct_size: u32,
    /// Must be 0.
    pub reserved: u32,
    /// The id of the rule.
    pub rule_id: seerflow_str,
    /// The number of matches since the last call. 1 is the default.
    pub count: i64,
    /// The time of the latest of these matches, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT, the
    /// default, means now.
    pub last_fired_ns: i64,
}

impl Default for seerflow_sigma_matches {
    fn default() -> Self {
        Self {
            count: 1,
            last_fired_ns: TIME_ABSENT,
            ..sized::zeroed()
        }
    }
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
unsafe impl sized::Struct for seerflow_sigma_matches {
    fn sets_reserved(&self) -> bool {
        self.reserved != 0
    }
}

impl seerflow_sigma_matches {
    /// # Safety
    /// The memory that the struct points to is readable.
    unsafe fn to_matches(self) -> Result<SigmaMatches> {
        Ok(SigmaMatches {
            // SAFETY: the caller upholds the contract.
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

/// Lists the stored states of rules, in the order of the rule ids.
///
/// The query must not set a filter, and its limit has no effect. It may be NULL.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_query_sigma_rules(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
            if !query.is_null() {
                query::read(query)?.sigma_rules()?;
            }
            engine.sigma_rules()?.sigma_rules(control)
        })
    }
}

/// Enables or disables a rule, and creates its state if it has none. Committed when the function returns.
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
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        call_on(store, error, |store| {
            let rule = required_text(rule_id, "rule_id")?;
            let rules = store.engine()?.sigma_rules()?;
            rules.enable_sigma_rule(rule, enabled.is_set(), &bound(call)?)
        })
    }
}

/// Adds matches to the counts of rules, in one transaction: all of them or none.
///
/// The transaction is committed when the function returns. For each rule the latest time is stored. The state of a
/// rule is created if it has none.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the matches remain the caller's.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_write_sigma_matches(
    store: *const seerflow_store,
    matches: *const seerflow_sigma_matches,
    count: usize,
    call: *const seerflow_call,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
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

/// Copies the state of a rule at `index` of a list to `out`. Indexes start at 0.
///
/// Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
/// NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
/// the list is not of kind SEERFLOW_KIND_SIGMA_RULE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_sigma_rule_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_sigma_rule,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
    unsafe { listed::at::<SigmaRuleState>(list, index, (out, "out"), error) }
}
