//! `seerflow_completions`: reports finished writes to programs that run an event loop.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use super::call::{bound, seerflow_call};
use super::error::seerflow_error;
use super::guard::{call, call_for, destroy};
use super::handle::{self, Object};
use super::lock;
use super::out::{Out, Place};
use super::sized::{self, SizedOut};
use super::status::{StatusNumber, seerflow_status};
use crate::buffer::DoneFn;
use crate::error::{Error, ErrorKind, Result};
use crate::fork;
use crate::record::Control;

/// A queue of finished writes, for programs that run an event loop.
///
/// A write that names this queue in its options and returns SEERFLOW_STATUS_OK posts one completion once its events
/// are committed, or once the store is closed.
///
/// Any number of threads and stores may use one queue at the same time.
pub struct seerflow_completions {
    _opaque: [u8; 0],
}

impl Object for seerflow_completions {
    type Value = Arc<Completions>;
    const NAME: &'static str = "seerflow_completions";
    const MAGIC: [u8; 8] = *b"sf:compl";
}

/// The outcome of one write. Initialise it with SEERFLOW_COMPLETION_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_completion {
    /// sizeof(seerflow_completion).
    pub struct_size: u32,
    /// SEERFLOW_STATUS_OK if every event of the call is committed; SEERFLOW_STATUS_CLOSED if the store was closed
    /// first.
    pub status: StatusNumber,
    /// The `user_data` of the write's options.
    pub user_data: u64,
    /// The number of events that the call accepted.
    pub accepted: u64,
    /// Of the accepted events, those whose event_id was already stored.
    pub duplicates: u64,
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are integers.
unsafe impl sized::Struct for seerflow_completion {}

/// The value of the handle. Writes that are not committed yet hold a reference to it.
#[derive(Debug)]
pub struct Completions {
    state: Mutex<State>,
    posted: Condvar,
    /// The fork generation in which the object was made.
    generation: u64,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<seerflow_completion>,
    signal: Option<signal::Signal>,
}

impl Completions {
    fn new() -> Self {
        Self {
            state: Mutex::default(),
            posted: Condvar::new(),
            generation: fork::generation(),
        }
    }

    /// Returns an error in a forked child: a thread of the parent may hold the lock, and would never release it.
    fn check_not_forked(&self) -> Result<()> {
        if self.generation != fork::generation() {
            return Err(Error::new(
                ErrorKind::Forked,
                "the completions were created before fork(): create them in the child, or call exec() after fork()",
            ));
        }
        Ok(())
    }

    fn push(&self, completion: seerflow_completion) {
        let mut state = lock(&self.state);
        state.waiting.push_back(completion);
        if let (Some(signal), 1) = (&state.signal, state.waiting.len()) {
            signal.raise();
        }
        drop(state);
        self.posted.notify_one();
    }

