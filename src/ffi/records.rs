//! Records other than events, written as JSON.

use std::ffi::c_void;

use super::call::{bound, seerflow_call};
use super::error::seerflow_error;
use super::guard::call_on;
use super::handle;
use super::list::{KindNumber, seerflow_kind, seerflow_list};
use super::listed::List;
use super::out::{Out, Place};
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{Flag, bytes};
use crate::codec::records;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::record::{Alert, AlertOutcome, AlertResult, Control, DEDUP_WINDOW_NS, now_ns};

/// The deduplication window of Seerflow, in nanoseconds: 15 minutes.
pub const SEERFLOW_DEDUP_WINDOW_NS: i64 = 900_000_000_000;

const _: () = assert!(SEERFLOW_DEDUP_WINDOW_NS == DEDUP_WINDOW_NS);

/// Options for writing alerts and edges. Initialise it with SEERFLOW_RECORD_OPTIONS_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_record_options {
    /// sizeof(seerflow_record_options).
    pub struct_size: u32,
    /// For edges: return after the commit. True is the default.
    pub durable: Flag,
    /// Must be 0.
    pub reserved: [u8; 3],
    /// For alerts: the longest time between two occurrences of one alert, in nanoseconds. With a negative number
    /// every alert is new. SEERFLOW_DEDUP_WINDOW_NS is the default.
    pub dedup_window_ns: i64,
}

impl Default for seerflow_record_options {
    fn default() -> Self {
        Self {
            durable: Flag::SET,
            dedup_window_ns: SEERFLOW_DEDUP_WINDOW_NS,
            ..sized::zeroed()
        }
    }
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are integers.
unsafe impl sized::Struct for seerflow_record_options {
    fn sets_reserved(&self) -> bool {
        self.reserved != [0; 3]
    }
}

/// Writes records given as JSON, one object a line, in one transaction: all of them or none.
///
/// `kind` is SEERFLOW_KIND_ALERT, SEERFLOW_KIND_TEMPLATE, SEERFLOW_KIND_EDGE or SEERFLOW_KIND_SIGMA_MATCHES. The keys
/// of an object are the names of the members of the kind's struct. An alert may leave out any member, which then has
/// its default. The other kinds must have every member, except for a template's example_message. Unknown keys and
/// empty lines are ignored.
///
/// For alerts, `*results` is set to a list of SEERFLOW_KIND_ALERT_RESULT; for the other kinds it is not written.
/// `results` and `options` may be NULL. Otherwise the function works as the one that writes the structs of the kind.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the bytes remain the caller's; the caller
/// destroys the results. Errors: SEERFLOW_STATUS_INVALID if a line is not a record of this kind; the message names
/// the line.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_write_records(
    store: *const seerflow_store,
    kind: KindNumber,
    data: *const c_void,
    length: usize,
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
            let (data, control) = (bytes(data, length, "data")?, bound(call)?);
            let engine = store.engine()?;
            if kind == seerflow_kind::Alert as u32 {
                let written =
                    write_alerts(engine, records::decode(data)?, options.dedup_window_ns, &control)?;
                if let Some(place) = place {
                    place.put(handle::make(List::from(written)));
                }
                Ok(())
            } else if kind == seerflow_kind::Template as u32 {
                engine
                    .templates()?
                    .write_templates(&records::decode(data)?, &control)
            } else if kind == seerflow_kind::Edge as u32 {
                engine.write_edges(&records::decode(data)?, options.durable.is_set(), &control)
            } else if kind == seerflow_kind::SigmaMatches as u32 {
                engine
                    .sigma_rules()?
                    .add_sigma_matches(&records::decode(data)?, &control)
            } else {
                Err(Error::invalid(format!(
                    "records of kind {kind} cannot be written as JSON"
                )))
            }
        })
    }
}

/// Fills in the defaults of alerts and writes them.
pub(super) fn write_alerts(
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
    let result = |(alert, written): (Alert, AlertOutcome)| AlertResult {
        alert_id: alert.alert_id,
        is_new: written.is_new,
        dedup_count: written.dedup_count,
    };
    Ok(alerts.into_iter().zip(written).map(result).collect())
}
