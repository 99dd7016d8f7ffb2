//! What happens to the process: fork, panics, log records.

use std::ffi::c_void;
use std::sync::Mutex;

use super::*;

/// Runs a child of this process; it answers 0 if all was well.
#[cfg(unix)]
fn in_child(work: impl FnOnce() -> i32) -> i32 {
    unsafe {
        let child = libc::fork();
        assert!(child >= 0);
        if child == 0 {
            // A child that hangs fails the test.
            libc::alarm(20);
            libc::_exit(work());
        }
        let mut status = 0;
        assert_eq!(libc::waitpid(child, &mut status, 0), child);
        if libc::WIFEXITED(status) {
            libc::WEXITSTATUS(status)
        } else {
            -1
        }
    }
}

#[cfg(unix)]
#[test]
fn a_child_is_refused_and_the_parent_goes_on() {
    use seerflow::ffi::alert::*;
    use seerflow::ffi::alert_page::*;
    use seerflow::ffi::alert_query::*;
    use seerflow::ffi::counted::*;
    use seerflow::ffi::edge::*;
    use seerflow::ffi::model::*;
    use seerflow::ffi::queue::*;
    use seerflow::ffi::sigma::*;

    let host = Host::alone();
    let mut queue = null_mut();
    ok(|error| unsafe { seerflow_queue_new(&mut queue, error) });
    host.write(LINE);
    // Something waits in the queue while the child is made.
    ok(|error| unsafe {
        let (data, length) = (LINE.as_ptr().cast(), LINE.len());
        seerflow_store_write_lines(host.store, data, length, null(), null_mut(), null_mut(), error)
    });
    let page = host.search("accepted");
    let (mut query, mut alerts) = (null_mut(), null_mut());
    ok(|error| unsafe { seerflow_alert_query_new(&mut query, error) });
    ok(|error| unsafe { seerflow_store_query_alerts(host.store, query, &mut alerts, error) });
    let store = host.store;
    let path = CString::new(host.folder.path().join("child.db").to_str().unwrap()).unwrap();
    let code = in_child(|| unsafe {
        let (mut health, mut stats) = (
            seerflow_health::Idle,
            seerflow_stats {
                struct_size: 16,
                ..Default::default()
            },
        );
        let mut done = seerflow_completion {
            struct_size: 32,
            ..Default::default()
        };
        let (data, length) = (LINE.as_ptr().cast(), LINE.len());
        let none = null_mut();
        let answers = [
            seerflow_store_write_lines(store, data, length, null(), null_mut(), null_mut(), none),
            seerflow_store_flush(store, -1, null(), none),
            seerflow_store_search(store, c"x".as_ptr(), 1, &mut null_mut(), none),
            seerflow_store_health(store, &mut health, null_mut(), 0, null_mut(), none),
            seerflow_store_stats(store, &mut stats, none),
            seerflow_store_write_alerts_ndjson(store, null(), 0, 0, -1, null(), null_mut(), none),
            seerflow_store_alert(store, c"x".as_ptr(), -1, null(), &mut null_mut(), none),
            seerflow_store_save_model(store, c"k".as_ptr(), null(), 0, -1, null(), null_mut(), none),
            seerflow_store_sigma_rules(store, -1, null(), &mut null_mut(), none),
            seerflow_store_upsert_edges_ndjson(store, null(), 0, -1, null(), none),
            seerflow_store_count_by(store, 1, 0, 1, 1, -1, null(), &mut null_mut(), none),
            seerflow_store_close(store, -1, null_mut(), none),
            seerflow_queue_next(queue, -1, &mut done, none),
        ];
        if let Some(position) = answers
            .iter()
            .position(|answer| *answer != seerflow_status::Forked)
        {
            return 10 + position as i32;
        }
        // What the parent was answered with may be read.
        let (mut text, mut length) = (null(), 0);
        let read = seerflow_alert_page_ndjson(alerts, &mut text, &mut length, none);
        if seerflow_page_count(page) != 1 || read != seerflow_status::Ok || length != 0 {
            return 1;
        }
        seerflow_store_destroy(store);
        // Nor may the child open its own: what was global in the parent is of no use to it.
        let (mut config, mut own) = (null_mut(), null_mut());
        let answers = [
            seerflow_config_new(&mut config, none),
            seerflow_config_set(config, c"storage.sqlite_path".as_ptr(), path.as_ptr(), none),
            seerflow_store_open(config, &mut own, none),
        ];
        let refused = seerflow_store_start(own, none);
        seerflow_store_destroy(own);
        match answers.iter().position(|answer| *answer != seerflow_status::Ok) {
            None if refused == seerflow_status::Forked => 0,
            None => 2,
            Some(position) => 30 + position as i32,
        }
    });
    assert_eq!(code, 0);
    unsafe {
        seerflow_page_destroy(page);
        seerflow_alert_page_destroy(alerts);
        seerflow_alert_query_destroy(query);
        seerflow_queue_destroy(queue);
    }
    ok(|error| unsafe { seerflow_store_flush(host.store, 10_000, null(), error) });
    host.write(LINE);
    let page = host.search("accepted");
    assert_eq!(unsafe { seerflow_page_count(page) }, 3);
    unsafe { seerflow_page_destroy(page) };
}

