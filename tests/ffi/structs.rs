//! Structs of programs that were compiled with an older or a newer header; and reserved members that are not 0.

use std::process::Command;

use seerflow::ffi::alert::*;
use seerflow::ffi::completions::*;
use seerflow::ffi::edge::*;
use seerflow::ffi::event_input::*;
use seerflow::ffi::feedback::*;
use seerflow::ffi::maintain::*;
use seerflow::ffi::model::*;
use seerflow::ffi::records::*;
use seerflow::ffi::sigma::*;
use seerflow::ffi::template::*;

use super::*;

const SIZE: usize = size_of::<seerflow_event_input>();

/// Returns an array of events with this `struct_size`, as a program has it whose struct is that large.
fn laid_out(events: &[seerflow_event_input], size: usize) -> Vec<u64> {
    let mut memory = vec![0_u64; events.len() * size / 8];
    for (position, event) in events.iter().enumerate() {
        let event = seerflow_event_input {
            struct_size: size as u32,
            ..*event
        };
        let place = memory[position * size / 8..].as_mut_ptr().cast::<u8>();
        // SAFETY: the memory has `size` bytes from there, and the event has its own size.
        unsafe { std::ptr::copy_nonoverlapping((&raw const event).cast::<u8>(), place, size.min(SIZE)) };
    }
    memory
}

unsafe fn write(
    host: &Host,
    events: &[u64],
    count: usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    unsafe {
        let first = events.as_ptr().cast();
        seerflow_store_write_events(
            host.store,
            first,
            count,
            &durable(),
            null_mut(),
            null_mut(),
            error,
        )
    }
}

fn event(message: &'static str, record_key: &'static str) -> seerflow_event_input {
    seerflow_event_input {
        message: str_of(message),
        record_key: str_of(record_key),
        ..Default::default()
    }
}

#[test]
fn events_of_a_newer_program_are_stored_if_they_set_nothing_unknown() {
    let host = Host::new();
    let size = SIZE + 16;
    let mut newer = laid_out(&[event("newer one", ""), event("newer two", "")], size);
    ok(|error| unsafe { write(&host, &newer, 2, error) });
    assert_eq!(host.search("newer").count(), 2);
    // The last member of the second event is set and unknown to this library.
    *newer.last_mut().unwrap() = 1;
    let message = fails(seerflow_status::Invalid, |error| unsafe {
        write(&host, &newer, 2, error)
    });
    assert!(
        message.starts_with("events[1]") && message.contains("does not know"),
        "{message}"
    );
}

#[test]
fn events_of_an_older_program_have_defaults_for_missing_members() {
    let host = Host::new();
    // The first version of the struct ended before `record_key`. The two events have the same key, but it is not
    // read.
    let size = std::mem::offset_of!(seerflow_event_input, record_key);
    let older = laid_out(&[event("older one", "k"), event("older two", "k")], size);
    ok(|error| unsafe { write(&host, &older, 2, error) });
    assert_eq!(host.search("older").count(), 2);
}

#[test]
fn events_of_two_sizes_in_one_array_are_refused() {
    let host = Host::new();
    let mut mixed = laid_out(&[event("one", ""), event("two", "")], SIZE + 8);
    mixed[(SIZE + 8) / 8] = SIZE as u64;
    let message = fails(seerflow_status::Invalid, |error| unsafe {
        write(&host, &mixed, 2, error)
    });
    assert!(
        message.starts_with("events[1]") && message.contains("that of the first"),
        "{message}"
    );
    for size in [0, 3, 7, 100_000] {
        let bad = seerflow_event_input {
            struct_size: size,
            ..Default::default()
        };
        fails(seerflow_status::Invalid, |error| unsafe {
            seerflow_store_write_events(host.store, &bad, 1, null(), null_mut(), null_mut(), error)
        });
    }
}

#[test]
fn arrays_of_other_structs_may_have_other_sizes_too() {
    #[repr(C)]
    struct Newer {
        edge: seerflow_edge,
        unknown: u64,
    }

    let host = Host::new();
    let newer = |target: &'static str, unknown| Newer {
        edge: seerflow_edge {
            struct_size: size_of::<Newer>() as u32,
            source_id: str_of("a"),
            target_id: str_of(target),
            rel_type: str_of("knows"),
            event_count: 1,
            ..Default::default()
        },
        unknown,
    };
    let write = |edges: &[Newer], error| unsafe {
        let first = edges.as_ptr().cast();
        seerflow_store_write_edges(host.store, first, edges.len(), null(), null(), error)
    };
    ok(|error| write(&[newer("b", 0), newer("c", 0)], error));
    let message = fails(seerflow_status::Invalid, |error| {
        write(&[newer("d", 0), newer("e", 1)], error)
    });
    assert!(message.starts_with("edges[1]"), "{message}");
    let edges = host.ask(seerflow_store_query_edges, &Query::new());
    assert_eq!(edges.count(), 2, "a failed call must write no edge");
}

