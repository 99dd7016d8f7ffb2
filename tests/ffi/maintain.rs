//! Configuration, templates, dead letters and what keeps a store healthy.

use std::ffi::c_void;

use seerflow::ffi::dead_letter::*;
use seerflow::ffi::entity::*;
use seerflow::ffi::histogram::*;
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
        assert_eq!(text(buffer.as_ptr()), "postgresql", "what fits, ended in NUL");
        assert_eq!(
            length,
            "postgresql://u:***@h/d".len(),
            "and the length of all of it"
        );
        let message = fails(seerflow_status::Config, |error| {
            seerflow_config_set(config, c"storage.durability".as_ptr(), c"x".as_ptr(), error)
        });
        assert!(message.starts_with("storage.durability"), "{message}");
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
fn the_environment_is_not_needed_to_know_the_path() {
    let host = Host::new();
    assert_eq!(
        unsafe { text(seerflow_store_path(host.store)) },
        host.path().to_str().unwrap()
    );
}

#[test]
fn templates_are_written_listed_and_removed() {
    let host = Host::new();
    let template = |id, count| seerflow_template {
        struct_size: size_of::<seerflow_template>() as u32,
        template_id: id,
        template_str: str_of("user <*> logged in"),
        first_seen_ns: 5,
        last_seen_ns: 6,
        event_count: count,
        ..Default::default()
    };
    let both = [
        template(1, 10),
        seerflow_template {
            example_message: str_of("user x logged in"),
            ..template(2, 20)
        },
    ];
    let size = size_of::<seerflow_template>();
    let (mut list, mut out, mut deleted) = (null_mut(), template(0, 0), 0);
    unsafe {
        ok(|error| seerflow_store_write_templates(host.store, both.as_ptr(), size, 2, 5_000, null(), error));
        ok(|error| seerflow_store_templates(host.store, 10, 5_000, null(), &mut list, error));
        assert_eq!(seerflow_template_list_count(list), 2);
        ok(|error| seerflow_template_list_at(list, 0, &mut out, error));
        assert_eq!((out.template_id, out.event_count, out.last_seen_ns), (2, 20, 6));
        assert_eq!(
            (string(out.template_str), string(out.example_message)),
            ("user <*> logged in".into(), "user x logged in".into())
        );
        ok(|error| seerflow_template_list_at(list, 1, &mut out, error));
        assert!(out.example_message.data.is_null());
        fails(seerflow_status::NotFound, |error| {
            seerflow_template_list_at(list, 2, &mut out, error)
        });
        seerflow_template_list_destroy(list);
        ok(|error| seerflow_store_prune_templates(host.store, 15, 5_000, null(), &mut deleted, error));
        assert_eq!(deleted, 1);
        ok(|error| seerflow_store_reset_templates(host.store, 5_000, null(), &mut deleted, error));
        assert_eq!(deleted, 1);
        let bad = seerflow_template {
            struct_size: 8,
            ..template(3, 1)
        };
        fails(seerflow_status::Invalid, |error| {
            seerflow_store_write_templates(host.store, [both[0], bad].as_ptr(), size, 2, 5_000, null(), error)
        });
    }
}

#[test]
fn dead_letters_hold_the_record_as_it_came() {
    let host = Host::new();
    let options = seerflow_write_options {
        durable: 1,
        ..options()
    };
    let input = b"{\"severity_id\":99}\nnot json\n";
    let (mut list, mut letter) = (null_mut(), seerflow_dead_letter::default());
    letter.struct_size = size_of::<seerflow_dead_letter>() as u32;
    unsafe {
        ok(|error| {
            seerflow_store_write_ndjson(
                host.store,
                input.as_ptr().cast(),
                input.len(),
                &options,
                null_mut(),
                null_mut(),
                error,
            )
        });
        ok(|error| seerflow_store_dead_letters(host.store, i64::MAX, 10, 5_000, null(), &mut list, error));
        assert_eq!(seerflow_dead_letter_list_count(list), 2);
        ok(|error| seerflow_dead_letter_list_at(list, 0, &mut letter, error));
        assert_eq!(
            (string(letter.format), string(letter.payload)),
            ("ndjson".into(), "not json".into())
        );
        assert!(letter.id > 1 && letter.received_ns > 0 && letter.reason.len > 0);
        fails(seerflow_status::NotFound, |error| {
            seerflow_dead_letter_list_at(list, 2, &mut letter, error)
        });
        seerflow_dead_letter_list_destroy(list);
    }
}

