//! Several threads: interrupts, completions, and one store used by all.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use seerflow::ffi::interrupt::*;
use seerflow::ffi::queue::*;

use super::*;

/// A handle that goes to another thread.
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
fn an_interrupt_from_another_thread_ends_a_wait() {
    let host = Host::new();
    let lock = host.lock();
    let flag = Shared(interrupt());
    let options = seerflow_write_options {
        durable: 1,
        timeout_ms: -1,
        interrupt: flag.get(),
        ..options()
    };
    let started = Instant::now();
    let raiser = thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        assert_eq!(
            unsafe { seerflow_interrupt_raise(flag.get()) },
            seerflow_status::Ok
        );
        // The call that waits keeps what it needs of it.
        unsafe { seerflow_interrupt_destroy(flag.get()) };
    });
    fails(seerflow_status::Interrupted, |error| unsafe {
        let (data, length) = (LINE.as_ptr().cast(), LINE.len());
        seerflow_store_write_lines(host.store, data, length, &options, null_mut(), null_mut(), error)
    });
    assert!(started.elapsed() < Duration::from_secs(5));
    raiser.join().unwrap();
    drop(lock);
}

#[test]
fn a_raised_interrupt_stops_every_call_until_it_is_reset() {
    let host = Host::new();
    let flag = interrupt();
    let (mut query, mut page) = (null_mut(), null_mut());
    unsafe {
        ok(|error| seerflow_query_new(&mut query, error));
        ok(|error| seerflow_query_set_interrupt(query, flag, error));
        ok(|_| seerflow_interrupt_raise(flag));
        fails(seerflow_status::Interrupted, |error| {
            seerflow_store_query_events(host.store, query, &mut page, error)
        });
        assert!(page.is_null());
        ok(|_| seerflow_interrupt_reset(flag));
        ok(|error| seerflow_store_query_events(host.store, query, &mut page, error));
        seerflow_page_destroy(page);
        seerflow_query_destroy(query);
        seerflow_interrupt_destroy(flag);
    }
}

fn queue() -> *mut seerflow_queue {
    let mut queue = null_mut();
    ok(|error| unsafe { seerflow_queue_new(&mut queue, error) });
    queue
}

fn completion() -> seerflow_completion {
    seerflow_completion {
        struct_size: size_of::<seerflow_completion>() as u32,
        ..Default::default()
    }
}

#[cfg(unix)]
#[test]
fn completions_make_a_descriptor_readable() {
    let host = Host::new();
    let queue = queue();
    let (mut fd, mut done) = (-1, completion());
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
            queue,
            user_data,
            batch_key: str_of("key"),
            ..options()
        };
        ok(|error| unsafe {
            let (data, length) = (LINE.as_ptr().cast(), LINE.len());
            seerflow_store_write_lines(host.store, data, length, &options, null_mut(), null_mut(), error)
        });
    };
    unsafe {
        fails(seerflow_status::Again, |error| {
            seerflow_queue_next(queue, 0, &mut done, error)
        });
        fails(seerflow_status::Timeout, |error| {
            seerflow_queue_next(queue, 10, &mut done, error)
        });
        write(1);
        ok(|error| seerflow_store_flush(host.store, 10_000, null(), error));
        // The descriptor is asked for after a completion came, and is readable all the same.
        ok(|error| seerflow_queue_fd(queue, &mut fd, error));
        for (user_data, duplicates) in [(1, 0), (2, 1)] {
            assert!(readable(fd, 10_000));
            ok(|error| seerflow_queue_next(queue, 0, &mut done, error));
            assert_eq!(
                (done.status, done.user_data, done.accepted, done.duplicates),
                (0, user_data, 1, duplicates)
            );
            assert!(!readable(fd, 0), "nothing waits any more");
            write(2);
        }
        // The last completion comes to a queue that is gone.
        seerflow_queue_destroy(queue);
        ok(|error| seerflow_store_flush(host.store, 10_000, null(), error));
    }
}

