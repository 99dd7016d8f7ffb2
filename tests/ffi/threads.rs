//! Several threads: interrupts, completions, and a store that several threads use.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use seerflow::ffi::completions::*;
use seerflow::ffi::interrupt::*;

use super::*;

/// A handle that another thread uses.
struct Shared<T>(*mut T);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Shared<T> {}

unsafe impl<T> Send for Shared<T> {}
unsafe impl<T> Sync for Shared<T> {}

impl<T> Shared<T> {
    fn get(self) -> *mut T {
        self.0
    }
}

fn interrupt() -> *mut seerflow_interrupt {
    let mut interrupt = null_mut();
    ok(|error| unsafe { seerflow_interrupt_new(&mut interrupt, error) });
    interrupt
}

#[test]
fn an_interrupt_raised_by_another_thread_ends_a_wait() {
    let host = Host::new();
    let lock = host.lock();
    let flag = Shared(interrupt());
    let call = seerflow_call {
        interrupt: flag.get(),
        ..within(-1)
    };
    let options = seerflow_write_options {
        call: &call,
        ..durable()
    };
    let started = Instant::now();
    let raiser = thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        assert_eq!(
            unsafe { seerflow_interrupt_raise(flag.get()) },
            seerflow_status::Ok
        );
        // The waiting call has its own reference to the flag.
        unsafe { seerflow_interrupt_destroy(flag.get()) };
    });
    fails(seerflow_status::Interrupted, |error| unsafe {
        write_lines(host.store, LINE, &options, error)
    });
    assert!(started.elapsed() < Duration::from_secs(5));
    raiser.join().unwrap();
    drop(lock);
}

#[test]
fn a_raised_interrupt_stops_every_call_until_it_is_reset() {
    let host = Host::new();
    let flag = interrupt();
    let call = seerflow_call {
        interrupt: flag,
        ..Default::default()
    };
    let (query, mut list) = (Query::new(), null_mut());
    unsafe {
        ok(|_| seerflow_interrupt_raise(flag));
        fails(seerflow_status::Interrupted, |error| {
            seerflow_store_query_events(host.store, query.0, &call, &mut list, error)
        });
        assert!(list.is_null());
        ok(|_| seerflow_interrupt_reset(flag));
        List::of(|list, error| seerflow_store_query_events(host.store, query.0, &call, list, error));
        seerflow_interrupt_destroy(flag);
    }
}

/// A queue of completions that is destroyed at the end of its scope.
struct Completions(*mut seerflow_completions);

impl Completions {
    fn new() -> Self {
        let mut completions = null_mut();
        ok(|error| unsafe { seerflow_completions_new(&mut completions, error) });
        Self(completions)
    }

    fn next(
        &self,
        timeout_ms: i64,
        done: &mut seerflow_completion,
        error: *mut *mut seerflow_error,
    ) -> seerflow_status {
        unsafe { seerflow_completions_next(self.0, &within(timeout_ms), done, error) }
    }

    /// The options of a write whose completion goes to this queue.
    fn options(&self, user_data: u64) -> seerflow_write_options {
        seerflow_write_options {
            completions: self.0,
            user_data,
            ..Default::default()
        }
    }
}

impl Drop for Completions {
    fn drop(&mut self) {
        unsafe { seerflow_completions_destroy(self.0) }
    }
}

#[cfg(unix)]
#[test]
fn completions_make_a_descriptor_readable() {
    let host = Host::new();
    let completions = Completions::new();
    let (mut fd, mut done) = (-1, init!(seerflow_completion));
    let readable = |fd, timeout| {
        let mut poll = libc::pollfd {
            fd,
            events: libc::POLLIN,
            revents: 0,
        };
        unsafe { libc::poll(&mut poll, 1, timeout) == 1 }
    };
    let write = |user_data| {
        let options = seerflow_write_options {
            batch_key: str_of("key"),
            ..completions.options(user_data)
        };
        ok(|error| unsafe { write_lines(host.store, LINE, &options, error) });
    };
    fails(seerflow_status::Again, |error| {
        completions.next(0, &mut done, error)
    });
    fails(seerflow_status::Timeout, |error| {
        completions.next(10, &mut done, error)
    });
    write(1);
    host.flush();
    // The descriptor is requested after a completion was posted, and is readable nevertheless.
    ok(|error| unsafe { seerflow_completions_fd(completions.0, &mut fd, error) });
    for (user_data, duplicates) in [(1, 0), (2, 1)] {
        assert!(readable(fd, 10_000));
        ok(|error| completions.next(0, &mut done, error));
        assert_eq!(
            (done.status, done.user_data, done.accepted, done.duplicates),
            (0, user_data, 1, duplicates)
        );
        assert!(!readable(fd, 0), "no completion is queued any more");
        write(2);
    }
    // The last completion is posted after its queue is destroyed.
    drop(completions);
    host.flush();
}

