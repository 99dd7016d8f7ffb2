//! Configuration, templates, dead letters, and the maintenance and health of a store.

use std::ffi::c_void;

use seerflow::ffi::bucket::*;
use seerflow::ffi::dead_letter::*;
use seerflow::ffi::entity::*;
use seerflow::ffi::event_input::*;
use seerflow::ffi::maintain::*;
use seerflow::ffi::template::*;

use super::*;

#[test]
fn configuration_is_read_set_and_listed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seerflow.yaml");
    std::fs::write(
        &file,
        "storage:\n  flush_events: 77\n  postgresql_url: postgresql://u:s3cret@h/d\n",
    )
    .unwrap();
    let file = CString::new(file.to_str().unwrap()).unwrap();
    let mut config = null_mut();
    let (mut buffer, mut length) = ([0x7f as c_char; 64], 0);
    unsafe {
        ok(|error| seerflow_config_new(&mut config, error));
        ok(|error| seerflow_config_load_file(config, file.as_ptr(), error));
        ok(|error| seerflow_config_load_env(config, error));
        let mut get = |key: &CStr, capacity, length: &mut usize, error| {
            seerflow_config_get(config, key.as_ptr(), buffer.as_mut_ptr(), capacity, length, error)
        };
        ok(|error| get(c"storage.flush_events", 64, &mut length, error));
        ok(|error| get(c"storage.postgresql_url", 64, &mut length, error));
        assert_eq!(length, "postgresql://u:***@h/d".len());
        ok(|error| get(c"storage.postgresql_url", 11, &mut length, error));
        fails(seerflow_status::Config, |error| {
            get(c"storage.nothing", 64, &mut length, error)
        });
        assert_eq!(
            text(buffer.as_ptr()),
            "postgresql",
            "truncated and NUL-terminated"
        );
        assert_eq!(
            length,
            "postgresql://u:***@h/d".len(),
            "the length of the whole value"
        );
        let message = fails(seerflow_status::Config, |error| {
            seerflow_config_set(config, c"storage.durability".as_ptr(), c"banana".as_ptr(), error)
        });
        assert!(message.starts_with("storage.durability"), "{message}");
        assert!(
            message.contains("process, power"),
            "the allowed values: {message}"
        );
        fails(seerflow_status::NotFound, |error| {
            seerflow_config_load_file(config, c"/nowhere/x.yaml".as_ptr(), error)
        });
        seerflow_config_destroy(config);

        let (mut key, mut default, mut doc) = (null(), null(), null());
        for index in 0..seerflow_config_option_count() {
            ok(|error| seerflow_config_option_at(index, &mut key, &mut default, &mut doc, error));
            assert!(text(key).contains('.') && !text(doc).is_empty());
            text(default);
        }
        let count = seerflow_config_option_count();
        fails(seerflow_status::NotFound, |error| {
            seerflow_config_option_at(count, &mut key, &mut default, &mut doc, error)
        });
    }
}

#[test]
fn an_explicit_path_needs_no_environment() {
    let host = Host::new();
    assert_eq!(
        unsafe { text(seerflow_store_path(host.store)) },
        host.path().to_str().unwrap()
    );
}

#[test]
fn templates_are_written_listed_and_removed() {
    let host = Host::new();
    let template = |id, count| {
        init!(seerflow_template, template_id: id, template_str: str_of("user <*> logged in"),
            first_seen_ns: 5, last_seen_ns: 6, event_count: count)
    };
    let both = [
        template(1, 10),
        seerflow_template {
            example_message: str_of("user x logged in"),
            ..template(2, 20)
        },
    ];
    let mut deleted = 0;
    unsafe {
        ok(|error| seerflow_store_write_templates(host.store, both.as_ptr(), 2, null(), error));
        let list = host.ask(seerflow_store_query_templates, &Query::new().limit(10));
        assert_eq!(list.count(), 2);
        let mut out = list.at(seerflow_list_template_at, 0);
        assert_eq!((out.template_id, out.event_count, out.last_seen_ns), (2, 20, 6));
        assert_eq!(
            (string(out.template_str), string(out.example_message)),
            ("user <*> logged in".into(), "user x logged in".into())
        );
        out = list.at(seerflow_list_template_at, 1);
        assert!(out.example_message.data.is_null());
        fails(seerflow_status::NotFound, |error| {
            seerflow_list_template_at(list.0, 2, &mut out, error)
        });
        ok(|error| seerflow_store_prune_templates(host.store, 15, null(), &mut deleted, error));
        assert_eq!(deleted, 1);
        ok(|error| seerflow_store_reset_templates(host.store, null(), &mut deleted, error));
        assert_eq!(deleted, 1);
        let bad = seerflow_template {
            struct_size: 8,
            ..template(3, 1)
        };
        fails(seerflow_status::Invalid, |error| {
            seerflow_store_write_templates(host.store, [both[0], bad].as_ptr(), 2, null(), error)
        });
    }
}

