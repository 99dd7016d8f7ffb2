//! Stores that a process shares, and the metrics of a store.

use std::ffi::c_void;

use super::*;

fn shared(path: &std::path::Path, options: &[(&str, &str)]) -> *mut seerflow_store {
    let (config, mut store) = (new_config(path, options), null_mut());
    ok(|error| unsafe { seerflow_store_shared(config, &mut store, error) });
    unsafe { seerflow_config_destroy(config) };
    store
}

fn state_of(store: *const seerflow_store) -> u32 {
    let mut health = init!(seerflow_health);
    ok(|error| unsafe { seerflow_store_health(store, &mut health, error) });
    health.state
}

pub(crate) fn metrics_of(store: *const seerflow_store) -> String {
    let (mut buffer, mut length) = (vec![0 as c_char; 16 << 10], 0);
    ok(|error| unsafe {
        seerflow_store_metrics(store, buffer.as_mut_ptr(), buffer.len(), &mut length, error)
    });
    let metrics = unsafe { text(buffer.as_ptr()) };
    assert_eq!(metrics.len(), length, "the text fits");
    metrics
}

#[test]
fn handles_of_one_database_share_a_store_until_the_last_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    let (first, second) = (shared(&path, &[]), shared(&path, &[]));
    let other = shared(&folder.path().join("other.db"), &[]);
    let mut stats = init!(seerflow_stats);
    let mut lost = 9;
    unsafe {
        ok(|error| write_lines(first, LINE, &durable(), error));
        ok(|error| write_lines(second, LINE, null(), error));
        ok(|error| seerflow_store_close(second, null(), &mut lost, error));
        ok(|error| seerflow_store_close(second, null(), &mut lost, error));
        assert_eq!(lost, 0);
        assert_eq!(state_of(second), seerflow_state::Closed as u32);
        fails(seerflow_status::Closed, |error| {
            write_lines(second, LINE, null(), error)
        });
        seerflow_store_destroy(second);
        assert_eq!(state_of(first), seerflow_state::Ok as u32);
        ok(|error| seerflow_store_flush(first, null(), error));
        ok(|error| seerflow_store_stats(first, &mut stats, error));
        assert_eq!((stats.accepted, stats.committed), (2, 2), "one set of counters");
        assert_eq!(state_of(other), seerflow_state::Idle as u32);
        // Closes the store, because it is the last handle.
        seerflow_store_destroy(first);
        let again = shared(&path, &[("storage.flush_events", "7")]);
        ok(|error| seerflow_store_stats(again, &mut stats, error));
        assert_eq!(stats.accepted, 0, "a new store");
        seerflow_store_destroy(again);
        seerflow_store_destroy(other);
    }
}

#[test]
fn an_option_that_differs_from_the_shared_store_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    let store = shared(&path, &[("storage.flush_events", "10")]);
    let mut second = null_mut();
    let config = new_config(&folder.path().join("x/../events.db"), &[]);
    // Another path to the same file is another database; the same path is the same one.
    ok(|error| unsafe { seerflow_store_shared(config, &mut second, error) });
    unsafe {
        seerflow_store_destroy(second);
        seerflow_config_destroy(config);
    }
    let config = new_config(&path, &[("storage.flush_events", "20")]);
    let message = fails(seerflow_status::Config, |error| unsafe {
        seerflow_store_shared(config, &mut second, error)
    });
    assert!(
        message.starts_with("storage.flush_events differs (\"20\", not \"10\")"),
        "{message}"
    );
    unsafe {
        seerflow_config_destroy(config);
        seerflow_store_destroy(store);
    }
}