/// Without `urgent` the worker would wait for a minute.
#[test]
fn an_urgent_write_returns_at_once_and_is_committed_at_once() {
    let host = Host::with(&[("storage.flush_interval_ms", "60000")]);
    let (completions, mut done) = (Completions::new(), init!(seerflow_completion));
    let options = seerflow_write_options {
        urgent: true.into(),
        ..completions.options(7)
    };
    ok(|error| unsafe { write_lines(host.store, LINE, &options, error) });
    ok(|error| completions.next(10_000, &mut done, error));
    assert_eq!((done.status, done.user_data, done.accepted), (0, 7, 1));
}

#[test]
fn completions_report_a_closed_store_but_not_a_failed_call() {
    let host = Host::with(&[("storage.queue_events", "1")]);
    let lock = host.lock();
    let (completions, now) = (Completions::new(), within(0));
    let options = seerflow_write_options {
        call: &now,
        ..completions.options(7)
    };
    let write = |error| unsafe { write_lines(host.store, LINE, &options, error) };
    ok(write);
    fails(seerflow_status::Again, write);
    let mut done = init!(seerflow_completion);
    fails(seerflow_status::Lost, |error| unsafe {
        seerflow_store_close(host.store, &within(50), null_mut(), error)
    });
    ok(|error| completions.next(10_000, &mut done, error));
    assert_eq!((done.status, done.user_data), (seerflow_status::Closed as i32, 7));
    fails(seerflow_status::Again, |error| {
        completions.next(0, &mut done, error)
    });
    drop(lock);
}

#[test]
fn an_interrupt_ends_a_wait_for_completions() {
    let completions = Completions::new();
    let flag = Shared(interrupt());
    let call = seerflow_call {
        interrupt: flag.get(),
        ..within(-1)
    };
    let raiser = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        ok(|_| unsafe { seerflow_interrupt_raise(flag.get()) });
    });
    let mut done = init!(seerflow_completion, user_data: 9);
    fails(seerflow_status::Interrupted, |error| unsafe {
        seerflow_completions_next(completions.0, &call, &mut done, error)
    });
    assert_eq!(done.user_data, 9, "written on success only");
    raiser.join().unwrap();
    unsafe { seerflow_interrupt_destroy(flag.get()) };
}

#[test]
fn threads_share_a_store_a_query_and_a_list() {
    const THREADS: usize = 4;
    const CALLS: usize = 20;
    let host = Host::new();
    let (store, query) = (Shared(host.store), Query::new());
    let shared = Shared(query.0);
    let seen = Mutex::new(0);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let seen = &seen;
            scope.spawn(move || {
                for _ in 0..CALLS {
                    let options = seerflow_write_options {
                        durable: (number % 2 == 1).into(),
                        ..Default::default()
                    };
                    ok(|error| unsafe { write_lines(store.get(), &LINE.repeat(10), &options, error) });
                    let found = List::of(|list, error| unsafe {
                        seerflow_store_query_events(store.get(), shared.get(), null(), list, error)
                    });
                    *seen.lock().unwrap() += found.count();
                }
            });
        }
    });
    host.flush();
    let query = query.set(|q, e| unsafe { seerflow_query_set_total(q, seerflow_total::Exact as u32, 0, e) });
    let found = host.ask(seerflow_store_query_events, &query);
    assert_eq!(found.total(), Some((THREADS * CALLS * 10) as u64));
    let shared = Shared(found.0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(move || {
                let (mut json, mut length) = (null(), 0);
                ok(|error| unsafe { seerflow_list_ndjson(shared.get(), &mut json, &mut length, error) });
                assert_eq!(unsafe { text(json) }.lines().count(), 100);
            });
        }
    });
    assert!(seen.into_inner().unwrap() > 0);
}