#[test]
fn dead_letters_contain_the_unchanged_record() {
    let host = Host::new();
    let input = b"{\"severity_id\":99]\nnot json\n";
    unsafe {
        ok(|error| write_as(host.store, seerflow_format::Ndjson, input, &durable(), error));
        let list = host.ask(seerflow_store_query_dead_letters, &Query::new().limit(10));
        assert_eq!(list.count(), 2);
        let mut letter = list.at(seerflow_list_dead_letter_at, 0);
        assert_eq!(
            (string(letter.format), string(letter.payload)),
            ("ndjson".into(), "not json".into())
        );
        assert!(letter.id > 1 && letter.received_ns > 0 && letter.reason.len > 0);
        fails(seerflow_status::NotFound, |error| {
            seerflow_list_dead_letter_at(list.0, 2, &mut letter, error)
        });
    }
}

#[test]
fn a_record_that_the_caller_could_not_convert_becomes_a_dead_letter() {
    let host = Host::new();
    let options = seerflow_write_options {
        reject_reason: str_of("a value has no JSON form"),
        ..durable()
    };
    unsafe {
        ok(|error| {
            write_as(
                host.store,
                seerflow_format::Ndjson,
                b"{\"n\": NaN}",
                &options,
                error,
            )
        });
        let list = host.ask(seerflow_store_query_dead_letters, &Query::new().limit(10));
        assert_eq!(list.count(), 1);
        let letter = list.at(seerflow_list_dead_letter_at, 0);
        let kept = [letter.format, letter.reason, letter.payload].map(|text| string(text));
        assert_eq!(kept, ["ndjson", "a value has no JSON form", "{\"n\": NaN}"]);
        let event = init!(seerflow_event_input);
        fails(seerflow_status::Invalid, |error| {
            seerflow_store_write_events(host.store, &event, 1, &options, null_mut(), null_mut(), error)
        });
    }
}

#[test]
fn summary_check_backup_and_prune_work() {
    unsafe extern "C" fn progress(user_data: *mut c_void, done: u64, total: u64) {
        assert!(done <= total);
        unsafe { *user_data.cast::<u32>() += 1 };
    }

    let host = Host::new();
    host.write(&LINE.repeat(50));
    let copy = CString::new(host.folder.path().join("copy.db").to_str().unwrap()).unwrap();
    let mut steps = 0_u32;
    let (mut summary, mut report) = (init!(seerflow_summary), init!(seerflow_prune_report));
    unsafe {
        ok(|error| seerflow_store_summary(host.store, null(), &mut summary, error));
        assert_eq!(
            (summary.events, summary.made_by_seerflow, summary.last_seq),
            (50, false.into(), 50)
        );
        assert_eq!(summary.oldest_ns, summary.newest_ns);

        let all = Query::new().window(summary.oldest_ns, summary.newest_ns + 1);
        let histogram = List::of(|list, error| {
            seerflow_store_event_histogram(host.store, all.0, 60_000_000_000, 0, null(), list, error)
        });
        assert_eq!(histogram.count(), 1);
        let mut bucket = histogram.at(seerflow_list_bucket_at, 0);
        assert_eq!(bucket.count, 50);
        fails(seerflow_status::NotFound, |error| {
            seerflow_list_bucket_at(histogram.0, 1, &mut bucket, error)
        });

        ok(|error| seerflow_store_checkpoint(host.store, null(), error));
        for what in [1, 2, 3] {
            let findings =
                List::of(|list, error| seerflow_store_check(host.store, what, null(), list, error));
            assert_eq!(findings.count(), 0);
            assert_eq!(seerflow_list_kind(findings.0), seerflow_kind::Finding);
            fails(seerflow_status::NotFound, |error| {
                seerflow_list_finding_at(findings.0, 0, &mut init!(seerflow_finding), error)
            });
        }

        let place = (&raw mut steps).cast();
        ok(|error| seerflow_store_backup(host.store, copy.as_ptr(), null(), Some(progress), place, error));
        assert!(steps > 0 && std::path::Path::new(copy.to_str().unwrap()).exists());

        let options = seerflow_prune_options::default();
        ok(|error| seerflow_store_prune(host.store, &options, null(), &mut report, error));
        assert_eq!(report.events, 0, "without a bound nothing is removed");
        let options = seerflow_prune_options {
            before_ns: i64::MAX,
            ..options
        };
        ok(|error| seerflow_store_prune(host.store, &options, null(), &mut report, error));
        assert_eq!(report.events, 49, "the newest event is never removed");
        assert!(report.bytes_before > 0 && report.bytes_after > 0);

        let mut health = init!(seerflow_health);
        let (mut buffer, mut length) = ([0 as c_char; 8], 99);
        ok(|error| seerflow_store_health(host.store, &mut health, error));
        assert_eq!((health.state, health.reason[0]), (seerflow_state::Ok as u32, 0));
        ok(|error| seerflow_store_last_error(host.store, buffer.as_mut_ptr(), 8, &mut length, error));
        assert_eq!(length, 0);
    }
}

