//! Records other than events, given as JSON.

use std::ffi::c_void;

use super::alert;
use super::call::{bound, seerflow_call};
use super::edge;
use super::error::seerflow_error;
use super::guard::call_on;
use super::handle;
use super::list::{KindNumber, List, seerflow_kind, seerflow_list};
use super::out::Out;
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{Flag, bytes};
use crate::codec::records;
use crate::error::Error;
use crate::record::DEDUP_WINDOW_NS;

/// How long alerts with the same dedup_key are one alert in Seerflow: 15 minutes, in nanoseconds.
pub const SEERFLOW_DEDUP_WINDOW_NS: i64 = 900_000_000_000;

const _: () = assert!(SEERFLOW_DEDUP_WINDOW_NS == DEDUP_WINDOW_NS);

/// How alerts and edges are written. Begin with SEERFLOW_RECORD_OPTIONS_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_record_options {
    /// sizeof(seerflow_record_options).
    pub struct_size: u32,
    /// Edges: return after the commit. True is the default.
    pub durable: Flag,
    /// Must be 0.
    pub reserved: [u8; 3],
    /// Alerts: the longest distance in time between two occurrences of one alert, in nanoseconds; with a negative number every
    /// alert is new. SEERFLOW_DEDUP_WINDOW_NS is the default.
    pub dedup_window_ns: i64,
}

impl Default for seerflow_record_options {
    fn default() -> Self {
        Self {
            struct_size: size_of::<Self>() as u32,
            durable: Flag::SET,
            reserved: [0; 3],
            dedup_window_ns: SEERFLOW_DEDUP_WINDOW_NS,
        }
    }
}

// SAFETY: `repr(C)`, the size in front, integers only.
unsafe impl sized::Struct for seerflow_record_options {
    fn sets_reserved(&self) -> bool {
        self.reserved != [0; 3]
    }
}

/// Writes records of a kind given as JSON, one object a line, with the names of the members of the kind's struct.
/// A member that an alert lacks has its default; other records state every member, except that a template's
/// example_message may be missing. Empty lines are skipped, unknown names ignored. All of the records are written
/// or none. `options` may be NULL.
///
/// `kind` is SEERFLOW_KIND_ALERT (then `*results` gets a list of SEERFLOW_KIND_ALERT_RESULT), SEERFLOW_KIND_TEMPLATE,
/// SEERFLOW_KIND_EDGE or SEERFLOW_KIND_SIGMA_MATCHES (then `*results` is not written). `results` may be NULL. All
/// else is as for the function that writes structs of that kind.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the bytes stay the caller's; the caller
/// destroys the results. Errors: SEERFLOW_STATUS_INVALID if a line is not such a record; the message names the line.
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
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::optional(results, "results")?;
            let options = sized::read_or_default(options, "options")?;
            let (data, control) = (bytes(data, length, "data")?, bound(call)?);
            let engine = store.engine()?;
            if kind == seerflow_kind::Alert as u32 {
                let written =
                    alert::write(engine, records::decode(data)?, options.dedup_window_ns, &control)?;
                if let Some(place) = place {
                    place.put(handle::make(List::from(written)));
                }
                Ok(())
            } else if kind == seerflow_kind::Template as u32 {
                engine.write_templates(&records::decode(data)?, &control)
            } else if kind == seerflow_kind::Edge as u32 {
                edge::write(
                    engine,
                    &records::decode(data)?,
                    options.durable.is_set(),
                    &control,
                )
            } else if kind == seerflow_kind::SigmaMatches as u32 {
                engine
                    .sigma_rules()?
                    .add_sigma_matches(&records::decode(data)?, &control)
            } else {
                Err(Error::invalid(format!(
                    "records of kind {kind} are not written this way"
                )))
            }
        })
    }
}
