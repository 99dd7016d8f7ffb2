//! `seerflow_queue`: completions, for programs that wait for many things at once.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use super::control;
use super::error::seerflow_error;
use super::guard::{call, call_on, destroy};
use super::handle::{self, Object};
use super::lock;
use super::out::Out;
use super::sized::{self, SizedOut};
use super::status::{StatusNumber, seerflow_status};
use crate::buffer::DoneFn;
use crate::error::{Error, ErrorKind, Result};
use crate::fork;

/// Where completions wait: of writes that were given the queue, one for each call that answered SEERFLOW_STATUS_OK.
///
/// Any number of threads may use one at once, and any number of stores.
///
/// Methods: seerflow_queue_new, seerflow_queue_fd, seerflow_queue_next, seerflow_queue_destroy.
pub struct seerflow_queue {
    _opaque: [u8; 0],
}

impl Object for seerflow_queue {
    type Value = Arc<Queue>;
    const NAME: &'static str = "seerflow_queue";
    const MAGIC: [u8; 8] = *b"sf:queue";
}

/// What became of one write. Prepare it with SEERFLOW_PREPARE.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_completion {
    /// sizeof(seerflow_completion).
    pub struct_size: u32,
    /// SEERFLOW_STATUS_OK: all of the call is committed. SEERFLOW_STATUS_CLOSED: the store was closed before that.
    pub status: StatusNumber,
    /// What the write options said.
    pub user_data: u64,
    /// Events of the call that were accepted.
    pub accepted: u64,
    /// Of these, those whose event_id was stored before.
    pub duplicates: u64,
}

// SAFETY: `repr(C)`, the size in front, integers only.
unsafe impl sized::Struct for seerflow_completion {
    fn blank() -> Self {
        Self::default()
    }
}

/// What is behind the handle; writes that are not committed yet share it.
#[derive(Debug)]
pub struct Queue {
    state: Mutex<State>,
    came: Condvar,
    home: u64,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<seerflow_completion>,
    signal: Option<signal::Signal>,
}

impl Queue {
    fn new() -> Self {
        Self {
            state: Mutex::default(),
            came: Condvar::new(),
            home: fork::generation(),
        }
    }

