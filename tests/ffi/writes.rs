//! The write functions: their consumed input, and their results if they cannot continue.

use seerflow::ffi::event_input::seerflow_event_input;

use super::*;

#[test]
fn an_incomplete_last_record_is_consumed_only_if_the_input_is_complete() {
    let host = Host::new();
    let msgpack = b"\x81\xa7message\xa1m\x81\xa7mess";
    let cases: [(seerflow_format, &[u8], usize); 3] = [
        (seerflow_format::Lines, b"one\ntwo", 4),
        (seerflow_format::Ndjson, b"{\"message\":\"one\"}\n{\"mess", 18),
        (seerflow_format::Msgpack, msgpack, 11),
    ];
    for (format, input, taken) in cases {
        for (complete, wanted) in [(false, taken), (true, input.len())] {
            let options = seerflow_write_options {
                complete: complete.into(),
                ..Default::default()
            };
            let mut consumed = 0;
            ok(|error| unsafe {
                seerflow_store_write(
                    host.store,
                    format as u32,
                    input.as_ptr().cast(),
                    input.len(),
                    &options,
                    &mut consumed,
                    null_mut(),
                    error,
                )
            });
            assert_eq!(consumed, wanted);
        }
    }
}

/// Writes lines; the call must succeed.
#[track_caller]
fn write(host: &Host, lines: &str, options: &seerflow_write_options) -> seerflow_outcome {
    let mut result = null_mut();
    unsafe {
        ok(|error| {
            let (format, data) = (seerflow_format::Lines as u32, lines.as_ptr().cast());
            seerflow_store_write(
                host.store,
                format,
                data,
                lines.len(),
                options,
                null_mut(),
                &mut result,
                error,
            )
        });
        outcome(result)
    }
}

#[test]
fn a_repeated_call_with_a_batch_key_stores_its_events_once() {
    let host = Host::new();
    let options = seerflow_write_options {
        batch_key: str_of("file:42"),
        ..durable()
    };
    for duplicates in [0, 3] {
        let outcome = write(&host, &LINE.repeat(3), &options);
        assert_eq!((outcome.accepted, outcome.duplicates), (3, duplicates));
        assert_eq!(outcome.durability, seerflow_durability::Process as u32);
    }
}

#[test]
fn options_are_applied_and_checked() {
    let host = Host::new();
    let line = b"Jul  1 12:00:00 somewhere\n";
    let write = |options: &seerflow_write_options, error| unsafe {
        write_as(host.store, seerflow_format::Lines, line, options, error)
    };
    let given = seerflow_write_options {
        keep_raw: true.into(),
        source_type: str_of("kind"),
        source_id: str_of("place"),
        timezone: str_of("Asia/Tokyo"),
        // Summer of 2005.
        reference_ns: 1_122_854_400_000_000_000,
        ..durable()
    };
    ok(|error| write(&given, error));
    let query = Query::new()
        .set(|q, e| unsafe { seerflow_query_set_source_type(q, c"kind".as_ptr(), e) })
        .set(|q, e| unsafe { seerflow_query_set_source_id(q, c"place".as_ptr(), e) });
    let found = host.ask(seerflow_store_query_events, &query);
    assert_eq!(found.count(), 1);
    assert_eq!(found.objects()[0]["raw_event"], "Jul  1 12:00:00 somewhere");
    let mut time = 0;
    ok(|error| unsafe {
        seerflow_event_get_int(found.event(0), Field::TimestampNs as u32, &mut time, error)
    });
    assert_eq!(
        time, 1_120_186_800_000_000_000,
        "noon in Tokyo on the first of July 2005"
    );
    let nowhere = seerflow_write_options {
        timezone: str_of("Nowhere/City"),
        ..Default::default()
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
                ..Default::default()
            },
            error,
        )
    });
}