/// Without `urgent` the worker would wait for a minute.
#[test]
fn an_urgent_write_returns_at_once_and_is_committed_at_once() {
    let host = Host::with(&[("storage.flush_interval_ms", "60000")]);
    let (queue, mut done) = (queue(), completion());
    let options = seerflow_write_options {
        urgent: 1,
        queue,
        user_data: 7,
        ..options()
    };
    ok(|error| unsafe {
        let (data, length) = (LINE.as_ptr().cast(), LINE.len());
        seerflow_store_write_lines(host.store, data, length, &options, null_mut(), null_mut(), error)
    });
    unsafe {
        ok(|error| seerflow_queue_next(queue, 10_000, &mut done, error));
        assert_eq!((done.status, done.user_data, done.accepted), (0, 7, 1));
        seerflow_queue_destroy(queue);
    }
}

#[test]
fn completions_tell_of_a_store_that_closed_and_not_of_a_call_that_failed() {
    let host = Host::with(&[("storage.queue_events", "1")]);
    let lock = host.lock();
    let queue = queue();
    let options = seerflow_write_options {
        queue,
        timeout_ms: 0,
        user_data: 7,
        ..options()
    };
    let write = |error| unsafe {
        let (data, length) = (LINE.as_ptr().cast(), LINE.len());
        seerflow_store_write_lines(host.store, data, length, &options, null_mut(), null_mut(), error)
    };
    ok(write);
    fails(seerflow_status::Again, write);
    let mut done = completion();
    unsafe {
        fails(seerflow_status::Lost, |error| {
            seerflow_store_close(host.store, 50, null_mut(), error)
        });
        ok(|error| seerflow_queue_next(queue, 10_000, &mut done, error));
        assert_eq!((done.status, done.user_data), (seerflow_status::Closed as i32, 7));
        fails(seerflow_status::Again, |error| {
            seerflow_queue_next(queue, 0, &mut done, error)
        });
        seerflow_queue_destroy(queue);
    }
    drop(lock);
}

#[test]
fn threads_share_a_store_a_query_and_a_page() {
    const THREADS: usize = 4;
    const CALLS: usize = 20;
    let host = Host::new();
    let store = Shared(host.store);
    let mut query = null_mut();
    ok(|error| unsafe { seerflow_query_new(&mut query, error) });
    let query = Shared(query);
    let seen = Mutex::new(0);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let seen = &seen;
            scope.spawn(move || {
                for _ in 0..CALLS {
                    let lines = LINE.repeat(10);
                    let options = seerflow_write_options {
                        durable: (number % 2) as u8,
                        ..options()
                    };
                    ok(|error| unsafe {
                        let (data, length) = (lines.as_ptr().cast(), lines.len());
                        seerflow_store_write_lines(
                            store.get(),
                            data,
                            length,
                            &options,
                            null_mut(),
                            null_mut(),
                            error,
                        )
                    });
                    let mut page = null_mut();
                    ok(|error| unsafe {
                        seerflow_store_query_events(store.get(), query.get(), &mut page, error)
                    });
                    *seen.lock().unwrap() += unsafe { seerflow_page_count(page) };
                    unsafe { seerflow_page_destroy(page) };
                }
            });
        }
    });
    ok(|error| unsafe { seerflow_store_flush(store.get(), 10_000, null(), error) });
    let mut page = null_mut();
    unsafe {
        ok(|error| seerflow_query_set_total(query.get(), seerflow_total::Exact as u32, 0, error));
        ok(|error| seerflow_store_query_events(store.get(), query.get(), &mut page, error));
        let mut total = 0;
        assert!(seerflow_page_total(page, &mut total));
        assert_eq!(total, (THREADS * CALLS * 10) as u64);
        let shared = Shared(page);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(move || {
                    let (mut json, mut length) = (null(), 0);
                    ok(|error| seerflow_page_ndjson(shared.get(), &mut json, &mut length, error));
                    assert_eq!(text(json).lines().count(), 100);
                });
            }
        });
        seerflow_page_destroy(page);
        seerflow_query_destroy(query.get());
    }
    assert!(seen.into_inner().unwrap() > 0);
}
