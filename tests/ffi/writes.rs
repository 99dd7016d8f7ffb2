//! What write calls take, what they leave, and what they answer when they cannot go on.

use seerflow::ffi::event_input::seerflow_event_input;
use seerflow::ffi::result::*;

use super::*;

type Write = unsafe extern "C" fn(
    *const seerflow_store,
    *const std::ffi::c_void,
    usize,
    *const seerflow_write_options,
    *mut usize,
    *mut *mut seerflow_result,
    *mut *mut seerflow_error,
) -> seerflow_status;

#[test]
fn an_incomplete_record_stays_unless_it_is_complete() {
    let host = Host::new();
    let msgpack = b"\x81\xa7message\xa1m\x81\xa7mess";
    let cases: [(Write, &[u8], usize); 3] = [
        (seerflow_store_write_lines, b"one\ntwo", 4),
        (seerflow_store_write_ndjson, b"{\"message\":\"one\"}\n{\"mess", 18),
        (seerflow_store_write_msgpack, msgpack, 11),
    ];
    for (write, input, taken) in cases {
        for (complete, wanted) in [(0, taken), (1, input.len())] {
            let options = seerflow_write_options {
                complete,
                ..options()
            };
            let (mut consumed, mut result) = (0, null_mut());
            ok(|error| unsafe {
                write(
                    host.store,
                    input.as_ptr().cast(),
                    input.len(),
                    &options,
                    &mut consumed,
                    &mut result,
                    error,
                )
            });
            assert_eq!(consumed, wanted);
            unsafe { seerflow_result_destroy(result) };
        }
    }
}

#[test]
fn a_batch_key_stores_a_call_once() {
    let host = Host::new();
    let options = seerflow_write_options {
        durable: 1,
        batch_key: str_of("file:42"),
        ..options()
    };
    for duplicates in [0, 3] {
        let (lines, mut result) = (LINE.repeat(3), null_mut());
        ok(|error| unsafe {
            let data = lines.as_ptr().cast();
            seerflow_store_write_lines(
                host.store,
                data,
                lines.len(),
                &options,
                null_mut(),
                &mut result,
                error,
            )
        });
        unsafe {
            assert_eq!(
                (
                    seerflow_result_accepted(result),
                    seerflow_result_duplicates(result)
                ),
                (3, duplicates)
            );
            seerflow_result_destroy(result);
        }
    }
}

#[test]
fn options_are_applied_and_checked() {
    let host = Host::new();
    let line = b"Jul  1 12:00:00 somewhere\n";
    let write = |options: &seerflow_write_options, error| unsafe {
        seerflow_store_write_lines(
            host.store,
            line.as_ptr().cast(),
            line.len(),
            options,
            null_mut(),
            null_mut(),
            error,
        )
    };
    let given = seerflow_write_options {
        durable: 1,
        keep_raw: 1,
        source_type: str_of("kind"),
        source_id: str_of("place"),
        timezone: str_of("Asia/Tokyo"),
        // Summer of 2005.
        reference_ns: 1_122_854_400_000_000_000,
        ..options()
    };
    ok(|error| write(&given, error));
    let (mut query, mut page, mut json) = (null_mut(), null_mut(), null());
    unsafe {
        ok(|error| seerflow_query_new(&mut query, error));
        ok(|error| seerflow_query_set_source_type(query, c"kind".as_ptr(), error));
        ok(|error| seerflow_query_set_source_id(query, c"place".as_ptr(), error));
        ok(|error| seerflow_store_query_events(host.store, query, &mut page, error));
        assert_eq!(seerflow_page_count(page), 1);
        ok(|error| seerflow_page_ndjson(page, &mut json, null_mut(), error));
        assert!(
            text(json).contains("\"raw_event\":\"Jul  1 12:00:00 somewhere\""),
            "{}",
            text(json)
        );
        let mut time = 0;
        ok(|error| {
            seerflow_event_get_int(
                seerflow_page_event(page, 0),
                Field::TimestampNs as u32,
                &mut time,
                error,
            )
        });
        assert_eq!(
            time, 1_120_186_800_000_000_000,
            "noon in Tokyo on the first of July 2005"
        );
        seerflow_page_destroy(page);
        seerflow_query_destroy(query);
    }
    let nowhere = seerflow_write_options {
        timezone: str_of("Nowhere/City"),
        ..options()
    };
    let message = fails(seerflow_status::Invalid, |error| write(&nowhere, error));
    assert!(message.contains("Nowhere/City"), "{message}");
    let bytes = seerflow_str {
        data: b"\xff".as_ptr().cast(),
        len: 1,
    };
    fails(seerflow_status::Invalid, |error| {
        write(
            &seerflow_write_options {
                source_type: bytes,
                ..options()
            },
            error,
        )
    });
}