#[test]
fn a_tag_becomes_an_attribute_and_the_default_source_type() {
    let host = Host::new();
    let tagged = seerflow_write_options {
        tag: str_of("kube.web"),
        ..durable()
    };
    let named = seerflow_write_options {
        source_type: str_of("stated"),
        ..tagged
    };
    let first = "{\"message\":\"one\",\"timestamp_ns\":1}\n";
    let own = "{\"message\":\"two\",\"timestamp_ns\":2,\"source_type\":\"own\",\"attributes\":{\"tag\":\"mine\"}}\n";
    let last = "{\"message\":\"three\",\"timestamp_ns\":3}\n";
    for (input, options) in [(first, &tagged), (own, &tagged), (last, &named)] {
        ok(|error| unsafe {
            write_as(
                host.store,
                seerflow_format::Ndjson,
                input.as_bytes(),
                options,
                error,
            )
        });
    }
    let query =
        Query::new().set(|q, e| unsafe { seerflow_query_set_order(q, seerflow_order::Oldest as u32, e) });
    let found = host.ask(seerflow_store_query_events, &query).objects();
    let told: Vec<_> = found
        .iter()
        .map(|event| {
            (
                event["source_type"].as_str().unwrap(),
                event["attributes"]["tag"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [("kube.web", "kube.web"), ("own", "mine"), ("stated", "kube.web")]
    );
}

#[test]
fn a_full_queue_accepts_a_part_and_then_returns_again() {
    let host = Host::with(&[("storage.queue_events", "1500")]);
    let lock = host.lock();
    let lines = LINE.repeat(3000);
    let write = |from: usize, call: seerflow_call, consumed: &mut usize, error| unsafe {
        let rest = &lines[from..];
        let options = seerflow_write_options {
            call: &call,
            ..Default::default()
        };
        seerflow_store_write(
            host.store,
            seerflow_format::Lines as u32,
            rest.as_ptr().cast(),
            rest.len(),
            &options,
            consumed,
            null_mut(),
            error,
        )
    };
    let mut consumed = 0;
    ok(|error| write(0, within(0), &mut consumed, error));
    let mut failure = ErrorOut::new();
    let status = write(1024 * LINE.len(), within(0), &mut consumed, &mut failure.0);
    assert_eq!(status, seerflow_status::Again);
    assert!(unsafe { seerflow_error_retriable(failure.0) });
    assert!(failure.message().contains("the queue is full"));
    assert_eq!(consumed, 1024 * LINE.len(), "written on success only");
    drop(lock);
    host.flush();
    let mut from = consumed;
    while from < lines.len() {
        ok(|error| write(from, within(10_000), &mut consumed, error));
        from += consumed;
    }
    host.flush();
    let stats = host.stats();
    assert_eq!(
        (stats.accepted, stats.committed, stats.queue_events),
        (3000, 3000, 0)
    );
}

#[test]
fn a_durable_write_that_cannot_commit_times_out_and_leaves_its_events_queued() {
    let host = Host::new();
    let lock = host.lock();
    let soon = within(300);
    let options = seerflow_write_options {
        call: &soon,
        ..durable()
    };
    fails(seerflow_status::Timeout, |error| unsafe {
        write_lines(host.store, LINE, &options, error)
    });
    fails(seerflow_status::Timeout, |error| unsafe {
        seerflow_store_flush(host.store, &within(0), error)
    });
    drop(lock);
    host.flush();
    assert_eq!(host.search("accepted").count(), 1);
}

#[test]
fn a_failed_write_returns_its_result() {
    let host = Host::new();
    let lock = host.lock();
    let write = |withdraw: bool| {
        let soon = within(100);
        let options = seerflow_write_options {
            withdraw: withdraw.into(),
            call: &soon,
            ..durable()
        };
        let (mut consumed, mut result, mut error) = (99, null_mut(), ErrorOut::new());
        unsafe {
            let status = seerflow_store_write(
                host.store,
                seerflow_format::Lines as u32,
                LINE.as_ptr().cast(),
                LINE.len(),
                &options,
                &mut consumed,
                &mut result,
                &mut error.0,
            );
            assert_eq!(status, seerflow_status::Timeout);
            let told = outcome(result);
            let counts = (told.accepted, told.committed, told.queued, told.withdrawn);
            (consumed, counts, seerflow_error_retriable(error.0))
        }
    };
    assert_eq!(write(false), (LINE.len(), (1, 0, 1, 0), false));
    assert_eq!(write(true), (0, (0, 0, 0, 1), true));
    drop(lock);
    host.flush();
    assert_eq!(host.search("accepted").count(), 1);
}

#[test]
fn a_record_key_identifies_a_record_in_all_batches() {
    let host = Host::new();
    let event = |time, record_key| seerflow_event_input {
        timestamp_ns: time,
        record_key: str_of(record_key),
        ..Default::default()
    };
    let events = [event(1, "a"), event(2, "a"), event(3, "b"), event(4, "")];
    let mut result = null_mut();
    ok(|error| unsafe {
        let (first, count) = (events.as_ptr(), events.len());
        seerflow_store_write_events(
            host.store,
            first,
            count,
            &durable(),
            null_mut(),
            &mut result,
            error,
        )
    });
    let told = unsafe { outcome(result) };
    assert_eq!((told.committed, told.duplicates), (3, 1));
}

#[test]
fn closing_returns_the_number_of_lost_records() {
    let host = Host::new();
    let lock = host.lock();
    ok(|error| unsafe { write_lines(host.store, LINE, null(), error) });
    let (mut lost, mut health) = (0, init!(seerflow_health));
    fails(seerflow_status::Lost, |error| unsafe {
        seerflow_store_close(host.store, &within(100), &mut lost, error)
    });
    assert_eq!(lost, 1);
    drop(lock);
    ok(|error| unsafe { seerflow_store_close(host.store, &within(-1), &mut lost, error) });
    assert_eq!(lost, 0);
    ok(|error| unsafe { seerflow_store_health(host.store, &mut health, error) });
    assert_eq!(health.state, seerflow_state::Closed as u32);
    fails(seerflow_status::Closed, |error| unsafe {
        seerflow_store_open(host.store, null(), error)
    });
    fails(seerflow_status::Closed, |error| unsafe {
        seerflow_store_flush(host.store, &within(0), error)
    });
}
