//! Locks, condition variables and time under an explored schedule.
//!
//! Shuttle runs the threads of a test one at a time. At each lock, unlock, wait and notification it chooses at random which thread goes
//! on, and it reports a deadlock if none can. Time passes only when a wait reaches its limit. That may happen at any moment, except for
//! a limit further away than [`FAR`], which is never reached: a thread that needs a lost notification to go on is a deadlock then.

use std::cell::Cell;
use std::fmt;
use std::io;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, PoisonError};
use std::time::{Duration, Instant};

use shuttle::rand::{Rng, thread_rng};
use shuttle::scheduler::RandomScheduler;
pub use shuttle::thread;

/// The distance of a limit that no wait reaches.
const FAR: Duration = Duration::from_secs(60);

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

std::thread_local! {
    /// The time since [`START`]. All threads of a test are one thread of the system.
    static PASSED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Returns the present time.
pub fn now() -> Instant {
    *START + PASSED.get()
}

/// As [`crate::threads::spawn`]. Some threads cannot be started.
pub fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<thread::JoinHandle<T>> {
    if thread_rng().gen_range(0..32) == 0 {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    thread::Builder::new().name(name.to_owned()).spawn(work)
}

/// Runs a test under as many schedules as the environment variable `SEERFLOW_SCHEDULES` says, or 2,000. A failure prints its seed;
/// `SHUTTLE_RANDOM_SEED` with this seed and `SEERFLOW_SCHEDULES=1` repeat it. The test gets a random number.
pub fn explore(test: impl Fn(u64) + Send + Sync + 'static) {
    let count = std::env::var("SEERFLOW_SCHEDULES").map_or(2000, |count| count.parse().unwrap());
    let mut config = shuttle::Config::new();
    config.stack_size = 1 << 18;
    config.failure_persistence = shuttle::FailurePersistence::None;
    let scheduler = RandomScheduler::new_from_seed(1, count);
    let began = Instant::now();
    shuttle::Runner::new(scheduler, config).run(move || test(thread_rng().r#gen()));
    println!("{count} schedules in {:.1} s", began.elapsed().as_secs_f64());
}

/// Returns whether a wait until `until` may time out, and after how many turns of the thread.
fn patience(until: Instant) -> Option<u32> {
    (until.saturating_duration_since(now()) < FAR)
        .then(|| thread_rng().gen_range(0..1 << thread_rng().gen_range(1..7)))
}

fn pass_to(time: Instant) {
    PASSED.set(PASSED.get().max(time.saturating_duration_since(*START)));
}

/// As `parking_lot::Mutex`.
#[derive(Default)]
pub struct Mutex<T>(shuttle::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub const fn new(value: T) -> Self {
        Self(shuttle::sync::Mutex::new(value))
    }

    pub fn lock(&self) -> MutexGuard<'_, T> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        MutexGuard {
            mutex: self,
            inner: Some(inner),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// As `parking_lot::MutexGuard`.
pub struct MutexGuard<'m, T> {
    mutex: &'m Mutex<T>,
    /// `None` during a wait only.
    inner: Option<shuttle::sync::MutexGuard<'m, T>>,
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.inner.as_ref().unwrap()
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.inner.as_mut().unwrap()
    }
}

/// As `parking_lot::Condvar`. A notification of one thread may go to any that waits.
#[derive(Default)]
pub struct Condvar(std::sync::Mutex<Vec<Arc<Waiter>>>);

struct Waiter {
    /// The thread, if it is parked. A thread whose wait may time out takes turns instead.
    parked: Option<thread::Thread>,
    is_notified: AtomicBool,
}

/// As `parking_lot::WaitTimeoutResult`.
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

impl Condvar {
    pub const fn new() -> Self {
        Self(std::sync::Mutex::new(Vec::new()))
    }

    pub fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        self.block(guard, None);
    }

    pub fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, until: Instant) -> WaitTimeoutResult {
        WaitTimeoutResult(!self.block(guard, Some(until)))
    }

    /// Waits; returns whether the thread was notified.
    fn block<T>(&self, guard: &mut MutexGuard<'_, T>, until: Option<Instant>) -> bool {
        let mut turns = until.and_then(patience);
        let waiter = Arc::new(Waiter {
            parked: turns.is_none().then(thread::current),
            is_notified: AtomicBool::new(false),
        });
        // Shuttle changes threads before an unlock, not after it: unlocking and beginning to wait are one step.
        guard.inner = None;
        self.0.lock().unwrap().push(Arc::clone(&waiter));
        while !waiter.is_notified.load(Ordering::Relaxed) {
            match turns {
                None => thread::park(),
                Some(0) => {
                    self.0
                        .lock()
                        .unwrap()
                        .retain(|other| !Arc::ptr_eq(other, &waiter));
                    until.map(pass_to);
                    break;
                }
                Some(more) => {
                    turns = Some(more - 1);
                    thread::yield_now();
                }
            }
        }
        guard.inner = guard.mutex.lock().inner;
        waiter.is_notified.load(Ordering::Relaxed)
    }

    pub fn notify_one(&self) {
        thread::yield_now();
        let mut waiters = self.0.lock().unwrap();
        if waiters.is_empty() {
            return;
        }
        let place = thread_rng().gen_range(0..waiters.len());
        let waiter = waiters.swap_remove(place);
        drop(waiters);
        waiter.notify();
    }

    pub fn notify_all(&self) {
        thread::yield_now();
        let waiters = std::mem::take(&mut *self.0.lock().unwrap());
        waiters.iter().for_each(|waiter| waiter.notify());
    }
}

impl Waiter {
    fn notify(&self) {
        self.is_notified.store(true, Ordering::Relaxed);
        if let Some(thread) = &self.parked {
            thread.unpark();
        }
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Condvar")
    }
}
