//! The system calls by which files reach the disk. The functions here replace those of the C library in this executable, for SQLite
//! and for Rust's standard library alike: they record what happens to the files of one folder, and fail when a test asks for it.

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use libc::{mode_t, off_t, size_t, ssize_t};

/// What happened to a file of the folder, or a note of the test.
#[derive(Clone, Debug)]
pub enum Record {
    Write {
        file: String,
        offset: u64,
        data: Vec<u8>,
    },
    Truncate {
        file: String,
        size: u64,
    },
    Delete {
        file: String,
    },
    /// The records of the file before `before` are on the disk.
    Synced {
        file: String,
        before: usize,
    },
    /// Whether the records of the file before `before` are on the disk is unknown, and no later call changes that: the kernel has
    /// marked the pages as clean.
    SyncFailed {
        file: String,
        before: usize,
    },
    /// The folder's entries are on the disk.
    FolderSynced,
    Note(u64),
}

/// A system call that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which of the calls fails, from 0.
    pub number: usize,
    pub errno: c_int,
}

#[derive(Default)]
struct State {
    folder: Option<PathBuf>,
    records: Vec<Record>,
    failure: Option<Failure>,
    calls: Vec<&'static str>,
    has_failed: bool,
}

static STATE: Mutex<State> = Mutex::new(State {
    folder: None,
    records: Vec::new(),
    failure: None,
    calls: Vec::new(),
    has_failed: false,
});

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// What a recording saw.
pub struct Recording {
    pub records: Vec<Record>,
    /// The names of the calls, in their order.
    pub calls: Vec<&'static str>,
    /// Whether the call that was to fail was made.
    pub has_failed: bool,
}

/// Records the calls on the files of a folder; one of them fails if `failure` says so.
pub fn start(folder: &Path, failure: Option<Failure>) {
    *state() = State {
        folder: Some(folder.to_owned()),
        failure,
        ..State::default()
    };
}

/// Ends the recording.
pub fn stop() -> Recording {
    let state = std::mem::take(&mut *state());
    Recording {
        records: state.records,
        calls: state.calls,
        has_failed: state.has_failed,
    }
}

/// Adds a note to the recording.
pub fn note(number: u64) {
    state().records.push(Record::Note(number));
}

impl State {
    /// Returns a file's name if it belongs to the folder and survives a restart; the folder's own name is empty.
    fn name(&self, path: &Path) -> Option<String> {
        let name = path.strip_prefix(self.folder.as_ref()?).ok()?.to_str()?;
        (!name.ends_with("-shm")).then(|| name.to_owned())
    }

    /// Returns true if the next call is the one that fails, and sets `errno`.
    fn fails(&mut self, call: &'static str) -> bool {
        let number = self.calls.len();
        self.calls.push(call);
        match self.failure {
            Some(failure) if failure.number == number => {
                self.has_failed = true;
                // SAFETY: the address of this thread's errno.
                unsafe { *libc::__errno_location() = failure.errno };
                true
            }
            _ => false,
        }
    }
}

/// Returns the path of an open file.
fn path_of(descriptor: c_int) -> Option<PathBuf> {
    let mut path = [0_u8; 512];
    let link = format!("/proc/self/fd/{descriptor}\0");
    // SAFETY: a terminated path, and a buffer of its length. readlink() is not replaced.
    let length = unsafe { libc::readlink(link.as_ptr().cast(), path.as_mut_ptr().cast(), path.len()) };
    let path = path.get(..usize::try_from(length).ok()?)?;
    let path = path.strip_suffix(b" (deleted)").unwrap_or(path);
    Some(PathBuf::from(OsStr::from_bytes(path)))
}

/// Returns the name of an open file of the folder.
fn name_of(descriptor: c_int) -> Option<String> {
    state().folder.as_ref()?;
    let path = path_of(descriptor)?;
    state().name(&path)
}

/// Returns the name of a path of the folder.
///
/// # Safety
/// `path` is a terminated text.
unsafe fn name_at(path: *const c_char) -> Option<String> {
    // SAFETY: see above.
    let path = unsafe { CStr::from_ptr(path) };
    state().name(Path::new(OsStr::from_bytes(path.to_bytes())))
}

fn write_at(descriptor: c_int, data: *const c_void, length: size_t, offset: off_t) -> ssize_t {
    let name = name_of(descriptor);
    if let Some(file) = name {
        let mut state = state();
        if state.fails("write") {
            return -1;
        }
        // SAFETY: the caller's bytes.
        let data = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), length) }.to_vec();
        let offset = offset.cast_unsigned();
        state.records.push(Record::Write { file, offset, data });
    }
    // SAFETY: the caller's own arguments.
    unsafe { libc::syscall(libc::SYS_pwrite64, descriptor, data, length, offset) as ssize_t }
}