#[test]
fn options_and_results_may_have_other_sizes() {
    let host = Host::new();
    // An older version of the options might have ended before `batch_key`.
    let size = std::mem::offset_of!(seerflow_write_options, batch_key);
    let older = seerflow_write_options {
        struct_size: size as u32,
        batch_key: str_of("ignored"),
        ..durable()
    };
    for _ in 0..2 {
        ok(|error| unsafe { write_lines(host.store, LINE, &older, error) });
    }
    assert_eq!(host.stats().duplicates, 0);
    for size in [0, 4, 25, 100_000] {
        let bad = seerflow_write_options {
            struct_size: size,
            ..Default::default()
        };
        fails(seerflow_status::Invalid, |error| unsafe {
            write_lines(host.store, "", &bad, error)
        });
    }
    // A result struct of another size receives the members that it has room for.
    let mut stats = [u64::MAX; 3];
    stats[0] = 16;
    ok(|error| unsafe { seerflow_store_stats(host.store, stats.as_mut_ptr().cast(), error) });
    assert_eq!((stats[0] & 0xffff_ffff, stats[1], stats[2]), (16, 2, u64::MAX));
}

#[test]
fn reserved_members_must_be_0() {
    let host = Host::new();
    host.write(LINE);
    let (store, none) = (host.store, null_mut());
    let refused = |what: &str, call: &dyn Fn(*mut *mut seerflow_error) -> seerflow_status| {
        let message = fails(seerflow_status::Invalid, call);
        assert!(message.contains("reserved"), "{what}: {message}");
    };
    unsafe {
        let call = init!(seerflow_call, reserved: 1);
        refused("call", &|e| seerflow_store_flush(store, &call, e));
        let mut options = seerflow_write_options::default();
        options.reserved[2] = 1;
        refused("write options", &|e| write_lines(store, LINE, &options, e));
        let mut records = seerflow_record_options::default();
        records.reserved[2] = 1;
        let kind = seerflow_kind::Edge as u32;
        refused("record options", &|e| {
            seerflow_store_write_records(store, kind, null(), 0, &records, null(), none, e)
        });
        let event = init!(seerflow_event_input, reserved: 1);
        refused("event", &|e| {
            seerflow_store_write_events(store, &event, 1, null(), null_mut(), null_mut(), e)
        });
        let alert = init!(seerflow_alert, reserved: 1, alert_type: str_of("ml"), entity_type: str_of("ip"));
        refused("alert", &|e| {
            seerflow_store_write_alerts(store, &alert, 1, null(), null(), none, e)
        });
        let template = init!(seerflow_template, reserved: 1, template_id: 1);
        refused("template", &|e| {
            seerflow_store_write_templates(store, &template, 1, null(), e)
        });
        let edge = init!(seerflow_edge, reserved: 1, source_id: str_of("a"), target_id: str_of("b"), rel_type: str_of("c"));
        refused("edge", &|e| {
            seerflow_store_write_edges(store, &edge, 1, null(), null(), e)
        });
        let feedback = init!(seerflow_feedback, reserved: 1, alert_id: str_of("a"), feedback: str_of("tp"));
        refused("verdict", &|e| {
            seerflow_store_append_feedback(store, &feedback, null(), e)
        });
        let matches = init!(seerflow_sigma_matches, reserved: 1, rule_id: str_of("r"));
        refused("matches", &|e| {
            seerflow_store_write_sigma_matches(store, &matches, 1, null(), e)
        });
        let prune = init!(seerflow_prune_options, reserved: 1, before_ns: i64::MAX);
        refused("prune options", &|e| {
            seerflow_store_prune(store, &prune, null(), null_mut(), e)
        });
    }
    assert_eq!(host.stats().accepted, 1, "nothing was written");
}

/// A member that the struct of an older program lacks gets the same default as from the C initialiser.
#[test]
fn defaults_are_those_of_the_initialisers_in_c() {
    macro_rules! defaults {
        ($($type:ident)*) => {
            [$((stringify!($type), {
                let value = init!($type);
                let bytes = (&raw const value).cast::<u8>();
                // SAFETY: the structs have no padding, so each byte belongs to a member.
                unsafe { std::slice::from_raw_parts(bytes, size_of::<$type>()) }.to_vec()
            })),*]
        };
    }
    let ours = defaults!(
        seerflow_call seerflow_write_options seerflow_record_options seerflow_event_input seerflow_alert
        seerflow_template seerflow_edge seerflow_feedback seerflow_sigma_matches seerflow_prune_options
        seerflow_model seerflow_completion seerflow_outcome seerflow_stats
    );
    let folder = tempfile::tempdir().unwrap();
    let (source, program) = (folder.path().join("defaults.c"), folder.path().join("defaults"));
    let print = |(name, _): &(&str, Vec<u8>)| {
        let title = name.to_uppercase();
        format!("{{ {name} it = {title}_INIT; fwrite(&it, sizeof it, 1, stdout); }}\n")
    };
    let body: String = ours.iter().map(print).collect();
    let text =
        format!("#include <stdio.h>\n#include \"seerflow.h\"\nint main(void) {{\n{body}return 0; }}\n");
    std::fs::write(&source, text).unwrap();
    let mut compiler = Command::new("cc");
    compiler.args(["-I", "include", "-o"]).args([&program, &source]);
    assert!(compiler.status().unwrap().success());
    let mut printed = Command::new(&program).output().unwrap().stdout;
    for (name, ours) in ours {
        let rest = printed.split_off(ours.len());
        assert_eq!(printed, ours, "{name}");
        printed = rest;
    }
    assert!(printed.is_empty());
}