#[test]
fn a_full_queue_takes_a_part_and_then_answers_again() {
    let host = Host::with(&[("storage.queue_events", "1500")]);
    let lock = host.lock();
    let lines = LINE.repeat(3000);
    let options = seerflow_write_options {
        timeout_ms: 0,
        ..options()
    };
    let mut consumed = 0;
    let mut write = |from: usize, error| unsafe {
        let rest = &lines[from..];
        seerflow_store_write_lines(
            host.store,
            rest.as_ptr().cast(),
            rest.len(),
            &options,
            &mut consumed,
            null_mut(),
            error,
        )
    };
    ok(|error| write(0, error));
    let mut retriable = true;
    let mut failure = null_mut();
    assert_eq!(write(1024 * LINE.len(), &mut failure), seerflow_status::Again);
    unsafe {
        retriable &= seerflow_error_retriable(failure);
        assert!(text(seerflow_error_message(failure)).contains("the queue is full"));
        seerflow_error_destroy(failure);
    }
    assert!(retriable);
    assert_eq!(consumed, 1024 * LINE.len(), "written on success only");
    drop(lock);
    ok(|error| unsafe { seerflow_store_flush(host.store, 10_000, null(), error) });
    let mut from = consumed;
    while from < lines.len() {
        let given = seerflow_write_options {
            timeout_ms: 10_000,
            ..options
        };
        let rest = &lines[from..];
        let mut consumed = 0;
        ok(|error| unsafe {
            seerflow_store_write_lines(
                host.store,
                rest.as_ptr().cast(),
                rest.len(),
                &given,
                &mut consumed,
                null_mut(),
                error,
            )
        });
        from += consumed;
    }
    ok(|error| unsafe { seerflow_store_flush(host.store, 10_000, null(), error) });
    let mut stats = seerflow_stats {
        struct_size: size_of::<seerflow_stats>() as u32,
        ..Default::default()
    };
    ok(|error| unsafe { seerflow_store_stats(host.store, &mut stats, error) });
    assert_eq!(
        (stats.accepted, stats.committed, stats.queue_events),
        (3000, 3000, 0)
    );
}

#[test]
fn a_durable_write_that_cannot_commit_says_so_and_keeps_the_events() {
    let host = Host::new();
    let lock = host.lock();
    let options = seerflow_write_options {
        durable: 1,
        timeout_ms: 300,
        ..options()
    };
    fails(seerflow_status::Timeout, |error| unsafe {
        let (data, length) = (LINE.as_ptr().cast(), LINE.len());
        seerflow_store_write_lines(host.store, data, length, &options, null_mut(), null_mut(), error)
    });
    fails(seerflow_status::Timeout, |error| unsafe {
        seerflow_store_flush(host.store, 0, null(), error)
    });
    drop(lock);
    ok(|error| unsafe { seerflow_store_flush(host.store, 10_000, null(), error) });
    let page = host.search("accepted");
    assert_eq!(unsafe { seerflow_page_count(page) }, 1);
    unsafe { seerflow_page_destroy(page) };
}

#[test]
fn a_write_that_fails_hands_out_its_result() {
    let host = Host::new();
    let lock = host.lock();
    let write = |withdraw| {
        let options = seerflow_write_options {
            durable: 1,
            withdraw,
            timeout_ms: 100,
            ..options()
        };
        let (mut consumed, mut result, mut error) = (99, null_mut(), ErrorPlace::new());
        let (data, length) = (LINE.as_ptr().cast(), LINE.len());
        unsafe {
            let status = seerflow_store_write_lines(
                host.store,
                data,
                length,
                &options,
                &mut consumed,
                &mut result,
                &mut error.0,
            );
            assert_eq!(status, seerflow_status::Timeout);
            let counts = (
                seerflow_result_accepted(result),
                seerflow_result_committed(result),
                seerflow_result_queued(result),
                seerflow_result_withdrawn(result),
            );
            seerflow_result_destroy(result);
            (consumed, counts, seerflow_error_retriable(error.0))
        }
    };
    assert_eq!(write(0), (LINE.len(), (1, 0, 1, 0), false));
    assert_eq!(write(1), (0, (0, 0, 0, 1), true));
    drop(lock);
    ok(|error| unsafe { seerflow_store_flush(host.store, 10_000, null(), error) });
    let page = host.search("accepted");
    assert_eq!(unsafe { seerflow_page_count(page) }, 1);
    unsafe { seerflow_page_destroy(page) };
}

#[test]
fn a_record_key_names_a_record_alone() {
    let host = Host::new();
    let key = |text: &'static [u8]| seerflow_str {
        data: text.as_ptr().cast(),
        len: text.len(),
    };
    let event = |time, record_key| seerflow_event_input {
        timestamp_ns: time,
        record_key,
        ..seerflow_event_input::default()
    };
    let events = [
        event(1, key(b"a")),
        event(2, key(b"a")),
        event(3, key(b"b")),
        event(4, key(b"")),
    ];
    let options = seerflow_write_options {
        durable: 1,
        ..options()
    };
    let mut result = null_mut();
    ok(|error| unsafe {
        let size = size_of::<seerflow_event_input>();
        seerflow_store_write_events(
            host.store,
            events.as_ptr(),
            size,
            events.len(),
            &options,
            null_mut(),
            &mut result,
            error,
        )
    });
    let counts = unsafe {
        (
            seerflow_result_committed(result),
            seerflow_result_duplicates(result),
        )
    };
    assert_eq!(counts, (3, 1));
    unsafe { seerflow_result_destroy(result) };
}

#[test]
fn closing_tells_what_is_lost_and_ends_the_handle() {
    let host = Host::new();
    let lock = host.lock();
    ok(|error| unsafe {
        let (data, length) = (LINE.as_ptr().cast(), LINE.len());
        seerflow_store_write_lines(host.store, data, length, null(), null_mut(), null_mut(), error)
    });
    let (mut lost, mut health) = (0, seerflow_health::Idle);
    fails(seerflow_status::Lost, |error| unsafe {
        seerflow_store_close(host.store, 100, &mut lost, error)
    });
    assert_eq!(lost, 1);
    drop(lock);
    ok(|error| unsafe { seerflow_store_close(host.store, -1, &mut lost, error) });
    assert_eq!(lost, 0);
    ok(|error| unsafe { seerflow_store_health(host.store, &mut health, null_mut(), 0, null_mut(), error) });
    assert_eq!(health, seerflow_health::Closed);
    fails(seerflow_status::Closed, |error| unsafe {
        seerflow_store_start(host.store, error)
    });
    fails(seerflow_status::Closed, |error| unsafe {
        seerflow_store_flush(host.store, 0, null(), error)
    });
}