    /// Refuses the child of the process that made the queue: its lock may never be released there.
    fn enter(&self) -> Result<()> {
        if self.home != fork::generation() {
            return Err(Error::new(
                ErrorKind::Forked,
                "the queue was made before fork(); make one in the child",
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
        self.came.notify_one();
    }

    fn next(&self, timeout_ms: i64) -> Result<seerflow_completion> {
        self.enter()?;
        let deadline = control(timeout_ms, None).deadline;
        let mut state = lock(&self.state);
        loop {
            if let Some(completion) = state.waiting.pop_front() {
                if let (Some(signal), true) = (&state.signal, state.waiting.is_empty()) {
                    signal.lower();
                }
                return Ok(completion);
            }
            if timeout_ms == 0 {
                return Err(Error::new(ErrorKind::Again, "no completion waits"));
            }
            state = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                None => self.came.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => {
                    return Err(Error::new(
                        ErrorKind::Timeout,
                        "no completion came before the deadline",
                    ));
                }
                Some(left) => {
                    let waited = self.came.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    fn descriptor(&self) -> Result<i32> {
        self.enter()?;
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
            .ok_or_else(|| Error::new(ErrorKind::Io, "the queue has no descriptor"))
    }
}

/// The completion of one write call, posted when both are known: what the call accepted, and how the commit went.
///
/// A call that fails posts none: its caller knows already.
pub(crate) struct Promise(Arc<Pending>);

struct Pending {
    queue: Arc<Queue>,
    user_data: u64,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    accepted: Option<u64>,
    /// How the commit went, and the duplicates that it met.
    committed: Option<(seerflow_status, u64)>,
}

impl Promise {
    /// # Safety
    /// As for [`handle::get`].
    pub(crate) unsafe fn new(queue: *const seerflow_queue, user_data: u64) -> Result<Option<Self>> {
        if queue.is_null() {
            return Ok(None);
        }
        // SAFETY: the caller keeps the contract.
        let queue = Arc::clone(unsafe { handle::get(queue) }?.value());
        queue.enter()?;
        Ok(Some(Self(Arc::new(Pending {
            queue,
            user_data,
            known: Mutex::default(),
        }))))
    }

    pub(crate) fn on_committed(&self) -> DoneFn {
        let pending = Arc::clone(&self.0);
        Box::new(move |done| {
            lock(&pending.known).committed = Some(match done {
                Ok(duplicates) => (seerflow_status::Ok, duplicates),
                Err(error) => (error.kind().into(), 0),
            });
            pending.post();
        })
    }

    pub(crate) fn accepted(self, accepted: u64) {
        lock(&self.0.known).accepted = Some(accepted);
        self.0.post();
    }
}

impl Pending {
    fn post(&self) {
        let mut known = lock(&self.known);
        let (Some(accepted), Some((status, duplicates))) = (known.accepted, known.committed) else {
            return;
        };
        // Whoever comes second posts, once.
        known.accepted = None;
        drop(known);
        let (status, user_data) = (status as i32, self.user_data);
        self.queue.push(seerflow_completion {
            struct_size: 0,
            status,
            user_data,
            accepted,
            duplicates,
        });
    }
}

/// Makes a queue.
///
/// Ownership: the caller destroys it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_queue_new(
    queue: *mut *mut seerflow_queue,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands NULL or valid pointers.
    unsafe {
        call(error, || {
            Out::new(queue, "queue")?.put(handle::make(Arc::new(Queue::new())));
            Ok(())
        })
    }
}

/// Tells a file descriptor that is readable while completions wait, for poll(), epoll and event loops. It is not to be
/// read, written or closed. SEERFLOW_STATUS_UNSUPPORTED where there are no such descriptors.
///
/// Threads: any number at once. Ownership: the descriptor is the queue's and lives as long as it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_queue_fd(
    queue: *const seerflow_queue,
    fd: *mut i32,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and NULL or valid pointers.
    unsafe {
        call_on(queue, error, |queue| {
            let place = Out::new(fd, "fd")?;
            place.put(queue.descriptor()?);
            Ok(())
        })
    }
}

/// Takes the next completion, waiting for one. SEERFLOW_STATUS_AGAIN if none waits and `timeout_ms` is 0,
/// SEERFLOW_STATUS_TIMEOUT if none came in time.
///
/// Threads: any number at once; each completion goes to one. Blocking: at most `timeout_ms` milliseconds; negative is no
/// bound.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_queue_next(
    queue: *const seerflow_queue,
    timeout_ms: i64,
    completion: *mut seerflow_completion,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe {
        call_on(queue, error, |queue| {
            let place = SizedOut::new(completion, "completion")?;
            place.put(queue.next(timeout_ms)?);
            Ok(())
        })
    }
}

/// Destroys a queue. Completions that wait or come later are dropped; the writes are not touched. NULL is fine.
///
/// Threads: no other call on the queue may run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_queue_destroy(queue: *mut seerflow_queue) {
    // SAFETY: the header demands NULL or a live handle on which no function is called.
    unsafe { destroy(queue) }
}

#[cfg(unix)]
mod signal {
    //! A pipe with one byte in it while completions wait. The standard library's pipes are closed by execve().

    use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
    use std::os::fd::AsRawFd;

    use crate::error::Result;

    #[derive(Debug)]
    pub(super) struct Signal {
        reader: PipeReader,
        writer: PipeWriter,
    }

    impl Signal {
        pub(super) fn new() -> Result<Self> {
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
            // The pipe is empty: the byte has room.
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
                "a queue has no descriptor on this platform",
            ))
        }

        pub(super) fn descriptor(&self) -> i32 {
            -1
        }

        pub(super) fn raise(&self) {}

        pub(super) fn lower(&self) {}
    }
}