fn truncate(descriptor: c_int, length: off_t) -> c_int {
    if let Some(file) = name_of(descriptor) {
        let mut state = state();
        if state.fails("ftruncate") {
            return -1;
        }
        let size = length.cast_unsigned();
        state.records.push(Record::Truncate { file, size });
    }
    // SAFETY: the caller's own arguments.
    unsafe { libc::syscall(libc::SYS_ftruncate, descriptor, length) as c_int }
}

fn sync(descriptor: c_int, call: libc::c_long) -> c_int {
    let Some(file) = name_of(descriptor) else {
        // SAFETY: the caller's own argument.
        return unsafe { libc::syscall(call, descriptor) as c_int };
    };
    let mut state = state();
    let before = state.records.len();
    if state.fails("fsync") {
        state.records.push(Record::SyncFailed { file, before });
        return -1;
    }
    // Nothing is lost in this test: the real disk need not be waited for.
    state.records.push(match file.is_empty() {
        true => Record::FolderSynced,
        false => Record::Synced { file, before },
    });
    0
}

// SAFETY (of all): each function has the signature and the meaning of the C library's.

#[unsafe(no_mangle)]
extern "C" fn pwrite(descriptor: c_int, data: *const c_void, length: size_t, offset: off_t) -> ssize_t {
    write_at(descriptor, data, length, offset)
}

#[unsafe(no_mangle)]
extern "C" fn pwrite64(descriptor: c_int, data: *const c_void, length: size_t, offset: off_t) -> ssize_t {
    write_at(descriptor, data, length, offset)
}

#[unsafe(no_mangle)]
extern "C" fn ftruncate(descriptor: c_int, length: off_t) -> c_int {
    truncate(descriptor, length)
}

#[unsafe(no_mangle)]
extern "C" fn ftruncate64(descriptor: c_int, length: off_t) -> c_int {
    truncate(descriptor, length)
}

#[unsafe(no_mangle)]
extern "C" fn fsync(descriptor: c_int) -> c_int {
    sync(descriptor, libc::SYS_fsync)
}

#[unsafe(no_mangle)]
extern "C" fn fdatasync(descriptor: c_int) -> c_int {
    sync(descriptor, libc::SYS_fdatasync)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: the caller's path.
    if let Some(file) = unsafe { name_at(path) } {
        let mut state = state();
        if state.fails("unlink") {
            return -1;
        }
        state.records.push(Record::Delete { file });
    }
    // SAFETY: the caller's own argument.
    unsafe { libc::syscall(libc::SYS_unlink, path) as c_int }
}

/// Opens a file. `mode` is a variadic argument in C; on Linux it is where a third argument is.
unsafe fn open_at(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the caller's path.
    if unsafe { name_at(path) }.is_some() && state().fails("open") {
        return -1;
    }
    // SAFETY: the caller's own arguments.
    unsafe { libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path, flags, mode) as c_int }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe { open_at(path, flags, mode) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the caller's own arguments.
    unsafe { open_at(path, flags, mode) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mmap(
    address: *mut c_void,
    length: size_t,
    protection: c_int,
    flags: c_int,
    descriptor: c_int,
    offset: off_t,
) -> *mut c_void {
    // The index of the log is mapped; its content does not survive a restart, and its mapping can fail.
    let is_ours = descriptor >= 0
        && path_of(descriptor).is_some_and(|path| {
            let state = state();
            state
                .folder
                .as_ref()
                .is_some_and(|folder| path.starts_with(folder))
        });
    if is_ours && state().fails("mmap") {
        return libc::MAP_FAILED;
    }
    // SAFETY: the caller's own arguments.
    unsafe {
        libc::syscall(
            libc::SYS_mmap,
            address,
            length,
            protection,
            flags,
            descriptor,
            offset,
        ) as *mut c_void
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fcntl(descriptor: c_int, command: c_int, argument: *mut c_void) -> c_int {
    // Only locks are calls on a file; the rest concerns descriptors.
    let is_lock = matches!(
        command,
        libc::F_SETLK | libc::F_SETLKW | libc::F_OFD_SETLK | libc::F_OFD_SETLKW
    );
    if is_lock && name_of(descriptor).is_some() && state().fails("lock") {
        return -1;
    }
    // SAFETY: the caller's own arguments.
    unsafe { libc::syscall(libc::SYS_fcntl, descriptor, command, argument) as c_int }
}