#[test]
fn a_store_is_counted_checked_copied_and_pruned() {
    unsafe extern "C" fn progress(user_data: *mut c_void, done: u64, total: u64) {
        assert!(done <= total);
        unsafe { *user_data.cast::<u32>() += 1 };
    }

    let host = Host::new();
    host.write(&LINE.repeat(50));
    let copy = CString::new(host.folder.path().join("copy.db").to_str().unwrap()).unwrap();
    let (mut findings, mut histogram, mut steps) = (null_mut(), null_mut(), 0_u32);
    let mut summary = seerflow_summary {
        struct_size: size_of::<seerflow_summary>() as u32,
        ..Default::default()
    };
    let mut report = seerflow_prune_report {
        struct_size: size_of::<seerflow_prune_report>() as u32,
        ..Default::default()
    };
    unsafe {
        ok(|error| seerflow_store_summary(host.store, 5_000, null(), &mut summary, error));
        assert_eq!(
            (summary.events, summary.made_by_seerflow, summary.last_seq),
            (50, 0, 50)
        );
        assert_eq!(summary.oldest_ns, summary.newest_ns);

        ok(|error| {
            let (from, to) = (summary.oldest_ns, summary.newest_ns + 1);
            seerflow_store_histogram(
                host.store,
                from,
                to,
                60_000_000_000,
                5_000,
                null(),
                &mut histogram,
                error,
            )
        });
        let mut bucket = seerflow_bucket {
            struct_size: size_of::<seerflow_bucket>() as u32,
            ..Default::default()
        };
        assert_eq!(seerflow_histogram_count(histogram), 1);
        ok(|error| seerflow_histogram_at(histogram, 0, &mut bucket, error));
        assert_eq!(bucket.count, 50);
        fails(seerflow_status::NotFound, |error| {
            seerflow_histogram_at(histogram, 1, &mut bucket, error)
        });
        seerflow_histogram_destroy(histogram);

        ok(|error| seerflow_store_checkpoint(host.store, error));
        ok(|error| seerflow_store_check(host.store, 60_000, null(), &mut findings, error));
        assert_eq!(seerflow_findings_count(findings), 0);
        fails(seerflow_status::NotFound, |error| {
            seerflow_findings_at(findings, 0, &mut null(), error)
        });
        seerflow_findings_destroy(findings);

        let place = (&raw mut steps).cast();
        ok(|error| {
            seerflow_store_backup(
                host.store,
                copy.as_ptr(),
                60_000,
                null(),
                Some(progress),
                place,
                error,
            )
        });
        assert!(steps > 0 && std::path::Path::new(copy.to_str().unwrap()).exists());

        let mut options = std::mem::MaybeUninit::uninit();
        ok(|error| {
            seerflow_prune_options_init(options.as_mut_ptr(), size_of::<seerflow_prune_options>(), error)
        });
        let options = options.assume_init();
        ok(|error| seerflow_store_prune(host.store, &options, 60_000, null(), &mut report, error));
        assert_eq!(report.events, 0, "no bound removes nothing");
        let options = seerflow_prune_options {
            has_before: 1,
            before_ns: i64::MAX,
            ..options
        };
        ok(|error| seerflow_store_prune(host.store, &options, 60_000, null(), &mut report, error));
        assert_eq!(report.events, 49, "the newest stays");
        assert!(report.bytes_before > 0 && report.bytes_after > 0);

        let mut health = seerflow_health::Idle;
        let (mut buffer, mut length) = ([0 as c_char; 8], 99);
        ok(|error| {
            seerflow_store_health(
                host.store,
                &mut health,
                buffer.as_mut_ptr(),
                8,
                &mut length,
                error,
            )
        });
        assert_eq!((health, length), (seerflow_health::Ok, 0));
        ok(|error| seerflow_store_last_error(host.store, buffer.as_mut_ptr(), 8, &mut length, error));
        assert_eq!(length, 0);
    }
}

#[test]
fn a_store_that_cannot_commit_is_degraded_and_says_why() {
    let host = Host::new();
    let lock = host.lock();
    ok(|error| unsafe {
        let (data, length) = (LINE.as_ptr().cast(), LINE.len());
        seerflow_store_write_lines(host.store, data, length, null(), null_mut(), null_mut(), error)
    });
    let mut health = seerflow_health::Ok;
    let (mut buffer, mut length) = ([0 as c_char; 200], 0);
    for _ in 0..500 {
        ok(|error| unsafe {
            seerflow_store_health(
                host.store,
                &mut health,
                buffer.as_mut_ptr(),
                200,
                &mut length,
                error,
            )
        });
        if health == seerflow_health::Degraded {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(health, seerflow_health::Degraded);
    assert_eq!(unsafe { text(buffer.as_ptr()) }.len(), length.min(199));
    assert!(length > 0);
    drop(lock);
}

#[test]
fn entity_ids_are_those_of_events() {
    let host = Host::new();
    host.write(LINE);
    let mut id = [0 as c_char; SEERFLOW_ID_SIZE];
    let (mut query, mut page) = (null_mut(), null_mut());
    unsafe {
        let ip = seerflow_entity_type::Ip as u32;
        ok(|error| seerflow_entity_id(ip, str_of("203.0.113.66"), id.as_mut_ptr(), error));
        ok(|error| seerflow_query_new(&mut query, error));
        ok(|error| seerflow_query_set_entity(query, id.as_ptr(), error));
        ok(|error| seerflow_store_query_events(host.store, query, &mut page, error));
        assert_eq!(seerflow_page_count(page), 1);
        seerflow_page_destroy(page);
        seerflow_query_destroy(query);
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

/// What arrives after a summary is found behind its cursor, and nothing else.
#[test]
fn the_end_cursor_of_a_summary_leads_to_what_comes_later() {
    let host = Host::new();
    host.write(&LINE.repeat(3));
    let mut summary = seerflow_summary {
        struct_size: size_of::<seerflow_summary>() as u32,
        ..Default::default()
    };
    let (mut query, mut page) = (null_mut(), null_mut());
    unsafe {
        ok(|error| seerflow_store_summary(host.store, 5_000, null(), &mut summary, error));
        ok(|error| seerflow_query_new(&mut query, error));
        ok(|error| seerflow_query_set_order(query, seerflow_order::Arrival as u32, error));
        ok(|error| seerflow_query_set_cursor(query, summary.end_cursor.as_ptr(), error));
        for expected in [0, 2] {
            ok(|error| seerflow_store_query_events(host.store, query, &mut page, error));
            assert_eq!(seerflow_page_count(page), expected);
            seerflow_page_destroy(page);
            host.write(&LINE.repeat(2));
        }
        seerflow_query_destroy(query);
    }
}
