//! The wall clock of this process. The functions here replace those of the C library in this executable, for SQLite and for Rust's
//! standard library alike: a test sets the clock. The monotonic clock runs on.

use std::sync::atomic::{AtomicI64, Ordering};

use libc::{c_int, c_void, clockid_t, time_t, timespec, timeval};

/// Seconds that are added to the wall clock.
static OFFSET: AtomicI64 = AtomicI64::new(0);

/// The true wall clock, in seconds since 1970.
fn true_seconds() -> i64 {
    let mut now = timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: a value to write to.
    unsafe { libc::syscall(libc::SYS_clock_gettime, libc::CLOCK_REALTIME, &raw mut now) };
    now.tv_sec
}

/// Sets the wall clock to a time in seconds since 1970.
pub fn set(seconds: i64) {
    OFFSET.store(seconds - true_seconds(), Ordering::Relaxed);
}

/// Moves the wall clock.
pub fn move_by(seconds: i64) {
    OFFSET.fetch_add(seconds, Ordering::Relaxed);
}

/// Sets the wall clock to the true time.
pub fn restore() {
    OFFSET.store(0, Ordering::Relaxed);
}

// SAFETY (of all): each function has the signature and the meaning of the C library's.

#[unsafe(no_mangle)]
unsafe extern "C" fn clock_gettime(clock: clockid_t, now: *mut timespec) -> c_int {
    // SAFETY: the caller's own arguments.
    let done = unsafe { libc::syscall(libc::SYS_clock_gettime, clock, now) as c_int };
    if done == 0 && matches!(clock, libc::CLOCK_REALTIME | libc::CLOCK_REALTIME_COARSE) {
        // SAFETY: the kernel has written it.
        unsafe { (*now).tv_sec += OFFSET.load(Ordering::Relaxed) };
    }
    done
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gettimeofday(now: *mut timeval, zone: *mut c_void) -> c_int {
    // SAFETY: the caller's own arguments.
    let done = unsafe { libc::syscall(libc::SYS_gettimeofday, now, zone) as c_int };
    if done == 0 && !now.is_null() {
        // SAFETY: the kernel has written it.
        unsafe { (*now).tv_sec += OFFSET.load(Ordering::Relaxed) };
    }
    done
}

#[unsafe(no_mangle)]
unsafe extern "C" fn time(now: *mut time_t) -> time_t {
    let seconds = true_seconds() + OFFSET.load(Ordering::Relaxed);
    if !now.is_null() {
        // SAFETY: the caller's own argument.
        unsafe { *now = seconds };
    }
    seconds
}
