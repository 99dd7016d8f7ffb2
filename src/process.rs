//! The process that the library runs in: its standard descriptors, its limit of file sizes, and the memory that malloc() retains.

/// Opens /dev/null as descriptor 0, 1 or 2 if the host closed it. Called before a file or a connection is opened: it would get that
/// number, and text that any code prints to standard output or standard error would go into it.
#[cfg(unix)]
pub fn occupy_standard_descriptors() {
    for descriptor in 0..3 {
        // SAFETY: fcntl() only queries the descriptor; open() returns the lowest free number.
        unsafe {
            if libc::fcntl(descriptor, libc::F_GETFD) == -1 {
                libc::open(c"/dev/null".as_ptr(), libc::O_RDWR);
            }
        }
    }
}

#[cfg(not(unix))]
pub fn occupy_standard_descriptors() {}

/// Returns freed memory to the system, because glibc keeps it. Skipped if the process is large: malloc_trim() visits every free chunk
/// under malloc's locks. It took 10 ms in a process of 80 MiB, but 1.8 s in a fragmented one of 2 GiB.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn return_freed_memory() {
    const MOST_PAGES: u64 = (256 << 20) / 4096;
    let sizes = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let resident = sizes
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    if resident.is_some_and(|pages| pages <= MOST_PAGES) {
        // SAFETY: any thread may call malloc_trim() at any time.
        unsafe { libc::malloc_trim(0) };
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn return_freed_memory() {}

/// Makes writes of this thread beyond RLIMIT_FSIZE fail with EFBIG until it is dropped. SIGXFSZ would end the process.
#[cfg(unix)]
#[derive(Debug)]
pub struct FileSizeErrors {
    mask_before: libc::sigset_t,
    was_pending: bool,
}

#[cfg(unix)]
impl FileSizeErrors {
    /// Blocks SIGXFSZ on this thread.
    pub fn enable() -> Self {
        // SAFETY: a zeroed sigset_t is a valid output buffer, and all calls get pointers to live sets.
        unsafe {
            let mut pending: libc::sigset_t = std::mem::zeroed();
            let mut mask_before: libc::sigset_t = std::mem::zeroed();
            libc::sigpending(&mut pending);
            libc::pthread_sigmask(libc::SIG_BLOCK, &signal(), &mut mask_before);
            Self {
                mask_before,
                was_pending: libc::sigismember(&pending, libc::SIGXFSZ) == 1,
            }
        }
    }
}

#[cfg(unix)]
impl Drop for FileSizeErrors {
    /// Discards a signal that was raised meanwhile, and restores the mask.
    fn drop(&mut self) {
        // SAFETY: as in `enable`.
        unsafe {
            if !self.was_pending {
                discard();
            }
            libc::pthread_sigmask(libc::SIG_SETMASK, &self.mask_before, std::ptr::null_mut());
        }
    }
}

/// Takes a pending SIGXFSZ of this thread; does not wait for one.
#[cfg(target_os = "linux")]
fn discard() {
    let at_once = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the set and the time are live, and the information may be omitted.
    unsafe { libc::sigtimedwait(&signal(), std::ptr::null_mut(), &at_once) };
}

/// Takes a pending SIGXFSZ of this thread; does not wait for one.
#[cfg(all(unix, not(target_os = "linux")))]
fn discard() {
    // SAFETY: a zeroed sigset_t is a valid output buffer. The signal is pending, so sigwait() returns at once.
    unsafe {
        let mut pending: libc::sigset_t = std::mem::zeroed();
        libc::sigpending(&mut pending);
        if libc::sigismember(&pending, libc::SIGXFSZ) == 1 {
            libc::sigwait(&signal(), &mut 0);
        }
    }
}

/// Returns the set that contains SIGXFSZ only.
#[cfg(unix)]
fn signal() -> libc::sigset_t {
    // SAFETY: sigemptyset() initialises the set.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, libc::SIGXFSZ);
        set
    }
}

/// A guard without effect: this platform has no such signal.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct FileSizeErrors;

#[cfg(not(unix))]
impl FileSizeErrors {
    /// Does nothing.
    pub fn enable() -> Self {
        Self
    }
}