/// SQLite would take the parent's locks for the child's own: what the child is told is stored could be lost.
#[cfg(feature = "fault-injection")]
#[test]
fn a_panic_is_an_answer_and_ends_the_handle() {
    for (what, other) in [("write", "query"), ("query", "write")] {
        let host = Host::with(&[("debug.panic", what)]);
        let call = |name: &str, error: *mut *mut seerflow_error| unsafe {
            if name == "write" {
                let (data, length) = (LINE.as_ptr().cast(), LINE.len());
                seerflow_store_write_lines(host.store, data, length, null(), null_mut(), null_mut(), error)
            } else {
                seerflow_store_search(host.store, c"x".as_ptr(), 1, &mut null_mut(), error)
            }
        };
        let message = fails(seerflow_status::Panic, |error| call(what, error));
        assert!(
            message.contains("debug.panic") && message.contains("src/engine"),
            "{message}"
        );
        fails(seerflow_status::Panic, |error| call(other, error));
        fails(seerflow_status::Panic, |error| unsafe {
            seerflow_store_flush(host.store, 0, null(), error)
        });
        ok(|error| unsafe { seerflow_store_close(host.store, 1_000, null_mut(), error) });
    }
}

#[test]
fn log_records_go_to_the_callback() {
    unsafe extern "C" fn record(user_data: *mut c_void, level: u32, message: *const c_char, length: usize) {
        let message = unsafe { text(message) };
        assert_eq!(message.len(), length);
        let records = unsafe { &*user_data.cast::<Mutex<Vec<(u32, String)>>>() };
        records.lock().unwrap().push((level, message));
    }

    let _company = among_others();
    let folder = tempfile::tempdir().unwrap();
    let path = CString::new(folder.path().join("x.db").to_str().unwrap()).unwrap();
    let records = Mutex::new(Vec::<(u32, String)>::new());
    let place: *mut c_void = (&raw const records).cast_mut().cast();
    let (mut config, mut store) = (null_mut(), null_mut());
    unsafe {
        ok(|error| seerflow_config_new(&mut config, error));
        ok(|error| seerflow_config_set(config, c"storage.sqlite_path".as_ptr(), path.as_ptr(), error));
        for level in [0, 5, u32::MAX] {
            fails(seerflow_status::Invalid, |error| {
                seerflow_config_set_log(config, level, Some(record), place, error)
            });
        }
        ok(|error| {
            seerflow_config_set_log(
                config,
                seerflow_log_level::Info as u32,
                Some(record),
                place,
                error,
            )
        });
        ok(|error| seerflow_store_open(config, &mut store, error));
        seerflow_config_destroy(config);
        ok(|error| seerflow_store_start(store, error));
        seerflow_store_destroy(store);
    }
    let records = records.into_inner().unwrap();
    assert!(
        records
            .iter()
            .any(|(level, text)| *level == 3 && text.starts_with("opened ")),
        "{records:?}"
    );
    assert!(
        records.iter().any(|(_, text)| text.starts_with("closed ")),
        "{records:?}"
    );
}
