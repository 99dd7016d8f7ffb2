//! The process: fork, panics and log records.

use std::ffi::c_void;
use std::sync::Mutex;

use super::*;

/// Runs `work` in a forked child. It returns 0 on success.
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
fn a_forked_child_is_refused_and_the_parent_continues() {
    use seerflow::ffi::alert_query::*;
    use seerflow::ffi::completions::*;
    use seerflow::ffi::edge::*;
    use seerflow::ffi::model::*;
    use seerflow::ffi::records::*;
    use seerflow::ffi::sigma::*;

    let host = Host::alone();
    let mut completions = null_mut();
    ok(|error| unsafe { seerflow_completions_new(&mut completions, error) });
    host.write(LINE);
    // An event is in the queue while the child is created.
    ok(|error| unsafe { write_lines(host.store, LINE, null(), error) });
    let found = host.search("accepted");
    let given = Query::new();
    let alerts = host.ask(seerflow_store_query_alerts, &given);
    let (store, query) = (host.store, given.0);
    let path = CString::new(host.folder.path().join("child.db").to_str().unwrap()).unwrap();
    let code = in_child(|| unsafe {
        let (mut health, mut stats) = (init!(seerflow_health), init!(seerflow_stats));
        let mut done = init!(seerflow_completion);
        let none = null_mut();
        let mut list = null_mut();
        let ever = &raw const *Box::leak(Box::new(within(-1)));
        let alert = seerflow_kind::Alert as u32;
        let answers = [
            write_lines(store, LINE, null(), none),
            seerflow_store_open(store, ever, none),
            seerflow_store_flush(store, ever, none),
            seerflow_store_query_events(store, query, ever, &mut list, none),
            seerflow_store_health(store, &mut health, none),
            seerflow_store_stats(store, &mut stats, none),
            seerflow_store_write_records(store, alert, null(), 0, null(), ever, null_mut(), none),
            seerflow_store_alert(store, c"x".as_ptr(), ever, &mut list, none),
            seerflow_store_save_model(store, c"k".as_ptr(), null(), 0, ever, null_mut(), none),
            seerflow_store_query_sigma_rules(store, null(), ever, &mut list, none),
            seerflow_store_write_edges(store, null(), 0, null(), ever, none),
            seerflow_store_count_events(store, query, 1, ever, &mut list, none),
            seerflow_store_close(store, ever, null_mut(), none),
            seerflow_completions_next(completions, ever, &mut done, none),
        ];
        if let Some(position) = answers
            .iter()
            .position(|answer| *answer != seerflow_status::Forked)
        {
            return 10 + position as i32;
        }
        // The child may read lists that the parent had.
        let (mut text, mut length) = (null(), 0);
        let read = seerflow_list_ndjson(alerts.0, &mut text, &mut length, none);
        if found.count() != 1 || read != seerflow_status::Ok || length != 0 {
            return 1;
        }
        seerflow_store_destroy(store);
        // The child may not open a store of its own either: the library's global locks are unusable in it.
        let (mut config, mut own) = (null_mut(), null_mut());
        let answers = [
            seerflow_config_new(&mut config, none),
            seerflow_config_set(config, c"storage.sqlite_path".as_ptr(), path.as_ptr(), none),
            seerflow_store_new(config, &mut own, none),
        ];
        let refused = seerflow_store_open(own, null(), none);
        seerflow_store_destroy(own);
        match answers.iter().position(|answer| *answer != seerflow_status::Ok) {
            None if refused == seerflow_status::Forked => 0,
            None => 2,
            Some(position) => 30 + position as i32,
        }
    });
    assert_eq!(code, 0);
    unsafe { seerflow_completions_destroy(completions) };
    host.flush();
    host.write(LINE);
    assert_eq!(host.search("accepted").count(), 3);
}

/// Without a refusal, SQLite in the child would use the parent's locks as its own, and committed events could be
/// lost.
#[cfg(feature = "fault-injection")]
#[test]
fn a_panic_is_returned_as_a_status_and_poisons_the_handle() {
    for (what, other) in [("write", "query"), ("query", "write")] {
        let (host, query) = (Host::with(&[("debug.panic", what)]), Query::new());
        let call = |name: &str, error: *mut *mut seerflow_error| unsafe {
            if name == "write" {
                write_lines(host.store, LINE, null(), error)
            } else {
                seerflow_store_query_events(host.store, query.0, null(), &mut null_mut(), error)
            }
        };
        let message = fails(seerflow_status::Panic, |error| call(what, error));
        assert!(
            message.contains("debug.panic") && message.contains("src/engine"),
            "{message}"
        );
        fails(seerflow_status::Panic, |error| call(other, error));
        fails(seerflow_status::Panic, |error| unsafe {
            seerflow_store_flush(host.store, &within(0), error)
        });
        ok(|error| unsafe { seerflow_store_close(host.store, &within(1_000), null_mut(), error) });
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

    let _access = shared_access();
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
        ok(|error| seerflow_store_new(config, &mut store, error));
        seerflow_config_destroy(config);
        ok(|error| seerflow_store_open(store, null(), error));
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