    fn next(&self, control: &Control) -> Result<seerflow_completion> {
        self.check_not_forked()?;
        let may_wait = control.deadline.is_none_or(|deadline| deadline > Instant::now());
        let mut state = lock(&self.state);
        loop {
            if let Some(completion) = state.waiting.pop_front() {
                if let (Some(signal), true) = (&state.signal, state.waiting.is_empty()) {
                    signal.lower();
                }
                return Ok(completion);
            }
            if !may_wait {
                return Err(Error::new(ErrorKind::Again, "no completion is available"));
            }
            control.check()?;
            state = match control.next_check() {
                None => self.posted.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    let waited = self.posted.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    fn descriptor(&self) -> Result<i32> {
        self.check_not_forked()?;
        let mut state = lock(&self.state);
        if state.signal.is_none() {
            let signal = signal::Signal::new()?;
            if !state.waiting.is_empty() {
                signal.raise();
            }
            state.signal = Some(signal);
        }
        let signal = state.signal.as_ref();
        signal
            .map(signal::Signal::descriptor)
            .ok_or_else(|| Error::new(ErrorKind::Io, "the completions have no file descriptor"))
    }
}

/// The completion of one write call.
///
/// It is posted once both halves are known: how many events the call accepted, and how the commit ended. A call that
/// fails posts nothing, because its caller has the error.
pub(crate) struct Promise(Arc<Pending>);

struct Pending {
    completions: Arc<Completions>,
    user_data: u64,
    outcome: Mutex<Outcome>,
}

#[derive(Default)]
struct Outcome {
    accepted: Option<u64>,
    /// The status of the commit and the number of duplicates it found.
    committed: Option<(seerflow_status, u64)>,
}

impl Promise {
    /// # Safety
    /// As for [`handle::get`].
    pub(crate) unsafe fn new(
        completions: *const seerflow_completions,
        user_data: u64,
    ) -> Result<Option<Self>> {
        if completions.is_null() {
            return Ok(None);
        }
        // SAFETY: the caller upholds the contract.
        let completions = Arc::clone(unsafe { handle::get(completions) }?.value());
        completions.check_not_forked()?;
        Ok(Some(Self(Arc::new(Pending {
            completions,
            user_data,
            outcome: Mutex::default(),
        }))))
    }

    pub(crate) fn on_committed(&self) -> DoneFn {
        let pending = Arc::clone(&self.0);
        Arc::new(move |done| {
            lock(&pending.outcome).committed = Some(match done {
                Ok(duplicates) => (seerflow_status::Ok, duplicates),
                Err(error) => (error.kind().into(), 0),
            });
            pending.post();
        })
    }

    pub(crate) fn accepted(self, accepted: u64) {
        lock(&self.0.outcome).accepted = Some(accepted);
        self.0.post();
    }
}

impl Pending {
    fn post(&self) {
        let mut outcome = lock(&self.outcome);
        let (Some(accepted), Some((status, duplicates))) = (outcome.accepted, outcome.committed) else {
            return;
        };
        // `accepted` and `on_committed` run on different threads. The later one posts, and only once.
        outcome.accepted = None;
        drop(outcome);
        let (status, user_data) = (status as i32, self.user_data);
        self.completions.push(seerflow_completion {
            struct_size: 0,
            status,
            user_data,
            accepted,
            duplicates,
        });
    }
}

/// Creates an empty queue of completions.
///
/// Threads: any. Blocking: never. Ownership: the caller destroys it with seerflow_completions_destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_completions_new(
    completions: *mut *mut seerflow_completions,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires NULL or valid pointers.
    unsafe {
        call(error, || {
            Out::new(completions, "completions")?.put(handle::make(Arc::new(Completions::new())));
            Ok(())
        })
    }
}

/// Sets `*fd` to a file descriptor that is readable while completions are queued.
///
/// Use it with poll(), epoll or an event loop. The program must not read, write or close it.
///
/// Threads: any number at once. Blocking: never. Ownership: the descriptor belongs to the queue and is closed with
/// it. Errors: SEERFLOW_STATUS_UNSUPPORTED on platforms without pollable pipes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_completions_fd(
    completions: *const seerflow_completions,
    fd: *mut i32,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle and NULL or valid pointers.
    unsafe {
        call_for(completions, Out::new(fd, "fd"), error, |completions| {
            completions.descriptor()
        })
    }
}

/// Removes the next completion from the queue and copies it to `completion`; waits if the queue is empty.
///
/// Threads: any number at once; each completion goes to one of them. Blocking: bounded by `call`. Errors:
/// SEERFLOW_STATUS_AGAIN if the queue is empty and the timeout is 0; SEERFLOW_STATUS_TIMEOUT if no completion was
/// posted in time; SEERFLOW_STATUS_INTERRUPTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_completions_next(
    completions: *const seerflow_completions,
    call: *const seerflow_call,
    completion: *mut seerflow_completion,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
    unsafe {
        let place = SizedOut::new(completion, "completion");
        call_for(completions, place, error, |completions| {
            completions.next(&bound(call)?)
        })
    }
}

/// Destroys a queue of completions. Does nothing for NULL.
///
/// Queued and later completions are dropped; the writes themselves continue.
///
/// Threads: no other call on the object may run. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_completions_destroy(completions: *mut seerflow_completions) {
    // SAFETY: the header requires NULL, or a live handle that no other call uses.
    unsafe { destroy(completions) }
}

#[cfg(unix)]
mod signal {
    //! A pipe that holds one byte while completions are queued. Its descriptors are closed on execve().

    use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
    use std::os::fd::AsRawFd;

    use crate::error::Result;
    use crate::process;

    #[derive(Debug)]
    pub(super) struct Signal {
        reader: PipeReader,
        writer: PipeWriter,
    }

    impl Signal {
        pub(super) fn new() -> Result<Self> {
            process::occupy_standard_descriptors();
            let (reader, writer) = pipe()?;
            for fd in [reader.as_raw_fd(), writer.as_raw_fd()] {
                // SAFETY: the descriptor is open, and these calls change its flags only.
                let done = unsafe {
                    libc::fcntl(
                        fd,
                        libc::F_SETFL,
                        libc::fcntl(fd, libc::F_GETFL) | libc::O_NONBLOCK,
                    )
                };
                if done == -1 {
                    return Err(std::io::Error::last_os_error().into());
                }
            }
            Ok(Self { reader, writer })
        }

        pub(super) fn descriptor(&self) -> i32 {
            self.reader.as_raw_fd()
        }

        pub(super) fn raise(&self) {
            // Called only when the pipe is empty, so the write cannot block.
            let _ = (&self.writer).write(&[1]);
        }

        pub(super) fn lower(&self) {
            let _ = (&self.reader).read(&mut [0; 8]);
        }
    }
}

#[cfg(not(unix))]
mod signal {
    use crate::error::{Error, ErrorKind, Result};

    #[derive(Debug)]
    pub(super) struct Signal;

    impl Signal {
        pub(super) fn new() -> Result<Self> {
            Err(Error::new(
                ErrorKind::Unsupported,
                "completions have no file descriptor on this platform",
            ))
        }

        pub(super) fn descriptor(&self) -> i32 {
            -1
        }

        pub(super) fn raise(&self) {}

        pub(super) fn lower(&self) {}
    }
}
