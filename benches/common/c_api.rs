//! Writes the events through the C API, as a C program would.

use std::ffi::CString;
use std::path::Path;
use std::ptr;
use std::time::{Duration, Instant};

use seerflow::ffi::call::*;
use seerflow::ffi::config::*;
use seerflow::ffi::event_input::*;
use seerflow::ffi::status::seerflow_status;
use seerflow::ffi::store::*;
use seerflow::ffi::text::*;
use seerflow::ffi::value::*;
use seerflow::ffi::write::*;

use super::{Sshd, TEMPLATE};

/// How the events are written.
#[derive(Clone, Copy)]
pub struct Mode {
    pub durable: bool,
    /// Events per call.
    pub batch: usize,
    /// With the template that Seerflow's miner found, or without, as from a shipper.
    pub template: bool,
}

/// Writes the events to a new file; returns the duration of each call.
pub fn write(path: &Path, events: &[Sshd], mode: Mode) -> Vec<Duration> {
    let mut calls = Vec::with_capacity(events.len() / mode.batch + 1);
    let path = CString::new(path.to_str().unwrap()).unwrap();
    // SAFETY: handles are used until they are destroyed below, and every pointer refers to a live value.
    unsafe {
        let (mut config, mut store) = (ptr::null_mut(), ptr::null_mut());
        let none = ptr::null_mut();
        assert_eq!(seerflow_config_new(&mut config, none), seerflow_status::Ok);
        let key = c"storage.sqlite_path".as_ptr();
        assert_eq!(
            seerflow_config_set(config, key, path.as_ptr(), none),
            seerflow_status::Ok
        );
        assert_eq!(seerflow_store_new(config, &mut store, none), seerflow_status::Ok);
        let options = seerflow_write_options {
            durable: mode.durable.into(),
            ..Default::default()
        };
        let mut inputs = Vec::with_capacity(mode.batch);
        let mut parts = Vec::with_capacity(mode.batch);
        for chunk in events.chunks(mode.batch) {
            parts.clear();
            parts.extend(
                chunk
                    .iter()
                    .map(|e| [text(&e.user), text(&e.address), text(&e.port)]),
            );
            inputs.clear();
            inputs.extend(
                chunk
                    .iter()
                    .zip(&parts)
                    .map(|(event, parts)| input(event, parts, mode.template)),
            );
            let started = Instant::now();
            let (first, count) = (inputs.as_ptr(), inputs.len());
            let nothing = (ptr::null_mut(), ptr::null_mut());
            let status =
                seerflow_store_write_events(store, first, count, &options, nothing.0, nothing.1, none);
            assert_eq!(status, seerflow_status::Ok);
            calls.push(started.elapsed());
        }
        let ever = seerflow_call {
            timeout_ms: -1,
            ..Default::default()
        };
        assert_eq!(seerflow_store_flush(store, &ever, none), seerflow_status::Ok);
        seerflow_store_destroy(store);
        seerflow_config_destroy(config);
    }
    calls
}

fn text(text: &str) -> seerflow_str {
    seerflow_str {
        data: text.as_ptr().cast(),
        len: text.len(),
    }
}

fn input(event: &Sshd, parts: &[seerflow_str; 3], template: bool) -> seerflow_event_input {
    let mut input = seerflow_event_input::default();
    let list = |from: usize, count: usize| seerflow_strs {
        items: parts[from..].as_ptr(),
        count,
    };
    input.timestamp_ns = event.timestamp_ns;
    input.observed_ns = event.timestamp_ns + 500_000;
    input.severity_id = 3;
    input.message = text(&event.message);
    input.source_type = text("sshd");
    input.source_id = text(&event.host);
    input.related_users = list(0, 1);
    input.related_ips = list(1, 1);
    if template {
        input.otel_severity = 13;
        input.template_id = 1;
        input.template_str = text(TEMPLATE);
        input.template_params = list(0, 3);
    }
    input
}