#[test]
fn a_shared_store_logs_through_the_oldest_handle() {
    unsafe extern "C" fn count(user_data: *mut c_void, _: u32, _: *const c_char, _: usize) {
        unsafe { *user_data.cast::<u32>() += 1 }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    let mut counts = [0_u32; 2];
    let stores = [0, 1].map(|number| unsafe {
        let (config, mut store) = (new_config(&path, &[]), null_mut());
        let to = (&raw mut counts[number]).cast();
        ok(|error| seerflow_config_set_log(config, 4, Some(count), to, error));
        ok(|error| seerflow_store_shared(config, &mut store, error));
        seerflow_config_destroy(config);
        store
    });
    unsafe {
        ok(|error| seerflow_store_open(stores[1], null(), error));
        seerflow_store_destroy(stores[0]);
        let [first, second] = counts;
        assert_eq!(second, 0);
        seerflow_store_destroy(stores[1]);
        assert_eq!(counts[0], first, "a destroyed handle gets no records");
        assert!(counts[1] > 0, "the last handle is told that the store is closed");
    }
}

#[test]
fn a_failure_whose_events_were_withdrawn_expires_until_the_next_write() {
    let host = Host::new();
    let lock = host.lock();
    let bound = within(600);
    let options = seerflow_write_options {
        withdraw: true.into(),
        call: &bound,
        ..durable()
    };
    let mut since = Vec::new();
    for _ in 0..2 {
        fails(seerflow_status::Timeout, |error| unsafe {
            write_lines(host.store, LINE, &options, error)
        });
        let mut health = init!(seerflow_health);
        ok(|error| unsafe { seerflow_store_health(host.store, &mut health, error) });
        assert_eq!(
            (health.state, health.queue_events),
            (seerflow_state::Degraded as u32, 0)
        );
        since.push(health.degraded_since_ns);
        while state_of(host.store) == seerflow_state::Degraded as u32 {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
    assert_eq!(since[0], since[1], "no commit succeeded between the failures");
    drop(lock);
    ok(|error| unsafe { write_lines(host.store, LINE, &durable(), error) });
    assert_eq!(state_of(host.store), seerflow_state::Ok as u32);
}

#[test]
fn metrics_are_valid_openmetrics() {
    let host = Host::new();
    ok(|error| unsafe { write_lines(host.store, LINE, &durable(), error) });
    let metrics = metrics_of(host.store);
    assert!(
        metrics.ends_with("# EOF\n") && !metrics.contains("\n\n"),
        "{metrics}"
    );
    let (mut family, mut kind, mut seen) = (String::new(), String::new(), Vec::new());
    for line in metrics.lines().filter(|line| *line != "# EOF") {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, of) = rest.split_once(' ').unwrap();
            assert!(!seen.contains(&name.to_owned()), "{name} is one group");
            seen.push(name.to_owned());
            (family, kind) = (name.to_owned(), of.to_owned());
        } else if let Some(rest) = line.strip_prefix("# UNIT ") {
            let (name, unit) = rest.split_once(' ').unwrap();
            assert!(name == family && name.ends_with(&format!("_{unit}")), "{line}");
        } else if let Some(rest) = line.strip_prefix("# HELP ") {
            assert!(
                rest.starts_with(&format!("{family} ")) && rest.ends_with('.'),
                "{line}"
            );
        } else {
            let (name, rest) = line.split_once('{').unwrap();
            let (labels, value) = rest.rsplit_once("} ").unwrap();
            let suffixes: &[&str] = match kind.as_str() {
                "counter" => &["_total"],
                "histogram" => &["_bucket", "_count", "_sum"],
                _ => &[""],
            };
            let suffix = name.strip_prefix(family.as_str()).unwrap();
            assert!(suffixes.contains(&suffix), "{line}");
            assert!(labels.starts_with("backend=\"sqlite\",database=\"/"), "{line}");
            value.parse::<f64>().unwrap();
        }
    }
    for sample in [
        "seerflow_accepted_events_total{",
        "seerflow_commit_duration_seconds_count{",
    ] {
        let line = metrics.lines().find(|line| line.starts_with(sample)).unwrap();
        assert!(line.ends_with("} 1"), "{line}");
    }
}