#[test]
fn a_store_that_cannot_commit_is_degraded_and_returns_the_reason() {
    let host = Host::new();
    let lock = host.lock();
    ok(|error| unsafe { write_lines(host.store, LINE, null(), error) });
    let mut health = init!(seerflow_health);
    for _ in 0..500 {
        ok(|error| unsafe { seerflow_store_health(host.store, &mut health, error) });
        if health.state == seerflow_state::Degraded as u32 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(health.state, seerflow_state::Degraded as u32);
    assert_eq!(health.cause, seerflow_status::Busy as i32);
    assert!(health.degraded_since_ns > 1_600_000_000_000_000_000);
    assert_eq!((health.queue_events, health.queue_events_limit), (1, 100_000));
    let reason = unsafe { text(health.reason.as_ptr()) };
    assert!(reason.contains("locked"), "{reason}");
    let metrics = crate::observe::metrics_of(host.store);
    assert!(metrics.contains("seerflow_state=\"degraded\"} 1\n"), "{metrics}");
    let since = health.degraded_since_ns;
    std::thread::sleep(std::time::Duration::from_millis(300));
    ok(|error| unsafe { seerflow_store_health(host.store, &mut health, error) });
    assert_eq!(
        health.degraded_since_ns, since,
        "failures in a row have one start"
    );
    drop(lock);
}

#[test]
fn entity_ids_are_the_same_as_in_events() {
    let host = Host::new();
    host.write(LINE);
    let mut id = [0 as c_char; SEERFLOW_ID_SIZE];
    unsafe {
        let ip = seerflow_entity_type::Ip as u32;
        ok(|error| seerflow_entity_id(ip, str_of("203.0.113.66"), id.as_mut_ptr(), error));
        let query = Query::new().entity(CStr::from_ptr(id.as_ptr()));
        assert_eq!(host.ask(seerflow_store_query_events, &query).count(), 1);
        fails(seerflow_status::NotFound, |error| {
            seerflow_entity_id(ip, str_of("no address"), id.as_mut_ptr(), error)
        });
        fails(seerflow_status::Invalid, |error| {
            seerflow_entity_id(0, str_of("x"), id.as_mut_ptr(), error)
        });
        fails(seerflow_status::Invalid, |error| {
            seerflow_entity_id(7, str_of("x"), id.as_mut_ptr(), error)
        });
    }
}

/// A query from the `end_cursor` of a summary returns exactly the events that arrive after it.
#[test]
fn the_end_cursor_of_a_summary_returns_later_arrivals() {
    let host = Host::new();
    host.write(&LINE.repeat(3));
    let mut summary = init!(seerflow_summary);
    ok(|error| unsafe { seerflow_store_summary(host.store, null(), &mut summary, error) });
    let query = Query::new()
        .set(|q, e| unsafe { seerflow_query_set_order(q, seerflow_order::Arrival as u32, e) })
        .set(|q, e| unsafe { seerflow_query_set_cursor(q, summary.end_cursor.as_ptr(), e) });
    for expected in [0, 2] {
        assert_eq!(host.ask(seerflow_store_query_events, &query).count(), expected);
        host.write(&LINE.repeat(2));
    }
}
