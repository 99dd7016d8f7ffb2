//! `seerflow_completions`: the ends of writes, for programs that wait for many things at once.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use super::call::{bound, seerflow_call};
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
use crate::record::Control;

/// The ends of writes, for programs that wait for many things at once: one completion for each write that was given this
/// object and answered SEERFLOW_STATUS_OK.
///
/// Any number of threads may use one at once, and any number of stores.
///
/// Methods: seerflow_completions_new, seerflow_completions_fd, seerflow_completions_next, seerflow_completions_destroy.
pub struct seerflow_completions {
    _opaque: [u8; 0],
}

impl Object for seerflow_completions {
    type Value = Arc<Completions>;
    const NAME: &'static str = "seerflow_completions";
    const MAGIC: [u8; 8] = *b"sf:compl";
}

/// What became of one write. Begin with SEERFLOW_COMPLETION_INIT.
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
unsafe impl sized::Struct for seerflow_completion {}

/// What is behind the handle; writes that are not committed yet share it.
#[derive(Debug)]
pub struct Completions {
    state: Mutex<State>,
    came: Condvar,
    home: u64,
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
            came: Condvar::new(),
            home: fork::generation(),
        }
    }

    /// Refuses the child of the process that made the object: its lock may never be released there.
    fn enter(&self) -> Result<()> {
        if self.home != fork::generation() {
            return Err(Error::new(
                ErrorKind::Forked,
                "the completions were made before fork(): make the object in the child, or exec() after the fork",
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

    fn next(&self, control: &Control) -> Result<seerflow_completion> {
        self.enter()?;
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
                return Err(Error::new(ErrorKind::Again, "no completion is there"));
            }
            control.check()?;
            state = match control.next_look() {
                None => self.came.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
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
            .ok_or_else(|| Error::new(ErrorKind::Io, "completions have no descriptor"))
    }
}

/// The completion of one write call, posted when both are known: what the call accepted, and how the commit went.
///
/// A call that fails posts none: its caller knows already.
pub(crate) struct Promise(Arc<Pending>);

struct Pending {
    completions: Arc<Completions>,
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
    pub(crate) unsafe fn new(
        completions: *const seerflow_completions,
        user_data: u64,
    ) -> Result<Option<Self>> {
        if completions.is_null() {
            return Ok(None);
        }
        // SAFETY: the caller keeps the contract.
        let completions = Arc::clone(unsafe { handle::get(completions) }?.value());
        completions.enter()?;
        Ok(Some(Self(Arc::new(Pending {
            completions,
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
        self.completions.push(seerflow_completion {
            struct_size: 0,
            status,
            user_data,
            accepted,
            duplicates,
        });
    }
}

/// Makes an object that gathers completions.
///
/// Ownership: the caller destroys it.
///
/// Threads: any. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_completions_new(
    completions: *mut *mut seerflow_completions,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands NULL or valid pointers.
    unsafe {
        call(error, || {
            Out::new(completions, "completions")?.put(handle::make(Arc::new(Completions::new())));
            Ok(())
        })
    }
}

/// Writes to `*fd` a file descriptor that is readable while completions wait, for poll(), epoll and event loops. The program must
/// not read, write or close it.
///
/// Threads: any number at once. Blocking: never. Ownership: the descriptor lives as long as the object. Errors: SEERFLOW_STATUS_UNSUPPORTED on
/// platforms without such descriptors.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_completions_fd(
    completions: *const seerflow_completions,
    fd: *mut i32,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and NULL or valid pointers.
    unsafe {
        call_on(completions, error, |completions| {
            let place = Out::new(fd, "fd")?;
            place.put(completions.descriptor()?);
            Ok(())
        })
    }
}

/// Takes the next completion, and waits for one if none is there.
///
/// Threads: any number at once; each completion goes to one. Blocking: bounded by `call`. Errors: SEERFLOW_STATUS_AGAIN if no
/// completion is there and the call may not wait; SEERFLOW_STATUS_TIMEOUT if none came in time; SEERFLOW_STATUS_INTERRUPTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_completions_next(
    completions: *const seerflow_completions,
    call: *const seerflow_call,
    completion: *mut seerflow_completion,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe {
        call_on(completions, error, |completions| {
            let place = SizedOut::new(completion, "completion")?;
            place.put(completions.next(&bound(call)?)?);
            Ok(())
        })
    }
}

/// Destroys the object. Completions that wait or come later are dropped; the writes are not touched. NULL is fine.
///
/// Threads: no other call on the object may run. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_completions_destroy(completions: *mut seerflow_completions) {
    // SAFETY: the header demands NULL or a live handle on which no function is called.
    unsafe { destroy(completions) }
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
                "completions have no descriptor on this platform",
            ))
        }

        pub(super) fn descriptor(&self) -> i32 {
            -1
        }

        pub(super) fn raise(&self) {}

        pub(super) fn lower(&self) {}
    }
}
