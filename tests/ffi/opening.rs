//! Creating a store without I/O, and opening it within a deadline.

use std::path::Path;
use std::thread;
use std::time::Duration;

use seerflow::ffi::interrupt::*;

use super::*;

/// The names of the library's threads in this process. Other tests may have started threads too.
#[cfg(target_os = "linux")]
fn threads() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .filter(|name| name.starts_with("seerflow-"))
        .collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_new_store_creates_no_file_and_starts_no_thread() {
    // No other test may start or end a thread of a store while this test counts them.
    let _access = STORES.write().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/seerflow.db");
    let store = new_store(&path, &[]);
    let mut health = init!(seerflow_health);
    unsafe {
        ok(|error| seerflow_store_health(store, &mut health, error));
        assert_eq!(health.state, seerflow_state::Idle as u32);
        assert_eq!(text(seerflow_store_path(store)), path.to_str().unwrap());
    }
    assert_eq!(threads(), [""; 0], "no thread");
    assert_eq!(folder.path().read_dir().unwrap().count(), 0, "no file");
    ok(|error| unsafe { seerflow_store_open(store, null(), error) });
    assert!(path.exists());
    ok(|error| unsafe { write_lines(store, LINE, &durable(), error) });
    assert!(!threads().is_empty(), "threads() finds the library's threads");
    unsafe {
        ok(|error| seerflow_store_health(store, &mut health, error));
        assert_eq!(health.state, seerflow_state::Ok as u32);
        // Opening again does nothing.
        ok(|error| seerflow_store_open(store, null(), error));
        seerflow_store_destroy(store);
    }
}

#[test]
fn an_unused_store_leaves_no_file() {
    let _access = shared_access();
    let folder = tempfile::tempdir().unwrap();
    let store = new_store(&folder.path().join("seerflow.db"), &[]);
    unsafe {
        ok(|error| seerflow_store_close(store, null(), null_mut(), error));
        seerflow_store_destroy(store);
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[cfg(feature = "postgres")]
#[test]
fn contradictory_options_are_refused_without_io() {
    let mut config = null_mut();
    unsafe {
        ok(|error| seerflow_config_new(&mut config, error));
        ok(|error| {
            let (key, value) = (c"storage.backend".as_ptr(), c"postgresql".as_ptr());
            seerflow_config_set(config, key, value, error)
        });
        let mut store = null_mut();
        let message = fails(seerflow_status::Config, |error| {
            seerflow_store_new(config, &mut store, error)
        });
        assert!(message.contains("storage.postgresql_url"), "{message}");
        assert!(store.is_null());
        seerflow_config_destroy(config);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_path_that_cannot_be_opened_fails_the_call_that_opens_it() {
    let _access = shared_access();
    let store = new_store(Path::new("/proc/nope/x.db"), &[]);
    unsafe {
        let mut error = ErrorOut::new();
        let status = seerflow_store_open(store, &within(2_000), &mut error.0);
        assert_ne!(status, seerflow_status::Ok);
        assert!(error.message().contains("/proc/nope"), "{}", error.message());
        let soon = within(2_000);
        let options = seerflow_write_options {
            call: &soon,
            ..durable()
        };
        let status = write_lines(store, LINE, &options, null_mut());
        assert_ne!(status, seerflow_status::Ok);
        seerflow_store_destroy(store);
    }
}

/// A database file on which another program holds an exclusive lock, so that it cannot be opened.
fn held(path: &Path) -> rusqlite::Connection {
    let other = rusqlite::Connection::open(path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE; CREATE TABLE x(y)").unwrap();
    other
}

#[test]
fn opening_continues_after_the_deadline_of_the_call() {
    let _access = shared_access();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seerflow.db");
    let other = held(&path);
    let store = new_store(&path, &[]);
    let status = unsafe { seerflow_store_open(store, &within(200), null_mut()) };
    assert_eq!(status, seerflow_status::Timeout);
    // Another call that waits for the opening has its own deadline.
    let query = Query::new();
    fails(seerflow_status::Timeout, |error| unsafe {
        seerflow_store_query_events(store, query.0, &within(100), &mut null_mut(), error)
    });
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    ok(|error| unsafe { seerflow_store_open(store, &within(30_000), error) });
    unsafe { seerflow_store_destroy(store) };
}

#[test]
fn an_interrupt_ends_the_wait_for_opening() {
    let _access = shared_access();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seerflow.db");
    let other = held(&path);
    let store = new_store(&path, &[]);
    let mut flag = null_mut();
    ok(|error| unsafe { seerflow_interrupt_new(&mut flag, error) });
    let call = seerflow_call {
        interrupt: flag,
        ..within(-1)
    };
    let shared = flag as usize;
    let raiser = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        ok(|_| unsafe { seerflow_interrupt_raise(shared as *const _) });
    });
    fails(seerflow_status::Interrupted, |error| unsafe {
        seerflow_store_open(store, &call, error)
    });
    raiser.join().unwrap();
    drop(other);
    unsafe {
        ok(|error| seerflow_store_open(store, null(), error));
        seerflow_interrupt_destroy(flag);
        seerflow_store_destroy(store);
    }
}
